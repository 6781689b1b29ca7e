"""A rebuild beside what serves: nothing is missed, nothing is disturbed, and what comes out is the same."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.frames import append, contents, frame, installed
from support.installation import SHOP, SITE, TILL, Installation, identify, track

import regulars.cli.projection
from regulars.app import DIGEST, App, schema
from regulars.cli.main import main
from regulars.model.frame import Frame
from regulars.pipeline import Pipeline
from regulars.storage import database, log, shadow
from regulars.storage.database import Connection
from regulars.storage.digest import Digest, digest
from regulars.storage.leadership import lead
from regulars.storage.queries import CursorMoved, cursor_place, start_cursor
from regulars.storage.sources import register


def some(number: int) -> Frame:
    """A batch of a browser, a server and a till in turn, about a few persons."""
    user, source = f"u-{number % 7}", (SHOP, SITE, TILL)[number % 3]
    items: list[dict[str, Any]] = [
        identify(user, f"a-{number % 11}", email=f"m-{number % 9}@mail.example"),
        track("Product Viewed", user, product_id=f"p-{number % 5}"),
        track("Order Completed", user, order_id=f"o-{number}", total=5, currency="EUR"),
        track("", user),
    ]
    said = [
        {"messageId": f"m-{number}-{n}", "timestamp": f"2026-03-01T10:{number % 60:02}:{n:02}Z", **item}
        for n, item in enumerate(items)
    ]
    return frame(source, *said)


def digest_of(connection: Connection, installation: Installation) -> Digest:
    return digest(connection, installation.context.rules_name, DIGEST)


def schemas(connection: Connection) -> list[str]:
    rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'derived%' ORDER BY 1")
    return [row[0] for row in rows]


@pytest.fixture
def filled(installation: Installation) -> Installation:
    append(installation.connection, *map(some, range(20)))
    installation.step()
    return installation


@pytest.fixture
def keeper(installation: Installation) -> Iterator[Connection]:
    """The connection that begins a rebuild and swaps."""
    with database.connect(installation.conninfo, autocommit=True) as connection:
        yield connection


@pytest.fixture
def worker(filled: Installation, keeper: Connection) -> Iterator[Connection]:
    """A begun rebuild: a connection whose search path names the shadow."""
    assert shadow.begin_rebuild(keeper)
    schema().create_derived(filled.conninfo, shadow.SHADOW_SCHEMA)
    with database.connect(filled.conninfo, shadow.SHADOW_SCHEMA, autocommit=True) as connection:
        start_cursor(connection, filled.context.rules_name)
        yield connection


def run(pipeline: Pipeline) -> Pipeline:
    while pipeline.step():
        pass
    return pipeline


def test_a_rebuild_leaves_what_serves_untouched_until_it_swaps(
    filled: Installation, keeper: Connection, worker: Connection
) -> None:
    before, serving = digest_of(filled.connection, filled), contents(filled.connection)
    place = run(Pipeline(worker, filled.context)).place
    assert contents(filled.connection) == serving
    assert shadow.swap(keeper, place)
    assert digest_of(filled.connection, filled) == before
    assert schemas(keeper) == ["derived"]
    assert cursor_place(filled.connection) == place
    assert len(contents(filled.connection)["rejected"]) == len(serving["rejected"]) == 20


def test_it_swaps_only_once_it_has_caught_up(filled: Installation, keeper: Connection, worker: Connection) -> None:
    pipeline = run(Pipeline(worker, filled.context))
    append(filled.connection, some(20))
    filled.step()
    assert not shadow.swap(keeper, pipeline.place)
    assert schemas(keeper) == ["derived", "derived_next"]
    run(pipeline)
    expected = digest_of(filled.connection, filled)
    assert shadow.swap(keeper, pipeline.place)
    assert digest_of(filled.connection, filled) == expected


def test_a_leader_that_the_shadow_has_overtaken_writes_nothing_and_goes_on_anew(
    filled: Installation, keeper: Connection, worker: Connection
) -> None:
    append(filled.connection, some(20))
    assert shadow.swap(keeper, run(Pipeline(worker, filled.context)).place)
    after = contents(filled.connection)
    append(filled.connection, some(21))
    with pytest.raises(CursorMoved):
        filled.pipeline.step()
    assert contents(filled.connection) == after
    run(Pipeline(filled.connection, filled.context))
    assert cursor_place(filled.connection) == log.last(filled.connection)


def test_a_batch_in_flight_holds_the_swap(filled: Installation, keeper: Connection, worker: Connection) -> None:
    place = run(Pipeline(worker, filled.context)).place
    swapped = threading.Event()

    def swap() -> None:
        if shadow.swap(keeper, place):
            swapped.set()

    thread = threading.Thread(target=swap)
    with database.connect(filled.conninfo, autocommit=True) as batch:
        with batch.transaction():
            shadow.hold_schema(batch)
            batch.execute("UPDATE cursor SET seq = seq")
            thread.start()
            assert not swapped.wait(0.5)
            assert schemas(batch) == ["derived", "derived_next"]
        thread.join(10)
    assert swapped.is_set()


def test_only_one_rebuild_at_a_time(filled: Installation, keeper: Connection, worker: Connection) -> None:
    with database.connect(filled.conninfo, autocommit=True) as other:
        assert not shadow.begin_rebuild(other)
        assert "derived_next" in schemas(other), "the other's shadow was thrown away"


def test_a_failed_rebuild_leaves_the_old_serving_and_the_next_starts_clean(
    filled: Installation, keeper: Connection, worker: Connection
) -> None:
    before = digest_of(filled.connection, filled)
    assert Pipeline(worker, filled.context).step()
    worker.close()
    keeper.close()
    # As if the one before had ended between the swap and its tidying up.
    schema().create_derived(filled.conninfo, "derived_old")
    append(filled.connection, some(20))
    filled.step()
    assert digest_of(filled.connection, filled) != before
    before = digest_of(filled.connection, filled)
    with database.connect(filled.conninfo, autocommit=True) as second:
        for _ in range(100):  # the lock goes with the session, which ends a moment after its client
            if shadow.begin_rebuild(second):
                break
            time.sleep(0.05)
        assert schemas(second) == ["derived"]
        schema().create_derived(filled.conninfo, shadow.SHADOW_SCHEMA)
        with database.connect(filled.conninfo, shadow.SHADOW_SCHEMA, autocommit=True) as anew:
            assert start_cursor(anew, filled.context.rules_name)[0] == 0
            assert shadow.swap(second, run(Pipeline(anew, filled.context)).place)
    assert digest_of(filled.connection, filled) == before


class Leader(threading.Thread):
    """Keeps appending, and leads as `regulars serve pipeline` does: begins anew where a rebuild has overtaken it."""

    def __init__(self, app: App) -> None:
        super().__init__(daemon=True)
        self.sent = 0
        self.error: Exception | None = None
        self._app = app
        self._done = threading.Event()

    def run(self) -> None:
        try:
            with self._app.connect() as connection, self._app.connect() as leading:
                lead(leading)
                pipeline = Pipeline(connection, self._app.context())
                while not self._done.is_set():
                    append(connection, some(100 + self.sent))
                    self.sent += 1
                    with suppress(CursorMoved):
                        pipeline.step()
                        continue
                    pipeline = Pipeline(connection, self._app.context())
                run(pipeline)
        except Exception as error:
            self.error = error

    def finish(self) -> None:
        self._done.set()
        self.join(30)
        assert self.error is None, self.error
        assert not self.is_alive()


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """What a command prints with --json."""
    assert main([*arguments, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def app(database: str, tmp_path: Path) -> App:
    made = installed(tmp_path / "data", database)
    with made.connect() as connection:
        for source in (SHOP, SITE, TILL):
            register(connection, source)
        start_cursor(connection, made.context().rules_name)
        append(connection, *map(some, range(20)))
        run(Pipeline(connection, made.context()))
    return made


def test_rebuild_while_events_keep_coming(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    data = ("--data", str(app.folder.path))
    leader = Leader(app)
    leader.start()
    for _ in range(3):
        before = leader.sent
        result = said(capsys, "rebuild", *data)
        assert result["events"] >= 20
        deadline = time.monotonic() + 10
        while leader.sent < before + 5 and time.monotonic() < deadline:
            time.sleep(0.01)
    leader.finish()
    assert leader.sent >= 15
    serving = said(capsys, "digest", *data)
    with app.connect() as connection:
        rows = connection.execute("SELECT count(*), count(DISTINCT message_id) FROM events").fetchone()
        assert rows == (3 * (20 + leader.sent), 3 * (20 + leader.sent))
        assert schemas(connection) == ["derived"]
    assert said(capsys, "wait", *data) == {"caught_up": True}
    said(capsys, "rebuild", *data)
    assert said(capsys, "digest", *data) == serving


def test_a_second_rebuild_and_a_missing_pipeline_are_told(
    app: App, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ("--data", str(app.folder.path))
    with app.connect() as other:
        assert shadow.begin_rebuild(other)
        assert main(["rebuild", *data]) == 1
        assert capsys.readouterr().err == "regulars: another rebuild is under way\n"
        append(other, some(20))
    monkeypatch.setattr(regulars.cli.projection, "LEADERLESS_SECONDS", 0.2)
    assert main(["wait", *data]) == 1
    assert "no pipeline is running" in capsys.readouterr().err
    with app.connect() as leading:
        lead(leading)
        assert main(["wait", "--timeout", "0.3", *data]) == 1
        assert capsys.readouterr().err == "regulars: 4 items are still to be taken in after 0.3 s\n"
