"""The first half of what happens to a batch: five named, timed steps that need no database and change nothing.

They read a piece of the log and make it ready to be written; the same piece always gives the same.
"""

from collections.abc import Callable
from functools import lru_cache
from time import perf_counter

import msgspec

from regulars.catalogue.seen import mentions_of
from regulars.collection.items import open_batch
from regulars.collection.marked import message_key, read_frame
from regulars.collection.replay import REPLAY
from regulars.collection.retracted import Retracted, Scope
from regulars.context import Context
from regulars.identity.bundle import Bundle, bundle_of, identifier_key
from regulars.identity.extract import Extracted, identifiers_of, told_by
from regulars.identity.links import alias_words, link_words
from regulars.model.event import Event
from regulars.model.frame import Frame, Mark
from regulars.model.rejection import Reason, Refused, Rejection
from regulars.model.source import Trust
from regulars.prepared import FrameOfRun, Item, More, Prepared, Rejected, encode_more
from regulars.profiles.facts import Facts, facts_of
from regulars.profiles.fragment import EMPTY
from regulars.profiles.fragment import encode as encode_fragment
from regulars.retention import rewrites
from regulars.retraction import is_retraction
from regulars.storage import log
from regulars.storage.binary import data, header, int2, int8, text, word
from regulars.storage.sources import Sources
from regulars.together import Group, file_together

_encode = msgspec.json.Encoder().encode


class Draft(msgspec.Struct):
    """One readable item on its way: the event, then what the steps find in it, at last what is written of it."""

    seq: int
    number: int
    index: int
    frame: Frame
    event: Event
    mark: Mark | None
    extracted: Extracted = Extracted(())
    bundle: Bundle | None = None
    facts: Facts = Facts()
    item: Item | None = None

    @property
    def place(self) -> str:
        """Where in its row of the log it stands."""
        return f"{self.number}.{self.index}"

    @property
    def key(self) -> bytes:
        """The keyed name of its message, once it is packed."""
        return b"" if self.item is None else self.item.key


class Desk(msgspec.Struct):
    """What the steps work on: the rows they read, the drafts, and the piece that comes of it."""

    context: Context
    sources: Sources
    rows: list[log.Row]
    prepared: Prepared
    retracted: Retracted | None = None
    drafts: list[Draft] = []
    numbers: dict[tuple[str, Trust], int] = {}


def decode(desk: Desk) -> None:
    """Read each frame's items; drops what cannot be read, for the reason the decoder gives."""
    prepared = desk.prepared
    for row in desk.rows:
        for number, frame in enumerate(row.frames):
            if frame.call == "control":
                prepared.words += link_words(frame, f"{row.seq}:{number}")
                if looks_back(frame):
                    prepared.records.append((row.seq, number))
                continue
            scope = None
            if desk.retracted is not None:
                if desk.retracted.whole(frame, row.seq):
                    prepared.erased.update((mark.key, mark.content) for mark in frame.marks if mark.gone and mark.key)
                    continue
                scope = desk.retracted.events(frame, row.seq)
            if frame.run:
                again = frame.note.startswith(REPLAY)
                prepared.runs.append(FrameOfRun(row.seq, number, frame.run, frame.items, again))
            if frame.note.startswith(REPLAY):
                prepared.replayed.append(frame.note.removeprefix(REPLAY))
            _read(desk, row.seq, number, frame, scope)


def _read(desk: Desk, seq: int, number: int, frame: Frame, scope: Scope | None) -> None:
    """The items of a frame, but for those in a scope that was taken back."""
    prepared, secret = desk.prepared, desk.context.secret
    source = desk.sources.of(frame.source, Trust(frame.trust))
    for index, found, mark in read_frame(frame, source, secret, f"{seq}:{number}"):
        if found is None:
            if mark is not None and mark.key:
                prepared.erased[mark.key] = mark.content
        elif scope is not None and scope.holds(found):
            continue
        elif isinstance(found, Rejection):
            prepared.rejected.append(rejected(seq, f"{number}.{index}", frame, found))
        else:
            desk.drafts.append(Draft(seq, number, index, frame, found, mark))


def identify(desk: Desk) -> None:
    """Find each event's identifiers and its bundle; drops identifiers of a wrong type, too long, or too many."""
    policy, rules, secret = desk.context.policy, desk.context.rules, desk.context.secret

    known: dict[object, tuple[Extracted, Bundle | None]] = {}

    def find(draft: Draft) -> None:
        event = draft.event
        told = told_by(event)
        found = None if told is None else known.get(told)
        if found is None:
            extracted = identifiers_of(event, policy, rules)
            found = extracted, bundle_of(event, extracted, secret)
            if told is not None:
                known[told] = found
        draft.extracted, draft.bundle = found

    _keep(desk, find)


def interpret(desk: Desk) -> None:
    """Read the facts in each event's properties; drops wrong types and what a public key may not say."""
    reading = desk.context.reading

    def read(draft: Draft) -> None:
        draft.facts = facts_of(draft.event, draft.extracted.seen, reading)

    _keep(desk, read)


def pack(desk: Desk) -> None:
    """Write each event and what it says as the tables keep it; drops what no table holds."""
    items = desk.prepared.items

    def put(draft: Draft) -> None:
        try:
            draft.item = _item(desk, draft)
        except (OverflowError, UnicodeError):
            raise Refused(Reason.MALFORMED, "$", "holds a value that cannot be stored") from None
        items.append(draft.item)

    _keep(desk, put)


def gather(desk: Desk) -> None:
    """Put together what all items of a bundle say."""
    groups: dict[bytes, list[Draft]] = {}
    for draft in desk.drafts:
        if draft.bundle is not None:
            groups.setdefault(draft.bundle.key, []).append(draft)
    bounds = desk.context.reading.bounds
    file_together(desk.prepared, [_group(desk, group) for group in groups.values()], bounds)


PREPARING: tuple[tuple[str, Callable[[Desk], None]], ...] = (
    ("decode", decode),
    ("identify", identify),
    ("interpret", interpret),
    ("pack", pack),
    ("gather", gather),
)


def desk_of(
    rows: list[log.Row], after: int, sources: Sources, context: Context, retracted: Retracted | None = None
) -> Desk:
    """A desk with these rows, which stand after the place `after`; what was `retracted` of them is passed over."""
    return Desk(context, sources, rows, Prepared(after, rows[-1].seq if rows else after, len(rows)), retracted)


def prepare(desk: Desk) -> Prepared:
    """Take all the steps."""
    for name, step in PREPARING:
        started = perf_counter()
        step(desk)
        desk.prepared.seconds[name] = perf_counter() - started
    return desk.prepared


def until_record(rows: list[log.Row]) -> list[log.Row]:
    """The rows before the first record about what came before it; that row alone where it is the first."""
    for n, row in enumerate(rows):
        if any(looks_back(frame) for frame in row.frames):
            return rows[: max(n, 1)]
    return rows


def looks_back(frame: Frame) -> bool:
    """Whether a frame is a record that is carried out on all that came before it, and so is a batch by itself."""
    return rewrites(frame) or is_retraction(frame)


def rejected(seq: int, place: str, frame: Frame, why: Rejection) -> Rejected:
    """An item dropped, with its reason."""
    return Rejected(
        seq, place, frame.received, frame.source, frame.trust, str(why.reason), why.where, why.message, why.body
    )


def refusal(frame: Frame, index: int, why: Refused) -> Rejection:
    """Why this item of a frame is dropped, with its bytes."""
    body = bytes(open_batch(frame.body).items[index]) if frame.call in ("batch", "import") else frame.body
    return Rejection(why.reason, why.where, why.message, body)


def _keep(desk: Desk, read: Callable[[Draft], None]) -> None:
    kept = []
    for draft in desk.drafts:
        try:
            read(draft)
        except Refused as why:
            found = refusal(draft.frame, draft.index, why)
            desk.prepared.rejected.append(rejected(draft.seq, f"{draft.number}.{draft.index}", draft.frame, found))
        else:
            kept.append(draft)
    desk.drafts = kept


def _item(desk: Desk, draft: Draft) -> Item:
    event, facts, bundle = draft.event, draft.facts, draft.bundle
    source = event.source
    own = message_key(desk.context.secret, source.name, source.trust, event.message_id)
    key = own if draft.mark is None or not draft.mark.key else draft.mark.key
    fragment = facts.fragment
    return Item(
        draft.seq,
        draft.number,
        draft.index,
        key,
        event.content,
        _source(desk, event),
        event.time,
        None if bundle is None else bundle.key,
        _event_row(event, None if bundle is None else bundle.key),
        b"" if fragment is EMPTY else encode_fragment(fragment),
        facts.interactions,
        _more(event, facts, desk.context),
        b"" if key == own else own,
    )


def _more(event: Event, facts: Facts, context: Context) -> bytes:
    words = tuple(alias_words(event, context.policy)) if event.kind == "alias" else ()
    mentions = mentions_of(event)
    told = facts.order or facts.cancellation or facts.refunds or facts.consents or facts.catalogue
    if not words and mentions is None and not told:
        return b""
    return encode_more(More(msgspec.structs.replace(facts, fragment=EMPTY, interactions=()), words, mentions))


def _source(desk: Desk, event: Event) -> int:
    said = event.source.name, event.source.trust
    found = desk.numbers.get(said)
    if found is None:
        found = desk.numbers[said] = len(desk.prepared.sources)
        desk.prepared.sources.append(said)
    return found


def _group(desk: Desk, drafts: list[Draft]) -> Group:
    bundle = drafts[0].bundle
    assert bundle is not None
    keys = []
    for seen in bundle.members:
        if not seen.blocked:
            key = identifier_key(seen.identifier, desk.context.secret)
            desk.prepared.identifiers[key] = seen.identifier
            keys.append(key)
    items = [draft.item for draft in drafts if draft.item is not None]
    return Group(bundle, tuple(sorted(keys)), items, [draft.facts for draft in drafts])


@lru_cache(maxsize=4096)
def _called(kind: str, name: str, source: str, trust: Trust) -> bytes:
    return text(kind) + text(name) + text(source) + int2(trust)


def _event_row(event: Event, bundle: bytes | None) -> bytes:
    parts = {}
    if event.properties:
        parts["properties"] = event.properties
    if event.traits:
        parts["traits"] = event.traits
    if event.context:
        parts["context"] = event.context
    flags = event.clock if event.clock != "client" else ""
    if event.bot:
        flags = f"bot {flags}".rstrip()
    return b"".join(
        (
            _COLUMNS,
            data(bundle),
            int8(event.time),
            int8(event.received),
            _called(event.kind, event.name, event.source.name, event.source.trust),
            text(event.message_id),
            word(event.origin),
            word(flags),
            data(_encode(parts)),
        )
    )


_COLUMNS = header(11)
