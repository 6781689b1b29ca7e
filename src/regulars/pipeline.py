"""What happens to a batch of the log: a literal list of named, timed steps, each with typed reasons for what it drops.

Those of `preparing` read the log and need no database; those here write. All of a batch's writes and the cursor's move
are one transaction; a process that no longer leads writes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import perf_counter

import msgspec
import psycopg

from regulars.ahead import ReadAhead
from regulars.batch import POISONOUS, Batch, Said, Work, Writer, refuse, say_together, work_on
from regulars.catalogue.retract import mend_seen
from regulars.catalogue.seen import Mention
from regulars.context import Context
from regulars.erasure import Means, carry_out, is_erasure
from regulars.identity.bundle import bundle_of
from regulars.identity.evidence import Evidence, Sighting
from regulars.identity.extract import Extracted, identifiers_of
from regulars.identity.links import put_links
from regulars.model.event import Event
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Trust
from regulars.overlapping import Exchanged, Overlapping
from regulars.prepared import Item, Prepared, decode_more
from regulars.preparing import PREPARING, desk_of, prepare, until_record
from regulars.profiles.facts import facts_of
from regulars.profiles.listing.mark import mark
from regulars.profiles.store import Fold, known_fragments
from regulars.retaking import retract, take_wanted
from regulars.retention import carry_out_retention
from regulars.retraction import is_retraction, read_retracted
from regulars.storage import binary, faults, log, queries
from regulars.storage.database import Connection
from regulars.storage.later import Later
from regulars.storage.shadow import hold_schema, tidy
from regulars.storage.sources import Sources
from regulars.storage.totals import read_totals, write_totals
from regulars.tallying import tally

_MESSAGE = binary.header(2) + binary.SIXTEEN

BATCH_EVENTS = 10_000
WARY_BATCHES = 2
"""So many batches are taken one by one after one that could not be written while the next was worked out."""
MENTIONS_KEPT = 100_000
"""How many products are kept in memory, so that a mention of one that is known need not be looked up."""


def deduplicate(work: Work) -> None:
    """Let each (source, message id) pass once; the same id with other content is a conflicting duplicate."""
    keys = [*(item.key for item in work.items), *work.erased]
    known = queries.known_messages(work.reader, keys)
    if work.before is not None:
        unseen = work.before.messages
        known.update({key: unseen[key] for key in keys if key in unseen})
    work.erased = {key: content for key, content in work.erased.items() if key not in known}
    known.update(work.erased)
    if known or len({item.key for item in work.items}) < len(work.items):
        work.items = _distinct(work, known)
    work.more = {item.key: decode_more(item.more) for item in work.items if item.more}


def _distinct(work: Work, known: dict[bytes, bytes]) -> list[Item]:
    kept = []
    for item in work.items:
        content = known.get(item.key)
        if content is None:
            known[item.key] = item.content
            kept.append(item)
        elif content != item.content:
            words = "another event with this messageId and other content came before; give each event its own id"
            refuse(work, item, Refused(Reason.CONFLICTING_DUPLICATE, "$.messageId", words))
    return kept


def recall(work: Work) -> None:
    """Read what is known of the bundles and identifiers that came."""
    say_together(work)
    filed = work.prepared.bundles
    members = {member for key in work.kept for member in filed[key].members}
    evidence = Evidence(work.reader, work.context.rules, work.context.secret)
    before = work.before
    left = None if before is None else before.left
    work.recalled = evidence.recall(work.kept, members, work.prepared.identifiers, left)
    work.fragments = known_fragments(work.reader, work.kept)
    if before is not None:
        work.fragments.update({key: before.fragments[key] for key in work.kept if key in before.fragments})
    work.new = work.kept.keys() - work.recalled.bundles


def store(work: Work) -> None:
    """Write message ids and events."""
    store_messages(work)
    store_events(work)


def store_messages(work: Work) -> None:
    """Write message ids alone."""
    rows = [_MESSAGE + item.key + binary.data(item.content) for item in work.items]
    rows += [_MESSAGE + key + binary.data(content) for key, content in work.erased.items()]
    work.later.do(queries.copy_packed, work.connection, queries.COPY_MESSAGE_IDS, sorted(rows))


def store_events(work: Work) -> None:
    """Write events alone."""
    work.later.do(queries.copy_packed, work.connection, queries.COPY_EVENTS, [item.row for item in work.items])


def fold(work: Work) -> None:
    """Merge what the events say into fragments, orders, interactions, consents and the catalogue."""
    gathered = Fold(work.context.reading.bounds, work.known)
    for key, together in work.together.items():
        gathered.add(key, together.fragment, together.name, together.interactions)
    nameless = []
    for item in work.items:
        if item.more:
            more = work.more[item.key]
            gathered.add_facts(item.bundle, more.facts)
            if more.mentions is not None:
                gathered.shelf.see(more.mentions, item.bundle)
            if item.bundle is None:
                nameless.append(more.facts)
    work.mentions = gathered.shelf.mentions
    gathered.write(work.connection, work.later, work.fragments, work.new)
    work.written = gathered.fragments
    work.later.do(mark, work.connection, work.kept, nameless)


def witness(work: Work) -> None:
    """Write who came together, and the links said by alias or by hand."""
    filed = work.prepared.bundles
    seen = {
        key: Sighting(
            key, bundle.trust == Trust.SERVER, bundle.members, bundle.fallback, together.times, together.first
        )
        for key, together in work.together.items()
        for bundle in (filed[key],)
    }
    evidence = Evidence(work.connection, work.context.rules, work.context.secret)
    found = evidence.record(seen, work.prepared.identifiers, work.recalled, work.later)
    work.touched, work.moving, work.left = found.touched, found.moving, found.left
    work.words = [*work.words, *(word for more in work.more.values() for word in more.words)]
    if work.words:
        work.later.settle()
        work.relinked = put_links(work.connection, work.words, work.context.secret)


def resolve(work: Work) -> None:
    """Settle whose each touched identifier and bundle is."""
    work.later.settle()
    if work.moving or work.relinked:
        evidence = Evidence(work.connection, work.context.rules, work.context.secret)
        work.resolved = evidence.resolve(work.touched, work.moving, work.relinked).standings


def reject(work: Work) -> None:
    """Write what was dropped, with its reason and its bytes; what was sent in again leaves the list."""
    queries.forget_rejected(work.connection, work.prepared.replayed)
    rows = map(msgspec.structs.astuple, work.rejected)
    queries.copy_rows(work.connection, queries.COPY_REJECTED, queries.REJECTED_TYPES, rows)


def erase(work: Work) -> None:
    """Carry out erasures, retention and retractions; a record is a batch by itself, so all before it is taken in."""
    writer, context = work.writer, work.context
    means = Means(
        work.connection,
        context.secret,
        context.rules,
        context.policy,
        writer.sources,
        lambda event: _filed(event, context),
        lambda rows, wanted: take_wanted(writer, rows, wanted, AGAIN),
        context.reading.currency,
    )
    if work.prepared.records:
        # What is to be forgotten may stand in what a rebuild that was killed had made.
        tidy(work.connection)
    for seq, number in work.prepared.records:
        frames = log.row(work.connection, seq).frames
        if is_retraction(frames[number]):
            retract(writer, seq, frames[number], TAKING)
        else:
            (carry_out if is_erasure(frames[number]) else carry_out_retention)(means, seq, frames, number)
    if work.prepared.records:
        mend_seen(work.connection, writer.sources)


def advance(work: Work) -> None:
    """Move the cursor, by compare-and-swap; whoever no longer leads fails here, and all of the batch is taken back."""
    faults.hit("cursor.before")
    queries.move_cursor(work.connection, work.prepared.after, work.prepared.last, work.context.rules_name)
    faults.hit("cursor.after")


AGAIN = (recall, store_events, fold, witness)
"""How what is known already is folded once more; whose it is, is settled later."""

TAKING = (deduplicate, recall, store, fold, witness, reject)
"""How what is picked of the log is taken in as if it came now; the last step writes rejections."""

WRITING: tuple[tuple[str, Callable[[Work], None]], ...] = (
    ("deduplicate", deduplicate),
    ("recall", recall),
    ("store", store),
    ("fold", fold),
    ("witness", witness),
    ("resolve", resolve),
    ("reject", reject),
    ("tally", tally),
    ("erase", erase),
    ("advance", advance),
)

_EARLY = 5
"""So many of the steps only read and have things written; the others wait for what was to be written."""

STEPS = tuple(name for name, _ in (*PREPARING, *WRITING))
"""The names of all steps, in their order."""


class Pipeline:
    """Works through the log of one database, on one connection whose search path names the derived schema.

    With a child that prepares `ahead` and a second such connection, the `reader`, a batch's writes go on while the next
    is worked out.
    """

    def __init__(
        self,
        connection: Connection,
        context: Context,
        ahead: ReadAhead | None = None,
        reader: Connection | None = None,
    ) -> None:
        self._connection = connection
        self._context = context
        self._ahead = ahead
        self._cursor = queries.cursor_place(connection)
        retracted = read_retracted(connection, self._cursor)
        self._writer = Writer(connection, context, Sources(connection), Later(), retracted)
        self._overlapping = None if reader is None else Overlapping(self._writer, reader, WRITING[:_EARLY], self._end)
        self._wary = 0
        self._totals = read_totals(connection)
        self._mentions: dict[str, Mention] = {}

    @property
    def place(self) -> int:
        """How far it has come in the log, with what is still being written."""
        return self._cursor

    def step(self) -> Batch | None:
        """Take the next batch of the log, and return one that is committed; None where all is. Raises CursorMoved."""
        flights = self._overlapping
        while flights is None or not flights.landed:
            prepared = None
            if self._ahead is not None and self._ahead.ready:
                prepared = self._ahead.next(self._cursor)
            if flights is not None and prepared is not None and not prepared.records and not self._wary:
                self._overlap(flights, prepared)
            elif flights is not None and flights.in_the_air:
                # What was prepared is asked for again.
                self.land()
            elif prepared is not None:
                return self.write(prepared)
            else:
                return self._read()
        return flights.landed.popleft()

    def _read(self) -> Batch | None:
        rows = log.read(self._connection, self._cursor, BATCH_EVENTS)
        if self._ahead is not None and sum(row.n for row in rows) >= BATCH_EVENTS:
            self._ahead.start()
        return self.take(rows) if rows else None

    def take(self, rows: list[log.Row]) -> Batch:
        """Take these rows, or as many as come before the next record about the past. Raises CursorMoved."""
        writer = self._writer
        desk = desk_of(until_record(rows), self._cursor, writer.sources, self._context, writer.retracted)
        return self.write(prepare(desk))

    def land(self) -> None:
        """Return when nothing is being written any more, so that the connection may be used. Raises CursorMoved."""
        if self._overlapping is not None:
            with self._falling(self._overlapping):
                self._overlapping.land()

    def write(self, prepared: Prepared) -> Batch:
        """Take what was prepared of the rows after the cursor as one batch. Raises CursorMoved."""
        self._wary = max(0, self._wary - 1)
        poison: frozenset[Said] = frozenset()
        while True:
            try:
                batch = self._run(prepared, poison)
                break
            except POISONOUS:
                # What stood behind a culprit of the same message id comes forward, and may be another.
                found = self._poison(prepared, poison)
                if not found:
                    raise
                poison |= found
        self._cursor = prepared.last
        return batch

    def _overlap(self, flights: Overlapping, prepared: Prepared) -> None:
        with self._falling(flights):
            work = flights.take_off(prepared, self._mentions)
            self._cursor = prepared.last
            self._remember(work)

    @contextmanager
    def _falling(self, flights: Overlapping) -> Iterator[None]:
        """Where what is in the air cannot be kept there, all that is not committed is taken again, batch by batch."""
        try:
            yield
        except (*POISONOUS, Exchanged):
            flights.fall()
            self._cursor = queries.cursor_place(self._connection)
            self._totals = read_totals(self._connection)
            self._mentions.clear()
            self._wary = WARY_BATCHES
        except BaseException:
            with suppress(psycopg.Error):
                flights.fall()
            raise

    def _run(self, prepared: Prepared, poison: frozenset[Said]) -> Batch:
        seconds = dict(prepared.seconds)
        with self._connection.transaction(), self._nothing_later():
            hold_schema(self._connection)
            queries.hold_cursor(self._connection, prepared.after, self._context.rules_name)
            work = self._work(prepared, poison)
            _take_steps(WRITING[:_EARLY], work, seconds)
            batch = self._end(work, seconds)
            faults.hit("commit.before")
        faults.hit("commit.after")
        self._remember(work)
        return batch

    def _end(self, work: Work, seconds: dict[str, float]) -> Batch:
        _take_steps(WRITING[_EARLY:], work, seconds)
        dropped = Counter(each.reason for each in work.rejected)
        totals = self._totals.plus(len(work.items), dropped, seconds)
        write_totals(self._connection, totals)
        self._totals = totals
        return Batch(len(work.items), len(work.rejected), seconds)

    def _remember(self, work: Work) -> None:
        """Keep the mentions of products that stand now, up to a bound; what was taken back must not seem to stand."""
        if work.prepared.records or len(self._mentions) > MENTIONS_KEPT:
            self._mentions.clear()
        if not work.prepared.records:
            self._mentions.update(work.mentions)

    @contextmanager
    def _nothing_later(self) -> Iterator[None]:
        """Whatever happens within, nothing is being written any more when it ends."""
        try:
            yield
        finally:
            self._writer.later.give_up()

    def _work(self, prepared: Prepared, poison: frozenset[Said]) -> Work:
        work = work_on(self._writer, prepared, self._mentions)
        if poison:
            work.items = []
            for item in prepared.items:
                if work.said(item) in poison:
                    refuse(work, item, Refused(Reason.MALFORMED, "$", "holds a value that cannot be stored"))
                else:
                    work.items.append(item)
        return work

    def _poison(self, prepared: Prepared, known: frozenset[Said]) -> frozenset[Said]:
        """What more the database refuses, found by trying ever smaller parts of the batch and taking all back."""
        work = self._work(prepared, known)
        deduplicate(work)
        return frozenset(work.said(item) for item in self._culprits(work, work.items))

    def _culprits(self, work: Work, items: list[Item]) -> list[Item]:
        try:
            with self._connection.transaction(force_rollback=True), self._nothing_later():
                part = msgspec.structs.replace(work, items=items, rejected=[], words=[])
                part.prepared = msgspec.structs.replace(work.prepared, replayed=[], records=[], runs=[])
                for _, step in WRITING[1:-1]:
                    step(part)
                self._writer.later.settle()
        except POISONOUS:
            if len(items) == 1:
                return items
            middle = len(items) // 2
            return self._culprits(work, items[:middle]) + self._culprits(work, items[middle:])
        return []


def _take_steps(steps: Sequence[tuple[str, Callable[[Work], None]]], work: Work, seconds: dict[str, float]) -> None:
    for name, step in steps:
        started = perf_counter()
        step(work)
        seconds[name] = perf_counter() - started


def _filed(event: Event, context: Context) -> tuple[Extracted, bytes | None, bool]:
    extracted = identifiers_of(event, context.policy, context.rules)
    bundle = bundle_of(event, extracted, context.secret)
    facts = facts_of(event, extracted.seen, context.reading)
    return extracted, None if bundle is None else bundle.key, bool(facts.catalogue)
