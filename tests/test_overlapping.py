"""While a batch is being written the next is worked out; what comes of it is the same as one after the other."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.frames import append, contents, frame
from support.installation import SHOP, SITE, Installation, identify, track
from test_ahead import EVENTS, ready, strip
from test_pipeline import LONG_NAME, unindexable

import regulars.pipeline
from regulars.ahead import ReadAhead
from regulars.model.frame import Frame
from regulars.overlapping import Overlapping
from regulars.pipeline import WRITING, Pipeline
from regulars.prepared import Prepared
from regulars.preparing import desk_of, prepare, until_record
from regulars.storage import database, log
from regulars.storage.queries import CursorMoved, cursor_place
from regulars.storage.sources import Sources

Before = Callable[[Pipeline, int], None]


@pytest.fixture
def second(other_database: str) -> Iterator[Installation]:
    """Another installation, which takes one batch after the other."""
    made = Installation(other_database)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regulars.pipeline, "BATCH_EVENTS", EVENTS)


@pytest.fixture
def flights(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each batch that took off, whether another was in the air."""
    seen: list[bool] = []
    take_off = Overlapping.take_off

    def watched(self: Overlapping, *arguments: Any) -> Any:
        seen.append(self.in_the_air)
        return take_off(self, *arguments)

    monkeypatch.setattr(Overlapping, "take_off", watched)
    return seen


def rows(count: int) -> list[Frame]:
    """Few people and much that comes again, so that each batch changes what the one before has just written."""
    chance = random.Random(7)
    made = []
    for n in range(count):
        user, cookie = f"u{chance.randrange(12)}", f"a{chance.randrange(20)}"
        items = [
            identify(user, cookie, email=f"{user}@mail.example", firstName=f"Ann{n % 3}"),
            track("Product Viewed", "", anonymousId=cookie, product_id=f"p{n % 5}"),
            track("Order Completed", user, order_id=f"o{n // 3}", total=5, currency="EUR"),
            track("Product Added", user, product_id=f"p{n % 7}", quantity=1),
        ]
        if n % 9 == 4:
            items.append({"type": "alias", "userId": f"u{chance.randrange(12)}", "previousId": user})
        said = {"timestamp": f"2026-03-01T10:{chance.randrange(60):02}:00Z"}
        # Some come twice, and some of these say something else.
        number = chance.randrange(n) if n and n % 4 == 0 else n
        source = SITE if n % 3 == 1 else SHOP
        made.append(frame(source, *({"messageId": f"m{number}-{i}", **said, **each} for i, each in enumerate(items))))
    return made


class Here(ReadAhead):
    """Prepares in this process, so that none need be started."""

    ready = True

    def next(self, after: int) -> Prepared | None:
        conninfo, context, events = self._arguments
        with database.connect(conninfo, autocommit=True) as connection:
            found = log.read(connection, after, events)
            return prepare(desk_of(until_record(found), after, Sources(connection), context)) if found else None


def taken(
    installation: Installation,
    before_each: Before = lambda pipeline, n: None,
    kind: type[ReadAhead] = Here,
) -> int:
    """Take all that the log holds, overlapping; returns how many batches it were."""
    ahead = kind(installation.conninfo, installation.context, EVENTS)
    try:
        if kind is ReadAhead:
            ready(ahead)
        with (
            database.connect(installation.conninfo, autocommit=True) as connection,
            database.connect(installation.conninfo, autocommit=True) as reader,
        ):
            pipeline, n = Pipeline(connection, installation.context, ahead, reader), 0
            before_each(pipeline, n)
            while pipeline.step():
                n += 1
                before_each(pipeline, n)
    finally:
        ahead.close()
    return n


def same(one: Installation, other: Installation) -> None:
    mine, theirs = contents(one.connection), contents(other.connection)
    for name, rows in theirs.items():
        assert sorted(strip(mine[name])) == sorted(strip(rows)), name


def test_the_same_comes_of_it(installation: Installation, second: Installation, flights: list[bool]) -> None:
    append(installation.connection, *rows(150))
    append(second.connection, *rows(150))
    second.step()
    assert taken(installation, kind=ReadAhead) >= 12
    assert sum(flights) >= 8
    same(installation, second)


def test_a_value_that_cannot_be_stored_costs_no_other(installation: Installation, second: Installation) -> None:
    made = rows(60)
    for n in (25, 26, 45):
        made[n] = frame(SHOP, unindexable(LONG_NAME, n))
    append(installation.connection, *made)
    append(second.connection, *made)
    second.step()
    taken(installation)
    same(installation, second)


@pytest.mark.parametrize("name", ["recall", "fold", "witness", "resolve", "advance"])
def test_what_fails_in_the_air_is_taken_back(
    installation: Installation, second: Installation, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    append(installation.connection, *rows(60))
    append(second.connection, *rows(60))
    second.step()
    calls = 0

    def broken(step: Callable[[Any], None]) -> Callable[[Any], None]:
        def run(work: Any) -> None:
            nonlocal calls
            step(work)
            calls += 1
            if calls == 3:
                raise UnicodeError("cannot be stored")

        return run

    steps = tuple((each, broken(step) if each == name else step) for each, step in WRITING)
    monkeypatch.setattr(regulars.pipeline, "WRITING", steps)
    taken(installation)
    assert calls > 4
    same(installation, second)


def test_whoever_no_longer_leads_writes_nothing(installation: Installation) -> None:
    append(installation.connection, *rows(60))

    def overtaken(pipeline: Pipeline, n: int) -> None:
        if n == 2:
            pipeline.land()
            installation.pipeline = Pipeline(installation.connection, installation.context)
            assert installation.pipeline.step() is not None

    with pytest.raises(CursorMoved):
        taken(installation, overtaken)
    place, events = (
        cursor_place(installation.connection),
        "SELECT count(*), count(DISTINCT (source, message_id)) FROM events",
    )
    accepted = installation.connection.execute(events).fetchone()
    assert accepted is not None and accepted[0] == accepted[1] and place == installation.pipeline.place


def test_tables_that_are_exchanged_are_read_again(
    installation: Installation, second: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(installation.connection, *rows(60))
    append(second.connection, *rows(60))
    second.step()
    begun: list[int] = []
    begin = Overlapping._begin

    def late(self: Overlapping, work: Any) -> None:
        # As an exchange of one table would leave it, between what was read and what is written.
        begun.append(1)
        if len(begun) == 3:
            with installation.connection.transaction():
                installation.connection.execute("ALTER TABLE derived.links RENAME TO links_before")
                installation.connection.execute("CREATE TABLE derived.links (LIKE derived.links_before INCLUDING ALL)")
                installation.connection.execute("INSERT INTO derived.links SELECT * FROM derived.links_before")
                installation.connection.execute("DROP TABLE derived.links_before")
        begin(self, work)

    monkeypatch.setattr(Overlapping, "_begin", late)
    taken(installation)
    assert len(begun) > 3
    same(installation, second)


def test_landing_waits_for_what_is_in_the_air(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    append(installation.connection, *rows(60))
    held, gate = threading.Event(), threading.Event()
    finish = Overlapping._finish

    def slow(self: Overlapping, work: Any, seconds: dict[str, float]) -> Any:
        held.set()
        gate.wait(10)
        return finish(self, work, seconds)

    monkeypatch.setattr(Overlapping, "_finish", slow)
    landed: list[tuple[int, int]] = []

    def release() -> None:
        held.wait(10)
        time.sleep(0.2)
        gate.set()

    def look(pipeline: Pipeline, n: int) -> None:
        if n == 0:
            threading.Thread(target=release, daemon=True).start()
        if n == 2:
            pipeline.land()
            landed.append((pipeline.place, cursor_place(installation.connection)))

    taken(installation, look)
    assert landed and landed[0][0] == landed[0][1]
