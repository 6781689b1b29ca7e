"""A process of its own prepares the log ahead; what comes of it is the same, whatever happens to that process."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from support.frames import append, contents, frame
from support.installation import SHOP, Installation, identify, track

import regulars.pipeline
from regulars.ahead import ReadAhead
from regulars.model.frame import Frame
from regulars.pipeline import Pipeline
from regulars.storage import database

EVENTS = 40
"""In a batch here, so that there are many."""


@pytest.fixture
def second(other_database: str) -> Iterator[Installation]:
    """Another installation, which prepares everything itself."""
    made = Installation(other_database)
    yield made
    made.close()


def rows(count: int) -> list[Frame]:
    chance = random.Random(4)
    made = []
    for n in range(count):
        user = f"u{chance.randrange(25)}"
        items = [
            identify(user, f"a{chance.randrange(40)}", email=f"{user}@mail.example"),
            track("Product Added", user, product_id=f"p{n % 7}", quantity=1),
            track("Order Completed", user, order_id=f"o{n // 2}", total=5, currency="EUR"),
            track("", user),
        ]
        said = {"timestamp": f"2026-03-01T10:{n % 60:02}:00Z"}
        made.append(frame(SHOP, *({"messageId": f"m{n}-{i}", **said, **each} for i, each in enumerate(items))))
    return made


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regulars.pipeline, "BATCH_EVENTS", EVENTS)


def ready(ahead: ReadAhead) -> None:
    ahead.start()
    deadline = time.monotonic() + 60
    while not ahead.ready:
        assert ahead.pid is not None and time.monotonic() < deadline
        time.sleep(0.01)


def taken(installation: Installation, before_each: Callable[[ReadAhead, int], None]) -> int:
    """Take all that the log holds with a child ahead; returns how many batches it gave."""
    ahead = ReadAhead(installation.conninfo, installation.context, EVENTS)
    given = 0

    def counted(after: int, of: Callable[[int], object] = ahead.next) -> object:
        nonlocal given
        piece = of(after)
        given += piece is not None
        return piece

    ahead.next = counted  # type: ignore[method-assign,assignment]
    try:
        ready(ahead)
        with database.connect(installation.conninfo, autocommit=True) as connection:
            pipeline, n = Pipeline(connection, installation.context, ahead), 0
            while pipeline.step():
                n += 1
                before_each(ahead, n)
    finally:
        ahead.close()
    return given


def test_the_same_comes_of_it(installation: Installation, second: Installation) -> None:
    append(installation.connection, *rows(60))
    append(second.connection, *rows(60))
    second.step()
    assert taken(installation, lambda ahead, n: None) >= 5
    mine, theirs = contents(installation.connection), contents(second.connection)
    assert {name: sorted(strip(each)) for name, each in mine.items()} == {
        name: sorted(strip(each)) for name, each in theirs.items()
    }


def test_a_child_that_is_killed_costs_nothing(installation: Installation, second: Installation) -> None:
    append(installation.connection, *rows(60))
    append(second.connection, *rows(60))
    second.step()

    def kill(ahead: ReadAhead, n: int) -> None:
        if n == 3 and ahead.pid is not None:
            os.kill(ahead.pid, signal.SIGKILL)

    assert taken(installation, kill) >= 3
    events = "SELECT message_id FROM events ORDER BY 1"
    assert installation.connection.execute(events).fetchall() == second.connection.execute(events).fetchall()


def test_it_is_ended_when_nothing_is_left_and_begins_again(installation: Installation) -> None:
    ahead = ReadAhead(installation.conninfo, installation.context, EVENTS)
    try:
        ready(ahead)
        assert ahead.next(0) is None
        assert ahead.pid is None and not ahead.ready
        append(installation.connection, *rows(3))
        ready(ahead)
        piece = ahead.next(0)
        assert piece is not None and (piece.after, piece.rows) == (0, 3)
        # Asked from elsewhere, what was on its way is passed over.
        again = ahead.next(0)
        assert again is not None and again.items == piece.items
    finally:
        ahead.close()


def test_a_child_that_cannot_reach_the_database_is_given_up(installation: Installation) -> None:
    ahead = ReadAhead("host=/nowhere dbname=none", installation.context, EVENTS)
    try:
        ahead.start()
        deadline = time.monotonic() + 60
        while ahead.pid is not None and time.monotonic() < deadline:
            assert not ahead.ready
            time.sleep(0.05)
        ahead.start()
        assert ahead.pid is None
    finally:
        ahead.close()


def strip(rows: list[str]) -> list[str]:
    """Without leading numbers of identity columns, which count what was taken back too."""
    return [row.split(",", 1)[1] if row[1:].split(",", 1)[0].isdigit() else row for row in rows]
