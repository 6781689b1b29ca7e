"""Parts of the log read again by the pipeline's own steps, after what was derived from them was removed."""

from collections.abc import Callable, Sequence

import msgspec

from regulars.batch import POISONOUS, Work, Writer, refuse, work_on
from regulars.collection.retracted import Retracted, Scope
from regulars.context import Context
from regulars.gathering import Means, Pick, gather
from regulars.identity.bundle import bundle_of
from regulars.identity.extract import identifiers_of
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.rejection import Reason, Refused
from regulars.prepared import Item, Prepared, decode_more
from regulars.preparing import desk_of, prepare
from regulars.profiles.facts import Facts, facts_of
from regulars.retraction import carry_out
from regulars.storage import log
from regulars.storage import retracting as storage
from regulars.storage.database import Connection
from regulars.storage.queries import known_messages
from regulars.storage.shadow import hold_schema
from regulars.storage.sources import Sources

Step = Callable[[Work], None]
Take = Callable[[Sequence[log.Row], Retracted, Pick], tuple[set[bytes], set[bytes]]]


class Look(msgspec.Struct, frozen=True):
    """What a retraction would take away: accepted events, and how many customers these speak of."""

    events: int
    customers: int


def retract(writer: Writer, seq: int, frame: Frame, steps: Sequence[Step]) -> None:
    """Take back what a record names, unless all of it was passed over from the beginning of the log on.

    What shared anything with it is taken in anew by `steps`; whose that is, is settled later.
    """
    if writer.retracted is not None and writer.retracted.covers(seq):
        return

    def take(rows: Sequence[log.Row], retracted: Retracted, pick: Pick) -> tuple[set[bytes], set[bytes]]:
        desk = desk_of(list(rows), 0, writer.sources, writer.context, retracted)
        prepared = prepare(desk)
        items = [draft.item for draft in pick(desk.drafts) if draft.item is not None]
        _take(writer, prepared, items, steps)
        return _identifiers_and_bundles(prepared, items)

    carry_out(_means(writer.connection, writer.context, writer.sources, take), seq, frame)


def take_wanted(
    writer: Writer, rows: Sequence[log.Row], wanted: set[bytes], steps: Sequence[Step]
) -> tuple[set[bytes], set[bytes]]:
    """Fold accepted items of the log anew, those of the wanted messages, after what was derived of them was removed.

    Takes each message out of `wanted`; returns the keyed names of their identifiers, and their bundles.
    """
    prepared = prepare(desk_of(list(rows), 0, writer.sources, writer.context, writer.retracted))
    held = [item for item in prepared.items if item.key in wanted or item.renamed in wanted]
    known = known_messages(writer.connection, [item.key for item in held])
    items = []
    for item in held:
        names = {item.key, item.renamed}
        if names & wanted and known.get(item.key) == item.content:
            wanted -= names
            items.append(item)
    _run(writer, prepared, items, steps)
    return _identifiers_and_bundles(prepared, items)


def look(connection: Connection, context: Context, run: str, seq: int) -> Look:
    """What a retraction at a place of the log would take away; nothing of it stays."""
    with connection.transaction(force_rollback=True):
        hold_schema(connection)
        storage.begin(connection)
        means = _means(connection, context, Sources(connection), _nothing)
        gather(means, seq, Scope(run), Retracted(storage.marks(connection)), looking=True)
        return Look(storage.number(connection, storage.OWN), storage.number(connection, storage.CUSTOMERS))


def _nothing(rows: Sequence[log.Row], retracted: Retracted, pick: Pick) -> tuple[set[bytes], set[bytes]]:
    return set(), set()


def _means(connection: Connection, context: Context, sources: Sources, take: Take) -> Means:
    def read(event: Event) -> tuple[bytes | None, Facts]:
        extracted = identifiers_of(event, context.policy, context.rules)
        bundle = bundle_of(event, extracted, context.secret)
        return None if bundle is None else bundle.key, facts_of(event, extracted.seen, context.reading)

    return Means(
        connection, context.secret, context.rules, context.policy, sources, read, take, context.reading.currency
    )


def _identifiers_and_bundles(prepared: Prepared, items: Sequence[Item]) -> tuple[set[bytes], set[bytes]]:
    """The keyed names of the unblocked identifiers of some items, and the keys of their bundles."""
    bundles = {item.bundle for item in items if item.bundle is not None}
    return {key for bundle in bundles for key in prepared.bundles[bundle].members}, bundles


def _run(writer: Writer, prepared: Prepared, items: list[Item], steps: Sequence[Step]) -> Work:
    part = msgspec.structs.replace(prepared, items=items, rejected=[], words=[], replayed=[], erased={}, runs=[])
    work = work_on(writer, part)
    work.more = {item.key: decode_more(item.more) for item in items if item.more}
    for step in steps:
        step(work)
    writer.later.settle()
    return work


def _take(writer: Writer, prepared: Prepared, items: list[Item], steps: Sequence[Step]) -> None:
    """Take these in as if they came now; what PostgreSQL refuses is found by halving, and rejected."""
    try:
        with writer.connection.transaction():
            try:
                _run(writer, prepared, items, steps)
            finally:
                writer.later.give_up()
    except POISONOUS:
        if len(items) == 1:
            work = work_on(writer, msgspec.structs.replace(prepared, items=[], rejected=[], replayed=[]))
            refuse(work, items[0], Refused(Reason.MALFORMED, "$", "holds a value that cannot be stored"))
            steps[-1](work)
            return
        middle = len(items) // 2
        _take(writer, prepared, items[:middle], steps)
        _take(writer, prepared, items[middle:], steps)
