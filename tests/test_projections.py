"""One projection made anew alone: it comes out as it was, the others stay, readers and the pipeline go on."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.frames import append, contents, frame, installed
from support.installation import RECEIVED, SHOP, SITE, TILL, identify, track
from support.running import environment

from regulars.app import DIGEST, App
from regulars.cli.main import main
from regulars.erasure import erasure_frame
from regulars.identity.queries import KEYS_OF
from regulars.model.frame import Frame
from regulars.pipeline import Pipeline
from regulars.projections import IDENTITY, PROJECTIONS, Alone
from regulars.storage import log, shadow
from regulars.storage.database import Connection
from regulars.storage.digest import Digest, digest
from regulars.storage.faults import FAULT
from regulars.storage.queries import CursorMoved, start_cursor
from regulars.storage.sources import register

TABLES = {table: name for name, each in PROJECTIONS.items() for table in each.tables}


def some(number: int) -> Frame:
    """A batch of a browser, a server and a till in turn, about a few persons; part of it is refused or a duplicate."""
    user, source = f"u-{number % 7}", (SHOP, SITE, TILL)[number % 3]
    items: list[dict[str, Any]] = [
        identify(user, f"a-{number % 11}", email=f"m-{number % 9}@mail.example", firstName=f"Name {number % 9}"),
        track("Product Viewed", user, product_id=f"p-{number % 5}", name="Scarf"),
        track("Order Completed", user, order_id=f"o-{number}", total=5, currency="EUR", products=[{"product_id": "p"}]),
        track("Order Refunded", user, order_id=f"o-{number - 1}", total=5, currency="EUR"),
        track("Consent Given", "", f"a-{number % 11}", purpose="newsletter", channel="email"),
        track(
            "Product Updated", product_id=f"p-{number % 5}", name=f"Scarf {number}", price=number + 1, currency="EUR"
        ),
        track("Stock Updated", product_id=f"p-{number % 5}", store_id="12", quantity=number),
        track("", user),
        {"type": "alias", "userId": f"u-{number % 7}", "previousId": f"u-{number % 3}"},
    ]
    said = [
        {"messageId": f"m-{number}-{n}", "timestamp": f"2026-03-01T10:{number % 60:02}:{n:02}Z", **item}
        for n, item in enumerate(items)
    ]
    again = {**said[1], "properties": {"product_id": "another"}}
    return frame(source, *said, said[0], again, {"messageId": f"nul-{number}", **track("Seen", "\0u", at="\0")})


def hand(word: str, one: str, two: str) -> Frame:
    ends = [{"type": "user_id", "space": "shop", "value": value} for value in (one, two)]
    body = json.dumps({"control": "link", "a": ends[0], "b": ends[1], "word": word}).encode()
    return Frame("hand", 1, RECEIVED, "control", body)


def shown(connection: Connection) -> dict[str, list[str]]:
    """All rows but their serial numbers."""
    found = contents(connection)
    for table in ("events", "rejected"):
        found[table] = sorted(row.split(",", 1)[1] for row in found[table])
    return found


def digest_of(connection: Connection, app: App) -> Digest:
    return digest(connection, app.context().rules_name, DIGEST)


def rebuild(app: App, *names: str) -> int:
    only = [word for name in names for word in ("--only", name)]
    return main(["rebuild", *only, "--json", "--data", str(app.folder.path)])


def run(pipeline: Pipeline) -> None:
    while pipeline.step():
        pass


@pytest.fixture
def app(database: str, tmp_path: Path) -> App:
    made = installed(tmp_path / "data", database)
    with made.connect() as connection:
        for source in (SHOP, SITE, TILL):
            register(connection, source)
        start_cursor(connection, made.context().rules_name)
        append(connection, *map(some, range(20)), hand("cannot", "u-1", "u-2"), hand("must", "u-3", "u-4"))
        append(connection, *map(some, range(15, 25)))
        run(Pipeline(connection, made.context()))
    return made


@pytest.fixture
def connection(app: App) -> Iterator[Connection]:
    with app.connect() as made:
        yield made


def test_each_table_is_made_by_one_projection_or_with_all() -> None:
    assert len(TABLES) == sum(len(each.tables) for each in PROJECTIONS.values())
    covered = {name for name, _ in DIGEST}
    assert covered <= TABLES.keys()


def test_the_reference_names_each_with_its_tables() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "reference" / "pipeline.md").read_text(encoding="utf-8")
    for name, each in PROJECTIONS.items():
        assert f"- `{name}`: {', '.join(f'`{table}`' for table in each.tables)}" in page


@pytest.mark.parametrize("name", PROJECTIONS)
def test_what_was_damaged_comes_out_as_it_was_and_the_others_stay(app: App, connection: Connection, name: str) -> None:
    before, wanted = shown(connection), digest_of(connection, app)
    assert all(before[table] for table in PROJECTIONS[name].tables), "nothing to lose"
    for table in PROJECTIONS[name].tables:
        connection.execute(f"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {table} LIMIT 7)".encode())
    others = TABLES.keys() - set(PROJECTIONS[name].tables)
    places = {table: connection.execute("SELECT %s::regclass::oid", (table,)).fetchone() for table in others}
    assert rebuild(app, name) == 0
    assert shown(connection) == before
    assert digest_of(connection, app) == wanted
    for table, place in places.items():
        assert connection.execute("SELECT %s::regclass::oid", (table,)).fetchone() == place, f"{table} was changed too"
    assert left_over(connection) == []
    append(connection, some(30))
    run(Pipeline(connection, app.context()))
    after = shown(connection)
    assert rebuild(app) == 0
    assert shown(connection) == after


def left_over(connection: Connection) -> list[str]:
    rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'derived%' ORDER BY 1")
    return [row[0] for row in rows if row[0] != "derived"]


def test_several_at_once(app: App, connection: Connection) -> None:
    before = shown(connection)
    connection.execute("TRUNCATE orders, refunds, consents, events")
    assert rebuild(app, "orders", "consents", "events", "orders") == 0
    assert shown(connection) == before


def test_what_cannot_be_done_is_told(
    app: App, connection: Connection, other_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        rebuild(app, "everything")
    assert ended.value.code == 2 and "invalid choice: 'everything'" in capsys.readouterr().err
    assert rebuild(installed(tmp_path / "new", other_database), "orders") == 1
    assert "nothing is derived yet" in capsys.readouterr().err
    with app.connect() as other:
        assert shadow.begin_rebuild(other)
        assert rebuild(app, "orders") == 1
    assert capsys.readouterr().err == "regulars: another rebuild is under way\n"
    connection.execute("UPDATE cursor SET rules = 'rules-0'")
    assert rebuild(app, "orders") == 1
    assert "made by other versions or settings: run `regulars rebuild`" in capsys.readouterr().err
    assert left_over(connection) == []


def erase(app: App, connection: Connection, user: str) -> None:
    row = (
        connection.cursor(binary=True).execute("SELECT customer FROM identifiers WHERE value = %s", (user,)).fetchone()
    )
    assert row is not None
    keys = [each[0] for each in connection.cursor(binary=True).execute(KEYS_OF, (row[0],))]
    log.append(connection, [[erasure_frame(row[0], keys, RECEIVED)]])


def test_after_erasures_it_agrees_too_but_identity_is_not_made_alone(
    app: App, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    erase(app, connection, "u-5")
    run(Pipeline(connection, app.context()))
    append(connection, *map(some, (3, 5, 12, 40)))
    run(Pipeline(connection, app.context()))
    before = shown(connection)
    for name in PROJECTIONS.keys() - {IDENTITY}:
        assert rebuild(app, name) == 0
        assert shown(connection) == before, name
    assert rebuild(app, IDENTITY) == 1
    assert "where the log was rewritten" in capsys.readouterr().err
    assert left_over(connection) == []


def test_an_erasure_meanwhile_makes_it_begin_anew(app: App, connection: Connection) -> None:
    names = sorted(PROJECTIONS.keys() - {IDENTITY})
    with app.connect(shadow.SHADOW_SCHEMA) as worker:
        assert shadow.begin_rebuild(worker)
        app.create_derived(shadow.SHADOW_SCHEMA)
        alone = Alone(worker, app.context(), names)
        assert alone.step()
        erase(app, connection, "u-5")
        append(connection, some(26))
        run(Pipeline(connection, app.context()))
        before = shown(connection)
        assert "u-5" not in str(before["events"])
        assert alone.swap()
    assert shown(connection) == before


class Busy(threading.Thread):
    """Appends and leads while others read, until told to finish."""

    def __init__(self, app: App) -> None:
        super().__init__(daemon=True)
        self._app, self._done, self.turns = app, threading.Event(), 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with self._app.connect() as connection, self._app.connect() as reader:
                pipeline = Pipeline(connection, self._app.context())
                while not self._done.is_set():
                    append(connection, some(100 + self.turns))
                    self.turns += 1
                    with suppress(CursorMoved):
                        pipeline.step()
                    self._look(reader)
        except Exception as error:
            self.error = error

    def _look(self, reader: Connection) -> None:
        """Each order's bundle is known, and nothing that was there is missing."""
        query = (
            "SELECT count(*), count(b.key), (SELECT count(*) FROM events) "
            "FROM orders o LEFT JOIN bundles b ON b.key = o.bundle"
        )
        row = reader.execute(query).fetchone()
        assert row is not None
        assert row[0] == row[1] >= 25 + self.turns and row[2] >= 100, row

    def finish(self) -> None:
        self._done.set()
        self.join(30)
        assert self.error is None, self.error
        assert not self.is_alive()


def test_while_events_keep_coming_readers_notice_nothing(app: App, connection: Connection) -> None:
    busy = Busy(app)
    busy.start()
    for names in (("orders",), ("events", "fragments"), (IDENTITY,), tuple(PROJECTIONS)):
        turns = busy.turns
        assert rebuild(app, *names) == 0
        while busy.turns < turns + 3 and busy.is_alive():
            pass
    busy.finish()
    before = shown(connection)
    assert rebuild(app) == 0
    assert shown(connection) == before


def test_a_reader_who_takes_long_is_waited_for_and_stops_nobody_else(app: App, connection: Connection) -> None:
    before = shown(connection)
    with app.connect() as keeper, app.connect(shadow.SHADOW_SCHEMA) as worker, app.connect() as reader:
        assert shadow.begin_rebuild(keeper)
        app.create_derived(shadow.SHADOW_SCHEMA)
        alone = Alone(worker, app.context(), ["orders"])
        with reader.transaction():
            assert reader.execute("SELECT count(*) FROM orders").fetchone() == (25,)
            assert not alone.swap()
            assert shown(connection) == before
        append(connection, some(27))
        run(Pipeline(connection, app.context()))
        assert alone.swap()
    before = shown(connection)
    assert rebuild(app) == 0
    assert shown(connection) == before


@pytest.mark.parametrize("only", [(), ("--only", "orders")])
@pytest.mark.parametrize("point", ["commit.before:1", "swap.before:1", "swap.after:1"])
def test_killed_in_the_middle_the_old_serves_and_the_rest_is_cleaned_up(
    app: App, connection: Connection, point: str, only: tuple[str, ...]
) -> None:
    if only and point.startswith("commit"):
        pytest.skip("no pipeline runs in it")
    before = shown(connection)
    argv = [sys.executable, "-m", "regulars", "rebuild", *only, "--data", str(app.folder.path)]
    done = subprocess.run(argv, env=environment() | {FAULT: point}, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert shown(connection) == before
    assert left_over(connection) != []
    with app.connect() as other:
        for _ in range(200):  # the lock goes with the session, which ends a moment after its client
            if shadow.tidy(other):
                break
            other.execute("SELECT pg_sleep(0.05)")
    assert left_over(connection) == []
    assert shown(connection) == before
    assert not shadow.tidy(connection)


def test_a_rebuild_under_way_is_not_tidied_away(app: App, connection: Connection) -> None:
    with app.connect() as keeper:
        assert shadow.begin_rebuild(keeper)
        app.create_derived(shadow.SHADOW_SCHEMA)
        assert not shadow.tidy(connection)
        assert left_over(connection) == [shadow.SHADOW_SCHEMA]


def test_a_digest_under_way_keeps_a_swap_away(app: App, connection: Connection) -> None:
    with app.connect() as reading, app.connect() as keeper:
        assert shadow.begin_rebuild(keeper)
        app.create_derived(shadow.SHADOW_SCHEMA)
        with shadow.unswapped(reading):
            assert not shadow.swap(keeper, 1 << 40)
        assert shadow.swap(keeper, 1 << 40)
