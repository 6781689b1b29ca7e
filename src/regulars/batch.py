"""One batch on its way through the pipeline's writing steps: what was prepared of it, and what the steps find out."""

from collections import Counter
from collections.abc import Mapping

import msgspec
import psycopg

from regulars.catalogue.seen import NOTHING_KNOWN, Mention
from regulars.collection.retracted import Retracted
from regulars.context import Context
from regulars.identity.evidence import Left, Recalled
from regulars.identity.links import LinkWord
from regulars.identity.owners import Standing
from regulars.model.rejection import Refused
from regulars.model.source import Trust
from regulars.prepared import Item, More, Prepared, Rejected, Together, decode_together
from regulars.preparing import refusal, rejected
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.later import Later
from regulars.storage.sources import Sources
from regulars.together import part_of

POISONOUS = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, UnicodeError, OverflowError)
"""What a value that PostgreSQL cannot hold or index raises; nothing else is taken for the fault of an event."""

NOTHING = Recalled(set(), {}, set())

Said = tuple[str, Trust, bytes]
"""Who said what: the source's name, its trust, and the hash of the content; the same for each time it was sent."""


class Batch(msgspec.Struct, frozen=True):
    """What became of one batch: events accepted, items dropped, seconds by step."""

    accepted: int
    dropped: int
    seconds: dict[str, float]


class Writer(msgspec.Struct, frozen=True):
    """What every batch is written with; `later` sends the writes.

    What is known is read by the `reader`, where there is one, so that reading need not wait for the writes.
    """

    connection: Connection
    context: Context
    sources: Sources
    later: Later
    retracted: Retracted | None = None
    reader: Connection | None = None


class Unseen(msgspec.Struct, frozen=True):
    """What the batch before has written, or will have: a reader may not see it yet, or any part of it.

    Contents by the keyed names of messages, encoded fragments by bundle, and what it `left` of identity.
    """

    messages: Mapping[bytes, bytes]
    fragments: Mapping[bytes, bytes]
    left: Left


class Work(msgspec.Struct):
    """One batch.

    `items` are kept of what was prepared, `kept` so many by bundle, and what they say there is `together`. `known` are
    mentions of products that stand. Where the one `before` is still being written, what it wrote goes over what is
    read; `written` fragments, what is `left` of identity and what was `resolved` are for the next.
    """

    writer: Writer
    prepared: Prepared
    items: list[Item]
    rejected: list[Rejected]
    words: list[LinkWord]
    erased: dict[bytes, bytes]
    more: dict[bytes, More] = {}
    kept: Mapping[bytes, int] = {}
    together: dict[bytes, Together] = {}
    recalled: Recalled = NOTHING
    fragments: dict[bytes, bytes] = {}
    new: set[bytes] = set()
    relinked: set[bytes] = set()
    touched: set[bytes] = set()
    moving: set[bytes] = set()
    known: Mapping[str, Mention] = NOTHING_KNOWN
    mentions: Mapping[str, Mention] = NOTHING_KNOWN
    before: Unseen | None = None
    written: Mapping[bytes, bytes] = {}
    left: Left | None = None
    resolved: Mapping[bytes, Standing] = {}

    @property
    def connection(self) -> Connection:
        """Where it is written."""
        return self.writer.connection

    @property
    def reader(self) -> Connection:
        """Where what is known is read."""
        return self.writer.reader or self.writer.connection

    @property
    def context(self) -> Context:
        """What it was read by."""
        return self.writer.context

    @property
    def later(self) -> Later:
        """What sends its writes."""
        return self.writer.later

    def whole(self, bundle: bytes) -> bool:
        """Whether all items of a bundle are kept."""
        return self.kept.get(bundle, 0) == self.prepared.bundles[bundle].n

    def said(self, item: Item) -> Said:
        """What tells an event's duplicates from others."""
        return (*self.prepared.sources[item.source], item.content)


def say_together(work: Work) -> None:
    """Have at hand what the kept items of each bundle say together."""
    work.kept = Counter([item.bundle for item in work.items if item.bundle is not None])
    filed, parts = work.prepared.bundles, {key for key in work.kept if not work.whole(key)}
    # In the order of their keys, as all is written: what is in order already is quickly sorted.
    work.together = {key: decode_together(filed[key].together) for key in sorted(work.kept) if key not in parts}
    if parts:
        some: dict[bytes, list[Item]] = {key: [] for key in parts}
        for item in work.items:
            if item.bundle in parts:
                some[item.bundle].append(item)
        names = [name for name, _ in work.prepared.sources]
        bounds = work.context.reading.bounds
        work.together.update((key, part_of(items, names, bounds)) for key, items in some.items())


def work_on(writer: Writer, prepared: Prepared, known: Mapping[str, Mention] = NOTHING_KNOWN) -> Work:
    """A batch at its beginning."""
    return Work(
        writer, prepared, prepared.items, [*prepared.rejected], prepared.words, dict(prepared.erased), known=known
    )


def refuse(work: Work, item: Item, why: Refused) -> None:
    """Drop one item of the batch."""
    frame = log.row(work.reader, item.seq).frames[item.number]
    work.rejected.append(rejected(item.seq, item.place, frame, refusal(frame, item.index, why)))
