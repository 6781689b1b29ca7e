"""What happens to a batch of the log: a literal list of named, timed steps, each with typed reasons for what it drops.

All of a batch's writes and the cursor's move are one transaction; a process that no longer leads writes nothing.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from time import perf_counter

import msgspec
import psycopg

from regulars.collection.items import open_batch
from regulars.collection.marked import message_key, read_frame
from regulars.erasure import Means, carry_out, is_erasure
from regulars.identity.blocked import Policy
from regulars.identity.bundle import Bundle, bundle_of, identifier_key
from regulars.identity.evidence import Evidence, Sightings
from regulars.identity.extract import Extracted, identifiers_of
from regulars.identity.links import LinkWord, alias_words, put_links
from regulars.identity.normalise import NORMALISER_VERSION
from regulars.identity.queries import HAND
from regulars.identity.rules import RULES, Rules
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.identifier import Identifier
from regulars.model.rejection import Reason, Refused, Rejection
from regulars.model.secret import Secret
from regulars.model.source import Trust
from regulars.profiles.facts import Facts, Reading, facts_of
from regulars.profiles.fragment import VERSION
from regulars.profiles.store import Fold
from regulars.storage import faults, log, queries
from regulars.storage.database import Connection
from regulars.storage.shadow import hold_schema
from regulars.storage.sources import Sources
from regulars.storage.totals import read_totals, write_totals

BATCH_EVENTS = 10_000
REPLAY = "replay:"
"""How a frame's note begins that sends a rejected item in again; the item's place follows."""

_encode = msgspec.json.Encoder().encode
_settle = msgspec.json.Encoder(order="deterministic").encode


class Context(msgspec.Struct, frozen=True):
    """What every batch is read by."""

    secret: Secret
    rules: Rules = RULES
    policy: Policy = Policy()
    reading: Reading = Reading()

    @property
    def rules_name(self) -> str:
        """The version of the identity rules and a hash of all settings that decide what is derived.

        The cursor and digests name it, so that what was made under one setting is never continued under another.
        """
        decisive = (self.rules, self.policy, self.reading.currency, self.reading.bounds, NORMALISER_VERSION, VERSION)
        return f"rules-{self.rules.version}-{sha256(_settle(decisive)).hexdigest()[:8]}"


Said = tuple[str, Trust, bytes]
"""Who said what: the source's name, its trust, and the hash of the content; the same for each time it was sent."""


def said(event: Event) -> Said:
    """What tells an event's duplicates from others."""
    return event.source.name, event.source.trust, event.content


class Item(msgspec.Struct):
    """One item of a batch on its way: the event, then what the steps find in it."""

    seq: int
    place: str
    frame: Frame
    index: int
    event: Event
    extracted: Extracted = Extracted(())
    bundle: Bundle | None = None
    facts: Facts = Facts()
    key: bytes = b""


class Work(msgspec.Struct):
    """One batch: the rows it is made of, and what the steps make of them."""

    connection: Connection
    context: Context
    sources: Sources
    rows: list[log.Row]
    cursor: int
    poison: frozenset[Said] = frozenset()
    items: list[Item] = []
    rejected: list[tuple[object, ...]] = []
    words: list[LinkWord] = []
    replayed: list[str] = []
    erased: dict[bytes, bytes] = {}
    erasures: list[tuple[log.Row, int]] = []
    relinked: set[bytes] = set()
    touched: set[bytes] = set()
    moving: set[bytes] = set()


def decode(work: Work) -> None:
    """Read each frame's items; drops what cannot be read, for the reason the decoder gives."""
    for row in work.rows:
        for number, frame in enumerate(row.frames):
            source = work.sources.of(frame.source, Trust(frame.trust))
            if frame.call == "control":
                work.words += link_words(frame, f"{row.seq}:{number}")
                if is_erasure(frame):
                    work.erasures.append((row, number))
                continue
            if frame.note.startswith(REPLAY):
                work.replayed.append(frame.note.removeprefix(REPLAY))
            for index, found, mark in read_frame(frame, source, work.context.secret, f"{row.seq}:{number}"):
                place = f"{number}.{index}"
                if found is None:
                    if mark is not None and mark.key:
                        work.erased[mark.key] = mark.content
                elif isinstance(found, Rejection):
                    _reject(work, row.seq, place, frame, found)
                else:
                    item = Item(row.seq, place, frame, index, found, key=b"" if mark is None else mark.key)
                    if said(found) in work.poison:
                        refuse(work, item, Refused(Reason.MALFORMED, "$", "holds a value that cannot be stored"))
                    else:
                        work.items.append(item)


def identify(work: Work) -> None:
    """Find each event's identifiers and its bundle; drops identifiers of a wrong type, too long, or too many."""

    def find(item: Item) -> None:
        item.extracted = identifiers_of(item.event, work.context.policy, work.context.rules)
        item.bundle = bundle_of(item.event, item.extracted, work.context.secret)

    _keep(work, find)


def interpret(work: Work) -> None:
    """Read the facts in each event's properties; drops wrong types and what a public key may not say."""

    def read(item: Item) -> None:
        item.facts = facts_of(item.event, item.extracted.seen, work.context.reading)

    _keep(work, read)


def deduplicate(work: Work) -> None:
    """Let each (source, message id) pass once; the same id with other content is a conflicting duplicate."""
    for item in work.items:
        source = item.event.source
        item.key = item.key or message_key(work.context.secret, source.name, source.trust, item.event.message_id)
    known = queries.known_messages(work.connection, [*(item.key for item in work.items), *work.erased])
    work.erased = {key: content for key, content in work.erased.items() if key not in known}
    known.update(work.erased)
    kept = []
    for item in work.items:
        content = known.get(item.key)
        if content is None:
            known[item.key] = item.event.content
            kept.append(item)
        elif content != item.event.content:
            words = "another event with this messageId and other content came before; give each event its own id"
            refuse(work, item, Refused(Reason.CONFLICTING_DUPLICATE, "$.messageId", words))
    work.items = kept


def store(work: Work) -> None:
    """Write message ids and events."""
    rows = [*work.erased.items(), *((item.key, item.event.content) for item in work.items)]
    queries.copy_rows(work.connection, queries.COPY_MESSAGE_IDS, ("bytea", "bytea"), rows)
    store_events(work)


def store_events(work: Work) -> None:
    """Write events alone."""
    queries.copy_rows(work.connection, queries.COPY_EVENTS, queries.EVENT_TYPES, map(_event_row, work.items))


def witness(work: Work) -> None:
    """Write who came together, and the links said by alias or by hand."""
    sightings = Sightings(work.context.secret)
    for item in work.items:
        if item.bundle is not None:
            sightings.add(item.bundle, item.event.source.name, item.event.time)
        work.words += alias_words(item.event, work.context.policy)
    evidence = Evidence(work.connection, work.context.rules, work.context.secret)
    work.touched, work.moving = evidence.record(sightings)
    work.relinked = put_links(work.connection, work.words, work.context.secret)


def resolve(work: Work) -> None:
    """Settle whose each touched identifier and bundle is."""
    if work.moving or work.relinked:
        evidence = Evidence(work.connection, work.context.rules, work.context.secret)
        evidence.resolve(work.touched, work.moving, work.relinked)


def fold(work: Work) -> None:
    """Merge what the events say into fragments, orders, interactions, consents and the catalogue."""
    gathered = Fold(work.context.reading.bounds)
    for item in work.items:
        gathered.add(None if item.bundle is None else item.bundle.key, item.facts)
    gathered.write(work.connection)


def reject(work: Work) -> None:
    """Write what was dropped, with its reason and its bytes; what was sent in again leaves the list."""
    queries.forget_rejected(work.connection, work.replayed)
    queries.copy_rows(work.connection, queries.COPY_REJECTED, queries.REJECTED_TYPES, work.rejected)


def erase(work: Work) -> None:
    """Carry out erasures; a record of one is a batch by itself, so all that came before it is taken in."""
    context = work.context
    means = Means(
        work.connection,
        context.secret,
        context.rules,
        context.policy,
        work.sources,
        lambda event: _filed(event, context),
        lambda rows, wanted: _again(work, rows, wanted),
    )
    for row, number in work.erasures:
        carry_out(means, row.seq, row.frames, number)


def advance(work: Work) -> None:
    """Move the cursor, by compare-and-swap; whoever no longer leads fails here, and all of the batch is taken back."""
    faults.hit("cursor.before")
    queries.move_cursor(work.connection, work.cursor, work.rows[-1].seq, work.context.rules_name)
    faults.hit("cursor.after")


STEPS: tuple[tuple[str, Callable[[Work], None]], ...] = (
    ("decode", decode),
    ("identify", identify),
    ("interpret", interpret),
    ("deduplicate", deduplicate),
    ("store", store),
    ("witness", witness),
    ("resolve", resolve),
    ("fold", fold),
    ("reject", reject),
    ("erase", erase),
    ("advance", advance),
)


class Batch(msgspec.Struct, frozen=True):
    """What became of one batch: events accepted, items dropped, seconds by step."""

    accepted: int
    dropped: int
    seconds: dict[str, float]


class Pipeline:
    """Works through the log of one database, on one connection whose search path names the derived schema."""

    def __init__(self, connection: Connection, context: Context) -> None:
        self._connection = connection
        self._context = context
        self._sources = Sources(connection)
        self._cursor = queries.cursor_place(connection)
        self._totals = read_totals(connection)

    @property
    def place(self) -> int:
        """How far it has come in the log."""
        return self._cursor

    def step(self) -> Batch | None:
        """Take the next batch of the log; None where there is nothing left. Raises CursorMoved."""
        rows = log.read(self._connection, self._cursor, BATCH_EVENTS)
        return self.take(rows) if rows else None

    def take(self, rows: list[log.Row]) -> Batch:
        """Take these rows, or as many as come before the next erasure, as one batch. Raises CursorMoved."""
        rows = _until_erasure(rows)
        poison: frozenset[Said] = frozenset()
        while True:
            try:
                batch = self._run(rows, poison)
                break
            except _POISONOUS:
                # What stood behind a culprit of the same message id comes forward, and may be another.
                found = self._poison(rows, poison)
                if not found:
                    raise
                poison |= found
        self._cursor = rows[-1].seq
        return batch

    def _run(self, rows: list[log.Row], poison: frozenset[Said]) -> Batch:
        work = Work(self._connection, self._context, self._sources, rows, self._cursor, poison)
        seconds: dict[str, float] = {}
        with self._connection.transaction():
            hold_schema(self._connection)
            queries.hold_cursor(self._connection, self._cursor, self._context.rules_name)
            for name, step in STEPS:
                started = perf_counter()
                step(work)
                seconds[name] = perf_counter() - started
            rejected = Counter(str(row[5]) for row in work.rejected)
            totals = self._totals.plus(len(work.items), rejected, seconds)
            write_totals(self._connection, totals)
            faults.hit("commit.before")
        faults.hit("commit.after")
        self._totals = totals
        return Batch(len(work.items), len(work.rejected), seconds)

    def _poison(self, rows: list[log.Row], known: frozenset[Said]) -> frozenset[Said]:
        """What more the database refuses, found by trying ever smaller parts of the batch and taking all back."""
        work = Work(self._connection, self._context, self._sources, rows, self._cursor, known)
        for _, step in STEPS[:4]:
            step(work)
        return frozenset(said(item.event) for item in self._culprits(work, work.items))

    def _culprits(self, work: Work, items: list[Item]) -> list[Item]:
        try:
            with self._connection.transaction(force_rollback=True):
                part = msgspec.structs.replace(work, items=items, rejected=[], words=[], replayed=[])
                for _, step in STEPS[4:-1]:
                    step(part)
        except _POISONOUS:
            if len(items) == 1:
                return items
            middle = len(items) // 2
            return self._culprits(work, items[:middle]) + self._culprits(work, items[middle:])
        return []


_POISONOUS = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, UnicodeError, OverflowError)
"""What a value that PostgreSQL cannot hold or index raises; nothing else is taken for the fault of an event."""


def refuse(work: Work, item: Item, why: Refused) -> None:
    """Drop one item of the batch."""
    body = item.frame.body
    if item.frame.call in ("batch", "import"):
        body = bytes(open_batch(body).items[item.index])
    _reject(work, item.seq, item.place, item.frame, Rejection(why.reason, why.where, why.message, body))


def _reject(work: Work, seq: int, place: str, frame: Frame, why: Rejection) -> None:
    row = (seq, place, frame.received, frame.source, frame.trust, str(why.reason), why.where, why.message, why.body)
    work.rejected.append(row)


def _keep(work: Work, read: Callable[[Item], None]) -> None:
    kept = []
    for item in work.items:
        try:
            read(item)
        except Refused as why:
            refuse(work, item, why)
        else:
            kept.append(item)
    work.items = kept


def _event_row(item: Item) -> tuple[object, ...]:
    event = item.event
    parts = {"properties": event.properties, "traits": event.traits, "context": event.context}
    flags = " ".join(flag for flag, is_set in (("bot", event.bot), (event.clock, event.clock != "client")) if is_set)
    return (
        None if item.bundle is None else item.bundle.key,
        event.time,
        event.received,
        event.kind,
        event.name,
        event.source.name,
        int(event.source.trust),
        event.message_id,
        event.origin,
        flags,
        _encode({name: value for name, value in parts.items() if value}),
    )


def link_words(frame: Frame, place: str) -> list[LinkWord]:
    """The link that a control frame says, if it says one."""
    control = msgspec.json.decode(frame.body)
    if control.get("control") != "link":
        return []
    a, b = (Identifier(end["type"], end["space"], end["value"]) for end in (control["a"], control["b"]))
    return [LinkWord(a, b, control["word"], HAND, int(Trust.SERVER), frame.received, place)]


def _until_erasure(rows: list[log.Row]) -> list[log.Row]:
    """The rows before the first record of an erasure; that row alone where it is the first."""
    for n, row in enumerate(rows):
        if any(is_erasure(frame) for frame in row.frames):
            return rows[: max(n, 1)]
    return rows


def _filed(event: Event, context: Context) -> tuple[Extracted, bytes | None, bool]:
    extracted = identifiers_of(event, context.policy, context.rules)
    bundle = bundle_of(event, extracted, context.secret)
    facts = facts_of(event, extracted.seen, context.reading)
    return extracted, None if bundle is None else bundle.key, bool(facts.catalogue)


def _again(work: Work, rows: Sequence[log.Row], wanted: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Fold accepted items of the log anew, after what was derived from them was removed."""
    part = Work(work.connection, work.context, work.sources, list(rows), work.cursor)
    decode(part)
    identify(part)
    interpret(part)
    mac = work.context.secret
    taken = []
    for item in part.items:
        source = item.event.source
        names = {item.key, message_key(mac, source.name, source.trust, item.event.message_id)} & wanted
        if names:
            item.key = item.key or names.pop()
            taken.append(item)
    known = queries.known_messages(work.connection, [item.key for item in taken])
    part.items = []
    for item in taken:
        source = item.event.source
        names = {item.key, message_key(mac, source.name, source.trust, item.event.message_id)}
        if names & wanted and known.get(item.key) == item.event.content:
            wanted -= names
            part.items.append(item)
    part.words = []
    store_events(part)
    witness(part)
    fold(part)
    bundles = {item.bundle.key for item in part.items if item.bundle is not None}
    return {identifier_key(s.identifier, mac) for i in part.items for s in i.extracted.seen if not s.blocked}, bundles
