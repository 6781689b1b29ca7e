"""Projections made anew by themselves: from the log and what of it was accepted, while all others stay as they are."""

from collections.abc import Callable, Sequence

import msgspec

from regulars.batch import Work, Writer, work_on
from regulars.context import Context
from regulars.pipeline import (
    BATCH_EVENTS,
    deduplicate,
    fold,
    recall,
    resolve,
    store_events,
    store_messages,
    witness,
)
from regulars.preparing import decode, desk_of, gather, identify, interpret, pack
from regulars.profiles.facts import Facts
from regulars.retention import rewrites
from regulars.retraction import read_retracted
from regulars.storage import log, shadow
from regulars.storage.database import Connection
from regulars.storage.later import Later
from regulars.storage.sources import Sources


class Projection(msgspec.Struct, frozen=True):
    """Some tables that are made together: by these steps, from these of an event's facts."""

    tables: tuple[str, ...]
    steps: tuple[Callable[[Work], None], ...] = (fold,)
    facts: tuple[str, ...] = ()


PROJECTIONS: dict[str, Projection] = {
    "catalogue": Projection(("catalogue", "amounts", "stock", "seen_products"), facts=("catalogue",)),
    "consents": Projection(("consents",), facts=("consents",)),
    "events": Projection(("events",), (store_events,)),
    "fragments": Projection(("fragments",), facts=("fragment",)),
    "identity": Projection(("identifiers", "bundles", "members", "evidence", "links"), (witness, resolve)),
    "interactions": Projection(("interactions",), facts=("interactions",)),
    "orders": Projection(("orders", "refunds"), facts=("order", "cancellation", "refunds")),
}
"""What can be made anew by itself; `fragments` holds the names that the search looks in, `events` the timeline."""

IDENTITY = "identity"


class NotAlone(Exception):
    """It can only be made together with everything; the message says why."""


class Alone:
    """Makes some projections anew in the shadow schema, as far as what serves has come and no further.

    What was accepted is asked of what serves, so the outcome is what a full rebuild would give for these tables. A
    record such as an erasure has rewritten the log before it; one that is carried out meanwhile makes this begin anew.
    """

    def __init__(self, connection: Connection, context: Context, names: Sequence[str]) -> None:
        """On a connection whose search path names the shadow."""
        self._connection = connection
        self._context = context
        self._names = frozenset(names)
        self._later = Later()
        self._sources = Sources(connection)
        chosen = [PROJECTIONS[name] for name in sorted(self._names)]
        self.tables = tuple(table for each in chosen for table in each.tables)
        self._steps = tuple(dict.fromkeys(step for each in chosen for step in each.steps))
        self._facts = tuple(name for each in chosen for name in each.facts)
        self._place = self._since = 0
        self._retracted = read_retracted(connection, 0)
        self._begin()

    def step(self) -> int | None:
        """Take the next batch; returns how many events were in it, None where what serves is no further.

        Raises NotAlone.
        """
        reached = shadow.serving_place(self._connection)
        rows = [row for row in log.read(self._connection, self._place, BATCH_EVENTS) if row.seq <= reached]
        if not rows:
            return None
        desk = desk_of(rows, self._place, self._sources, self._context, self._retracted)
        with self._connection.transaction():
            decode(desk)
            records = [
                (row, row.frames[number]) for row in rows for seq, number in desk.prepared.records if seq == row.seq
            ]
            if IDENTITY in self._names and any(rewrites(frame) for _, frame in records):
                raise NotAlone("identity cannot be made alone where the log was rewritten (somebody was erased)")
            if any(row.seq > self._since for row, _ in records):
                self._begin()
                return 0
            identify(desk)
            interpret(desk)
            for draft in desk.drafts:
                draft.facts = Facts(**{name: getattr(draft.facts, name) for name in self._facts})
            pack(desk)
            gather(desk)
            writer = Writer(self._connection, self._context, self._sources, self._later, self._retracted)
            work = work_on(writer, desk.prepared)
            try:
                self._take(work)
            finally:
                self._later.give_up()
        self._place = rows[-1].seq
        return len(work.items)

    def _take(self, work: Work) -> None:
        accepted = shadow.accepted_messages(self._connection, [item.key for item in work.items])
        # Of what came more than once, the first.
        work.items = [item for item in work.items if accepted.get(item.key) == item.content]
        for step in (deduplicate, recall, store_messages):
            step(work)
        if witness not in self._steps:
            # Where bundles are not made too, nothing tells which of them are new.
            work.new = set()
        for chosen in self._steps:
            chosen(work)
        self._later.settle()

    def finish(self) -> None:
        """Take all that is left; for `shadow.exchange`."""
        while self.step() is not None:
            pass

    def swap(self) -> bool:
        """Let them take their places; False where somebody reads or writes for long: then step and try again."""
        place, since = self._place, self._since
        done = shadow.exchange(self._connection, self.tables, self.finish)
        if not done:
            self._place, self._since = place, since
        return done

    def _begin(self) -> None:
        shadow.empty_shadow(self._connection, [*self.tables, "message_ids"])
        self._place = 0
        # What the log said before this place was rewritten or passed over by the records up to it.
        self._since = shadow.serving_place(self._connection)
        self._retracted = read_retracted(self._connection, 0)
