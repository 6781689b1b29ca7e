"""Who is in a segment, of everybody in the lake, held against who was; what differs are joins and leaves."""

import heapq
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from regulars.identity.rules import Rules
from regulars.segments import queries
from regulars.segments.compiled import Columns, members_query
from regulars.segments.live import Live
from regulars.segments.membership import AT_ONCE, Changes, change
from regulars.segments.reach import reach
from regulars.segments.reading import insight_columns, moment_of
from regulars.segments.rule import BadRule
from regulars.segments.store import Evaluation, Segment, all_segments, failed, members, put_evaluation
from regulars.storage.binary import byteas
from regulars.storage.database import Connection
from regulars.storage.engine import open_lake
from regulars.storage.lake.manifest import read_manifest

MEMORY: Final = "1GB"
THREADS: Final = 2
FETCH: Final = 10_000

Row = tuple[Any, ...]


class Everybody:
    """One evaluation of segments over the lake's present state. Raises LakeError where there is none."""

    def __init__(
        self, connection: Connection, lake: Path, rules: Rules, mode: str, threads: int = THREADS, memory: str = MEMORY
    ) -> None:
        """`connection` is for PostgreSQL, in autocommit; `mode` is one of `moment.MODES`."""
        self._connection = connection
        self._lake = lake
        self._rules = rules
        self._mode = mode
        manifest = read_manifest(lake)
        self._event = 0 if manifest is None else manifest.progress.get("event", 0)
        self._database = open_lake(lake, threads=threads, memory=memory)
        self.now = time.time_ns() // 1000
        self.at = moment_of(self._database, mode, self.now)
        self._insight: Columns = insight_columns(self._database)

    def __enter__(self) -> "Everybody":
        return self

    def __exit__(self, *why: object) -> None:
        self._database.close()

    def run(self, segment: Segment) -> Evaluation:
        """Evaluate one segment, and keep how that went; an ended one loses its members.

        Raises BadRule where it asks for what there is not.
        """
        query = "" if segment.ended else members_query(segment.group(), self.at, self._insight)
        channels = []
        if query:
            self._database.execute(queries.FOUND.format(query))
            channels = reach(self._database)
        done, count = Changes(), 0
        later: set[bytes] = set()
        joined: list[bytes] = []
        gone: list[bytes] = []
        for customer, now, before in self._compared(segment):
            count += now
            if now == before:
                continue
            (joined if now else gone).append(customer)
            if len(joined) + len(gone) >= AT_ONCE:
                later |= self._change(segment, joined, gone, done)
                joined, gone = [], []
        later |= self._change(segment, joined, gone, done)
        found = Evaluation(
            segment.name, segment.version, self.now, self.at, count, done.joined, done.gone,
            msgspec.json.encode(channels).decode(), "",
        )  # fmt: skip
        put_evaluation(self._connection, found)
        if later:
            with Live(self._connection, self._lake, self._rules, self._mode) as live:
                live.evaluate(later)
        return found

    def _change(self, segment: Segment, joined: list[bytes], gone: list[bytes], done: Changes) -> set[bytes]:
        """Make these changes, but for customers of whom more has come since: returns these."""
        wanted = [*joined, *gone]
        if not wanted:
            return set()
        cursor = self._connection.cursor(binary=True)
        newer: set[bytes] = set()
        if not segment.ended:
            newer = {row[0] for row in cursor.execute(queries.TOUCHED_AMONG, (self._event, byteas(wanted)))}
        part = change(
            self._connection, self._rules, segment, [each for each in joined if each not in newer],
            [each for each in gone if each not in newer], min(self.now, self.at),
        )  # fmt: skip
        done.joined += part.joined
        done.gone += part.gone
        return newer

    def _compared(self, segment: Segment) -> Iterator[tuple[bytes, bool, bool]]:
        """Each customer who is or was in it: whether she is now, and was before; in the order of ids, few at a time."""
        now = ((customer, 0) for customer in self._found(segment))
        before = ((customer, 1) for customer in members(self._connection, segment.name))
        last, said = b"", [False, False]
        for customer, which in heapq.merge(now, before):
            if customer != last and last:
                yield last, said[0], said[1]
                said = [False, False]
            last, said[which] = customer, True
        if last:
            yield last, said[0], said[1]

    def _found(self, segment: Segment) -> Iterator[bytes]:
        if segment.ended:
            return
        result = self._database.execute(queries.FOUND_IN_ORDER)
        while rows := result.fetchmany(FETCH):
            yield from (bytes.fromhex(customer) for (customer,) in rows)


def evaluate_all(everybody: Everybody, connection: Connection, only: Collection[str] = ()) -> Iterator[Evaluation]:
    """Evaluate every segment, or only these; what cannot be is kept as its error, and the others go on."""
    for segment in all_segments(connection, ended=True):
        if only and segment.name not in only:
            continue
        try:
            yield everybody.run(segment)
        except BadRule as error:
            yield failed(connection, segment, str(error))
        except duckdb.Error as error:
            yield failed(connection, segment, f"the lake could not answer ({type(error).__name__})")
