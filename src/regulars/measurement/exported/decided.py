"""Decisions and messages brought from a snapshot into the lake: what has changed of them, and what is gone taken out.

They are truth of their own and not in the log; a row's own time and the transaction that wrote it tell what is new.
"""

from collections.abc import Iterable
from typing import Final

from regulars.decisioning.queries import DECISION_COLUMNS
from regulars.lake.reading import Reader, chunks
from regulars.lake.writing import gathering
from regulars.measurement.exported import queries
from regulars.measurement.exported.rows import decision_row, message_row
from regulars.storage.binary import byteas
from regulars.storage.database import Connection
from regulars.storage.lake.shelf import Shelf

TABLES: Final = ("decisions", "messages")
MARGIN: Final = 600_000_000
"""What is written bears the time at which its transaction began or earlier; none takes so many microseconds."""
LONG_AGO: Final = 1_000_000_000
"""After so many transactions it is no longer told by them what has changed."""
TRANSACTION: Final = "decided.transaction"
CLOCK: Final = "decided.clock"


class Decided:
    """A part of the lake, as `lake.exporter.Part` has it."""

    def is_behind(self, connection: Connection, progress: dict[str, int]) -> bool:
        """Whether anything was decided, delivered, opened or followed since a state with this progress."""
        clock = progress.get(CLOCK, 0)
        return connection.execute(queries.DECIDED_SINCE.encode(), (clock, clock, clock)).fetchone() != (False,)

    def bring(
        self, reader: Reader, shelf: Shelf, whole: bool, retold: Iterable[bytes], progress: dict[str, int]
    ) -> bool:
        """Follow what has changed since `progress`, which is brought up to date; returns whether anything had.

        Of bundles whose past has changed (`retold`) it is looked up again whose decisions they were.
        """
        return _Bringing(reader, shelf).bring(whole, retold, progress)


class _Bringing:
    def __init__(self, reader: Reader, shelf: Shelf) -> None:
        self._reader = reader
        self._shelf = shelf

    def bring(self, whole: bool, retold: Iterable[bytes], progress: dict[str, int]) -> bool:
        now, since = self._reader.now, progress.get(TRANSACTION)
        if whole or since is None or now.transaction - since > LONG_AGO:
            changed = self._everything()
        else:
            changed = self._follow(since, progress[CLOCK] - MARGIN, retold)
        if changed:
            progress.update({TRANSACTION: now.transaction, CLOCK: now.clock})
        return changed

    def _everything(self) -> bool:
        for table in TABLES:
            self._shelf.clear(table)
        for rows in self._reader.parts(queries.DECIDED):
            self._put(id for (id,) in rows)
        return True

    def _follow(self, since: int, clock: int, retold: Iterable[bytes]) -> bool:
        ids = {id for query in queries.DECIDED_LATELY for (id,) in self._reader.all(query, clock, since)}
        ids |= self._of(retold)
        if ids:
            self._take_out(ids)
            self._put(ids)
        counts = self._reader.one(queries.DECIDED_COUNTS)
        if counts == tuple(self._shelf.rows(table) for table in TABLES):
            return bool(ids)
        present = (id.hex() for rows in self._reader.parts(queries.DECIDED) for (id,) in rows)
        self._shelf.keys("present", {"decision": "VARCHAR"}, ((id,) for id in present))
        for table in TABLES:
            self._shelf.execute(queries.GONE.format(self._shelf.relation(table)))
            self._shelf.take_out(table, ("decision",), "gone")
        # What bears an older time than it was written at is not found by it.
        return counts == tuple(self._shelf.rows(table) for table in TABLES) or self._everything()

    def _of(self, bundles: Iterable[bytes]) -> set[bytes]:
        """Whose bundle is one of these, of the decisions that the lake has."""
        if not self._shelf.keys("deciding", {"bundle": "UUID"}, ((key.hex(),) for key in bundles if key)):
            return set()
        found = [self._shelf.fetch(queries.OF_BUNDLES.format(self._shelf.relation(table))) for table in TABLES]
        return {bytes.fromhex(id) for rows in found for (id,) in rows}

    def _take_out(self, ids: Iterable[bytes]) -> None:
        self._shelf.keys("decided", {"decision": "VARCHAR"}, ((id.hex(),) for id in ids))
        for table in TABLES:
            self._shelf.take_out(table, ("decision",), "decided")

    def _put(self, ids: Iterable[bytes]) -> None:
        with gathering(self._shelf, *TABLES) as gathered:
            for part in chunks(ids):
                for bundle, *stored in self._reader.all(queries.DECISIONS_OF, byteas(part)):
                    gathered.put("decisions", decision_row(bundle, stored[: len(DECISION_COLUMNS)]))
                for row in self._reader.all(queries.MESSAGES_OF, byteas(part)):
                    gathered.put("messages", message_row(row))
