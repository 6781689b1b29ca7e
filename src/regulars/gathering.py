"""What a retraction finds in the log: which accepted events are taken back, and what else they touched."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from regulars.collection.marked import message_key, read_frame
from regulars.collection.retracted import Retracted, Scope
from regulars.identity.blocked import Policy
from regulars.identity.bundle import identifier_key
from regulars.identity.links import LinkWord, alias_words
from regulars.identity.rules import Rules
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.rejection import Refused, Rejection
from regulars.model.secret import Secret
from regulars.model.source import Trust
from regulars.profiles.facts import Facts
from regulars.storage import erasing, log, retracting
from regulars.storage.database import Connection
from regulars.storage.erasing import Message
from regulars.storage.queries import known_messages
from regulars.storage.sources import Sources


class Piece(Protocol):
    """An item of the pipeline, as far as it is looked at here."""

    @property
    def seq(self) -> int:
        """The row of the log it stands in."""

    @property
    def place(self) -> str:
        """Where in this row it stands."""

    @property
    def frame(self) -> Frame:
        """The frame that it came in."""

    @property
    def event(self) -> Event:
        """What it is."""

    @property
    def key(self) -> bytes:
        """The keyed name of its message."""


P = TypeVar("P", bound=Piece)


class Pick(Protocol):
    """Chooses which items of some rows are to be taken in anew."""

    def __call__(self, items: list[P]) -> list[P]:
        """Those items, in their order."""


class Means(msgspec.Struct, frozen=True):
    """What a retraction is carried out with.

    `read` tells an event's bundle and facts, and raises Refused as the pipeline does. `take` takes the picked items of
    some rows in, and returns the keyed names of their identifiers and their bundles. `currency` is the settings'.
    """

    connection: Connection
    secret: Secret
    rules: Rules
    policy: Policy
    sources: Sources
    read: Callable[[Event], tuple[bytes | None, Facts]]
    take: Callable[[Sequence[log.Row], Retracted, Pick], tuple[set[bytes], set[bytes]]]
    currency: str


class Found(msgspec.Struct):
    """What the retracted events touched, besides bundles and messages."""

    sources: set[tuple[str, int]] = msgspec.field(default_factory=set)
    links: set[tuple[bytes, bytes, str]] = msgspec.field(default_factory=set)
    seen: set[str] = msgspec.field(default_factory=set)
    kept: set[str] = msgspec.field(default_factory=set)
    catalogue: set[Message] = msgspec.field(default_factory=set)
    nameless_orders: bool = False

    @property
    def undone(self) -> list[str]:
        """The runs of which nothing is left."""
        return sorted(self.seen - self.kept - {""})


def gather(means: Means, seq: int, scope: Scope, passed: Retracted, looking: bool = False) -> Found:
    """Go through the log up to a place and note what of it is in scope and was accepted.

    `passed` is what was taken back before. Takes it from `rejected`, unless this is but `looking`.
    """
    found = Found()
    for row in erasing.rows_before(means.connection, seq):
        gone: list[str] = []
        events: list[tuple[bytes, Event]] = []
        for n, frame in enumerate(row.frames):
            if frame.call == "control" or passed.whole(frame, row.seq):
                continue
            whole = scope.whole(frame)
            found.seen.add(frame.run)
            if not whole and not scope.part(frame):
                if frame.run and frame.run not in found.kept and _holds_events(means, row.seq, n, frame):
                    found.kept.add(frame.run)
                continue
            gone += [str(n)] if whole else []
            places, more = _in_scope(means, row.seq, n, frame, scope, passed, found)
            gone += places
            events += more
        if gone:
            values = ([row.seq] * len(gone), gone)
            if not looking:
                means.connection.cursor().execute(retracting.DELETE_REJECTED, values)
            _note(means, events, found)
    return found


def _holds_events(means: Means, seq: int, n: int, frame: Frame) -> bool:
    source = means.sources.of(frame.source, Trust(frame.trust))
    return any(isinstance(each, Event) for _, each, _ in read_frame(frame, source, means.secret, f"{seq}:{n}"))


def _in_scope(
    means: Means, seq: int, n: int, frame: Frame, scope: Scope, passed: Retracted, found: Found
) -> tuple[list[str], list[tuple[bytes, Event]]]:
    """The places of the single events of a frame that are in scope, and the events with their messages' names."""
    whole, before = scope.whole(frame), passed.events(frame, seq)
    source = means.sources.of(frame.source, Trust(frame.trust))
    places, events = [], []
    for index, event, mark in read_frame(frame, source, means.secret, f"{seq}:{n}"):
        if event is None or (before is not None and before.holds(event)):
            continue
        if isinstance(event, Rejection):
            if not whole and scope.holds(event):
                places.append(f"{n}.{index}")
            continue
        if not whole and not scope.holds(event):
            found.kept.add(frame.run)
            continue
        if not whole:
            places.append(f"{n}.{index}")
        key = mark.key if mark is not None else b""
        events.append((key or message_key(means.secret, source.name, source.trust, event.message_id), event))
    return places, events


def _note(means: Means, events: list[tuple[bytes, Event]], found: Found) -> None:
    """Of these events in scope, note those that were accepted."""
    connection = means.connection
    known = known_messages(connection, [key for key, _ in events])
    keys: set[bytes] = set()
    bundles: set[bytes] = set()
    nameless: dict[bytes, Message] = {}
    for key, event in events:
        if known.get(key) != event.content:
            continue
        try:
            bundle, facts = means.read(event)
        except Refused:
            continue
        keys.add(key)
        found.sources.add((event.source.name, int(event.source.trust)))
        found.links |= {_link(means, word) for word in alias_words(event, means.policy)}
        message = event.source.name, int(event.source.trust), event.message_id
        if facts.catalogue is not None:
            found.catalogue.add(message)
        if bundle is not None:
            bundles.add(bundle)
            continue
        nameless[key] = message
        found.nameless_orders = found.nameless_orders or facts.order is not None
    retracting.add(connection, "retracted_messages", sorted(keys), True)
    retracting.add(connection, "retracted_bundles", sorted(bundles))
    retracting.add_nameless(connection, nameless.values())


def _link(means: Means, word: LinkWord) -> tuple[bytes, bytes, str]:
    a, b = sorted((identifier_key(word.a, means.secret), identifier_key(word.b, means.secret)))
    return a, b, word.origin
