"""Brings the lake to where PostgreSQL is: reads what has changed, writes files, and publishes them as one state.

What is new is told by the events' ids, what has changed by the transactions that wrote it, and what of the past was
changed by the notes of `storage.retold`. Killed at any moment, it goes on from its last draft.
"""

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from regulars.lake import queries
from regulars.lake.facts import Facts, Touched
from regulars.lake.order_rows import TABLES as ORDER_TABLES
from regulars.lake.reading import Reader, snapshot, wait_until_durable, which_database, which_tables
from regulars.lake.things import Things
from regulars.storage.database import Connection
from regulars.storage.engine import blank
from regulars.storage.folder import private_folder
from regulars.storage.lake import people
from regulars.storage.lake.manifest import DRAFT, Manifest, publish, read_manifest
from regulars.storage.lake.shelf import Shelf
from regulars.storage.retold import NOBODY
from regulars.storage.sources import Sources

STEP_EVENTS: Final = 200_000
"""So many events are brought in one snapshot."""
MANY_BUNDLES: Final = 200_000
"""Of more bundles that have changed all are written anew."""
LONG_AGO: Final = 1_000_000_000
"""After so many transactions it is no longer told by them what has changed."""
RETOLD_KEPT: Final = 100_000
"""So many notes about the past are kept, for other lakes of the same database."""
SPILL: Final = ".spill"
"""The folder of what does not fit into memory; what a killed process leaves there goes with the next."""
MEMORY: Final = "512MB"
LONGEST: Final = 20.0
"""Seconds after which what there is is published, though there is more to take."""

EVENT_TABLES: Final = ("events", "interactions")
BY_BUNDLE: Final = ("events", "interactions", "consents", "stated")


class Part(Protocol):
    """What another room adds to the lake, of tables that are no fold of the log; each keeps its own progress."""

    def is_behind(self, connection: Connection, progress: dict[str, int]) -> bool:
        """Whether there is anything that a state with this progress does not show; asked often."""

    def bring(
        self, reader: Reader, shelf: Shelf, whole: bool, retold: Iterable[bytes], progress: dict[str, int]
    ) -> bool:
        """Bring the shelf and the progress to this snapshot, or make all of it anew; returns whether anything changed.

        `retold` are bundles whose past has changed.
        """


class Exporter:
    """Keeps the lake in one folder; whoever uses it is alone in it."""

    def __init__(self, folder: Path, connection: Connection, currency: str, more: Sequence[Part] = ()) -> None:
        """On a connection of its own whose search path names the derived schema; with what other rooms add to it."""
        private_folder(folder)
        self.folder = folder
        self._connection = connection
        self._currency = currency
        self._more = more
        self._sources = Sources(connection)
        self._database = which_database(connection)
        for left in (*folder.glob(".*.lines"), *folder.glob(".*.json.*")):
            left.unlink(missing_ok=True)
        shutil.rmtree(folder / SPILL, ignore_errors=True)
        self.published = read_manifest(folder) or Manifest()
        draft = read_manifest(folder, DRAFT)
        self.draft = draft if draft is not None and draft.state > self.published.state else self.published
        if self.draft.progress.get("database") != self._database:
            self.draft = Manifest(state=self.published.state, progress={"database": self._database})

    @property
    def is_behind(self) -> bool:
        """Whether PostgreSQL may hold anything that the published state does not show."""
        place, _ = self._connection.execute(queries.PLACES).fetchone() or (0, 0)
        if place != self.published.place or self.draft is not self.published:
            return True
        progress = self.published.progress
        if any(part.is_behind(self._connection, progress) for part in self._more):
            return True
        return any(progress.get(f"table.{group}") != n for group, n in which_tables(self._connection).items())

    def run(self) -> bool:
        """Come to where PostgreSQL is now, and publish that; returns whether there was anything to publish."""
        done, due = False, time.monotonic() + LONGEST
        while self.step():
            if time.monotonic() > due and self.draft.progress["event"] >= self.draft.progress["known"]:
                done = self.publish()
                due = time.monotonic() + LONGEST
        return self.publish() or done

    def step(self) -> bool:
        """Take one snapshot's part of what is new into the draft; returns whether there is more to take."""
        with self._shelf(self.published.state + 1) as shelf:
            return self._step(shelf)

    def _step(self, shelf: Shelf) -> bool:
        with snapshot(self._connection) as reader:
            progress = dict(self.draft.progress)
            before = (dict(progress), dict(shelf.parts))
            more = _Step(reader, shelf, self._sources, self._currency, progress, self._more).take()
        if (progress, shelf.parts) != before or reader.now.place != self.draft.place:
            wait_until_durable(self._connection, reader.now)
            for table in tuple(shelf.parts):
                shelf.compact(table)
            self.draft = Manifest(
                state=self.published.state + 1,
                as_of=reader.now.clock,
                place=reader.now.place,
                parts=shelf.parts,
                progress=progress,
            )
            publish(self.folder, self.draft, DRAFT)
        return more

    def publish(self) -> bool:
        """Make the draft the present state; False where nothing is new in it."""
        if self.draft.state == self.published.state:
            return False
        with self._shelf(self.draft.state) as shelf:
            if self.draft.parts.get("stated") != self.published.parts.get("stated"):
                people.number(shelf)
        state = Manifest(
            state=self.draft.state,
            as_of=self.draft.as_of,
            place=self.draft.place,
            parts=shelf.parts,
            progress=self.draft.progress,
        )
        publish(self.folder, state)
        self.published = self.draft = state
        with suppress(FileNotFoundError):
            (self.folder / DRAFT).unlink()
        self._connection.execute(queries.FORGET_RETOLD, (state.progress.get("retold", 0) - RETOLD_KEPT,))
        self._connection.execute(queries.TELL, (state.as_of, state.place))
        return True

    @contextmanager
    def _shelf(self, state: int) -> Iterator[Shelf]:
        # Closed each time, since DuckDB keeps what memory it has had.
        with blank(1, MEMORY, self.folder / SPILL) as connection:
            yield Shelf(self.folder, connection, self.draft.parts, state)

    def unneeded(self) -> set[Path]:
        """The files of states that are past."""
        needed = self.published.files() | self.draft.files()
        return {path for path in self.folder.glob("*.parquet") if path.name not in needed}


class _Step:
    """One snapshot's part."""

    def __init__(
        self,
        reader: Reader,
        shelf: Shelf,
        sources: Sources,
        currency: str,
        progress: dict[str, int],
        more: Sequence[Part],
    ) -> None:
        self._reader = reader
        self._shelf = shelf
        self._progress = progress
        self._facts = Facts(reader, shelf, sources)
        self._things = Things(reader, shelf, currency)
        self._more = more

    def take(self) -> bool:
        """Bring everything; returns whether events are left for another step."""
        reader, progress, now = self._reader, self._progress, self._reader.now
        swapped = {group for group, number in now.tables.items() if progress.get(f"table.{group}") != number}
        if now.place == progress.get("place") and now.event == progress.get("event") and not swapped:
            self._add(False, ())
            return False
        retold = self._retold()
        anew = "facts" in swapped or retold is None or now.transaction - progress["transaction"] > LONG_AGO
        if anew:
            self._begin()
        elif retold:
            self._retell(retold)
        since = progress["event"]
        until: int = next((id for (id,) in reader.all(queries.LAST_OF, since, STEP_EVENTS - 1)), now.event)
        touched = self._facts.events(since, until, progress["known"])
        if not anew:
            self._follow(touched)
        self._things.bring("things" in swapped or retold != [], progress)
        self._add(anew, retold or ())
        progress.update({f"table.{group}": number for group, number in now.tables.items()})
        progress.update(event=until, retold=now.retold, transaction=now.transaction, clock=now.clock, place=now.place)
        return until < now.event

    def _add(self, whole: bool, retold: Iterable[bytes]) -> None:
        for part in self._more:
            part.bring(self._reader, self._shelf, whole, retold, self._progress)

    def _retold(self) -> list[bytes] | None:
        """Bundles whose past has changed; None where these are too many."""
        found: list[bytes] = []
        if self._reader.now.retold != self._progress.get("retold", 0):
            for rows in self._reader.parts(queries.RETOLD, self._progress.get("retold", 0), self._reader.now.retold):
                found += [key for (key,) in rows]
                if len(found) >= MANY_BUNDLES:
                    return None
        return found

    def _begin(self) -> None:
        """Begin anew: everything but events is written as it is now, so that events up to now add nothing to it."""
        for table in (*EVENT_TABLES, *ORDER_TABLES, "consents", "stated"):
            self._shelf.clear(table)
        self._facts.people(None)
        self._facts.orders(None)
        self._facts.consents(None)
        self._progress.update(event=0, known=self._reader.now.event)

    def _retell(self, keys: list[bytes]) -> None:
        """Take out what was told of these bundles, and tell it as it is now."""
        shelf, nobodys = self._shelf, NOBODY in keys
        bundles = [key for key in keys if key != NOBODY]
        shelf.keys("retold", {"bundle": "UUID"}, ((key.hex(),) for key in bundles))
        orders = self._orders_of(bundles, nobodys)
        for table in BY_BUNDLE:
            shelf.take_out(table, ("bundle",), "retold")
        if nobodys:
            for table in EVENT_TABLES:
                shelf.take_out_nobodys(table)
        self._facts.events_again(bundles, nobodys, self._progress["event"])
        self._facts.people(bundles)
        self._facts.consents(bundles)
        self._put_orders(orders)

    def _orders_of(self, bundles: list[bytes], nobodys: bool) -> set[tuple[str, str]]:
        """The orders of which these bundles speak, or spoke."""
        found = set(self._shelf.fetch(people.ORDERS_TOLD.format(**self._relations())))
        for rows in self._reader.of_both(queries.ORDER_KEYS_OF, bundles):
            found.update(rows)
        if nobodys:
            found.update(self._shelf.fetch(people.NOBODYS_ORDERS.format(**self._relations())))
            found.update(self._reader.all(queries.NOBODYS_REFUNDS))
            found.update(self._reader.all(queries.ORDER_KEYS_OF, [b""], [b""]))
        return found

    def _relations(self) -> dict[str, str]:
        return {table: self._shelf.relation(table) for table in ORDER_TABLES}

    def _follow(self, touched: Touched) -> None:
        """Bring up to date whom these events touch, and whoever has changed beside them."""
        self._put_orders(touched.orders)
        self._shelf.keys("consenting", {"bundle": "UUID"}, ((key.hex(),) for key in touched.consenting))
        if touched.consenting:
            self._shelf.take_out("consents", ("bundle",), "consenting")
            self._facts.consents(touched.consenting)
        changed = touched.bundles | self._changed_bundles()
        if changed:
            self._shelf.keys("changed", {"bundle": "UUID"}, ((key.hex(),) for key in changed))
            self._shelf.take_out("stated", ("bundle",), "changed")
            self._facts.people(changed)
        (there,) = self._reader.one(queries.BUNDLES)
        if len(changed) >= MANY_BUNDLES or self._shelf.rows("stated") != there:
            self._shelf.clear("stated")
            self._facts.people(None)

    def _changed_bundles(self) -> set[bytes]:
        found: set[bytes] = set()
        for rows in self._reader.parts(queries.BUNDLES_CHANGED, self._progress.get("transaction", 0)):
            found.update(key for (key,) in rows)
            if len(found) >= MANY_BUNDLES:
                break
        return found

    def _put_orders(self, orders: set[tuple[str, str]]) -> None:
        if orders:
            self._shelf.keys("told", {"space": "VARCHAR", "order_id": "VARCHAR"}, orders)
            for table in ORDER_TABLES:
                self._shelf.take_out(table, ("space", "order_id"), "told")
            self._facts.orders(orders)
