"""Batches of which one is still being written and committed while the next is read and worked out.

Reading is done on a connection of its own. What the batch before wrote, which that connection may not see yet, goes
over what it reads (`batch.Unseen`). Each batch is one transaction with the cursor's move, as ever, one after the other.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from time import perf_counter

import msgspec
import psycopg
from psycopg.pq import TransactionStatus

from regulars.batch import Batch, Unseen, Work, Writer, work_on
from regulars.catalogue.seen import Mention
from regulars.prepared import Prepared
from regulars.storage import faults
from regulars.storage.database import Connection
from regulars.storage.later import AtOnce
from regulars.storage.queries import hold_cursor
from regulars.storage.shadow import hold_schema, tables_there

Step = tuple[str, Callable[[Work], None]]
End = Callable[[Work, dict[str, float]], Batch]


class Exchanged(Exception):
    """The tables were exchanged for others meanwhile: what was read of them must be read again."""


class Overlapping:
    """Batches one after the other: `take_off` with one, and `land` the one that is in the air.

    `early` are the steps that need not wait for writes; the last of them must know how the batch before left things.
    `end` does all others, in a thread. `landed` is what became of the batches that are committed.
    """

    def __init__(self, writer: Writer, reader: Connection, early: Sequence[Step], end: End) -> None:
        self._writer = msgspec.structs.replace(writer, reader=reader)
        self._ending = msgspec.structs.replace(writer, later=AtOnce())
        self._reader = reader
        self._early = early
        self._end = end
        self._flying: tuple[Work, Future[Batch]] | None = None
        self._tables: list[int] = []
        self.landed: deque[Batch] = deque()

    @property
    def in_the_air(self) -> bool:
        """Whether a batch is still being written."""
        return self._flying is not None

    def take_off(self, prepared: Prepared, known: Mapping[str, Mention]) -> Work:
        """Work a batch out and have it written; the one before has landed when this returns.

        Raises what went wrong with either; then comes `fall`. `known` are mentions of products that stand.
        """
        before = None if self._flying is None else self._flying[0]
        if before is not None and before.words:
            # What was said of whom is read of the tables alone.
            self.land()
            before = None
        if before is None:
            self._tables = tables_there(self._reader)
        work = work_on(self._writer, prepared, known)
        work.before = None if before is None else _unseen(before)
        seconds = dict(prepared.seconds)
        self._writer.later.do(self._begin, work)
        for name, step in self._early[:-1]:
            seconds[name] = _timed(step, work)
        self.land()
        if before is not None:
            work.recalled.amend(before.resolved)
        name, step = self._early[-1]
        seconds[name] = _timed(step, work)
        self._flying = work, self._writer.later.end(lambda: self._finish(work, seconds), self._roll_back)
        return work

    def land(self) -> None:
        """Return when nothing is in the air any more; raises what it failed with, and then comes `fall`."""
        if self._flying is not None:
            batch = self._flying[1].result()
            self._flying = None
            self.landed.append(batch)

    def fall(self) -> None:
        """Take back whatever is not committed; nothing is being written any more when this returns."""
        self._writer.later.give_up()
        if self._flying is not None:
            wait([self._flying[1]])
            with suppress(Exception):
                self.land()
            self._flying = None
        self._roll_back()

    def _begin(self, work: Work) -> None:
        connection = self._writer.connection
        connection.execute("BEGIN")
        hold_schema(connection)
        if tables_there(connection) != self._tables:
            raise Exchanged
        hold_cursor(connection, work.prepared.after, work.context.rules_name)

    def _finish(self, work: Work, seconds: dict[str, float]) -> Batch:
        work.writer = self._ending
        batch = self._end(work, seconds)
        faults.hit("commit.before")
        if work.connection.execute("COMMIT").statusmessage != "COMMIT":
            raise psycopg.errors.InFailedSqlTransaction("the transaction could not be committed")
        faults.hit("commit.after")
        return batch

    def _roll_back(self) -> None:
        connection = self._writer.connection
        if connection.info.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            connection.execute("ROLLBACK")


def _unseen(work: Work) -> Unseen:
    assert work.left is not None
    messages = {item.key: item.content for item in work.items}
    return Unseen(messages | work.erased, work.written, work.left)


def _timed(step: Callable[[Work], None], work: Work) -> float:
    started = perf_counter()
    step(work)
    return perf_counter() - started
