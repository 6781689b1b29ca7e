"""Customers who were touched just now: in which segments are they, by the same queries as everybody."""

import time
from collections.abc import Collection, Iterable
from itertools import count
from pathlib import Path
from typing import Final

import duckdb

from regulars.identity.rules import Rules
from regulars.segments import queries, tree
from regulars.segments.compiled import Columns, members_tree
from regulars.segments.membership import Changes, change
from regulars.segments.memory import Memory
from regulars.segments.moment import moment
from regulars.segments.reading import insight_columns, newest
from regulars.segments.rule import BadRule
from regulars.segments.store import Segment, all_segments, newest_seen
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

AT_ONCE: Final = 2_000
"""Customers held in memory at a time."""


class Live:
    """Evaluates a few customers at a time; to be closed."""

    def __init__(self, connection: Connection, lake: Path, rules: Rules, mode: str) -> None:
        """`connection` is in autocommit, and used by nobody else meanwhile."""
        self._connection = connection
        self._rules = rules
        self._mode = mode
        self._memory = Memory(connection, lake)
        self._prepared: dict[str, tuple[int, Columns, str]] = {}
        self._numbers = count()

    def __enter__(self) -> "Live":
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    def close(self) -> None:
        """Give everything back."""
        self._memory.close()

    def evaluate(self, customers: Iterable[bytes]) -> Changes:
        """Bring these customers' memberships up to date; returns how many joined and left."""
        done, waiting = Changes(), sorted(customers)
        segments = all_segments(self._connection)
        for start in range(0, len(waiting), AT_ONCE):
            part = self._evaluate(waiting[start : start + AT_ONCE], segments)
            done.joined += part.joined
            done.gone += part.gone
        return done

    def _evaluate(self, customers: list[bytes], segments: list[Segment]) -> Changes:
        self._memory.load(customers)
        now = time.time_ns() // 1000
        # The table of customers may lag a little behind those who are held.
        seen = [newest_seen(self._connection), newest(self._memory.database)]
        at = moment(self._mode, now, max(filter(None, seen), default=None))
        insight = insight_columns(self._memory.database)
        held = self._held(customers)
        done = Changes()
        for segment in segments:
            found = self._found(segment, at, insight)
            if found is None:
                continue
            before = held.get(segment.name, set())
            part = change(
                self._connection, self._rules, segment, sorted(found - before), sorted(before - found), min(now, at)
            )
            done.joined += part.joined
            done.gone += part.gone
        return done

    def _found(self, segment: Segment, at: int, insight: Columns) -> set[bytes] | None:
        """Who of those in memory is in it; None where it cannot be said."""
        ask = self._prepare(segment, insight)
        if not ask:
            return None
        try:
            rows = self._memory.database.execute(ask.format(at)).fetchall()
        except duckdb.DataError:
            # Told by the next evaluation of everybody; the other segments go on.
            return None
        return {bytes.fromhex(row[0]) for row in rows}

    def _prepare(self, segment: Segment, insight: Columns) -> str:
        """What runs the segment's query, which is prepared; '' where it cannot be asked."""
        known = self._prepared.get(segment.name)
        if known is None or known[:2] != (segment.version, insight):
            try:
                query = members_tree(segment.group(), None, insight)
                name = f"s{next(self._numbers)}"
                self._memory.database.execute(queries.PREPARE.format(name, tree.sql(query)))
                ask = tree.ask_prepared(name, query)
            except BadRule:
                ask = ""
            known = self._prepared[segment.name] = (segment.version, insight, ask)
        return known[2]

    def _held(self, customers: Collection[bytes]) -> dict[str, set[bytes]]:
        found: dict[str, set[bytes]] = {}
        for name, customer in self._connection.cursor(binary=True).execute(queries.OF_CUSTOMERS, (byteas(customers),)):
            found.setdefault(name, set()).add(customer)
        return found
