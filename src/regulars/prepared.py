"""A piece of the log made ready to be written: all that can be said of its items without asking the database.

It may have been prepared in another process, so everything in it travels as msgpack.
"""

import msgspec

from regulars.catalogue.seen import Mentions
from regulars.identity.links import LinkWord
from regulars.model.identifier import Identifier
from regulars.model.interaction import Interaction
from regulars.model.source import Trust
from regulars.profiles.facts import Facts


class Together(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What all items of one bundle say together.

    `times` are by source as (number of items, first, last), in microseconds; `fragment` is encoded (b'' where it is
    empty), `name` its search name; `interactions` are added up.
    """

    times: dict[str, tuple[int, int, int]]
    fragment: bytes = b""
    name: str = ""
    interactions: tuple[Interaction, ...] = ()

    @property
    def first(self) -> int:
        """The time of the first item."""
        return min([first for _, first, _ in self.times.values()])


class Filed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A bundle as it is written: `members` are the keys of its unblocked identifiers, sorted.

    `n` items are in it; `together` is their encoded `Together`.
    """

    trust: Trust
    members: tuple[bytes, ...]
    fallback: str
    n: int
    together: bytes


class More(msgspec.Struct, frozen=True):
    """What few events say: `facts` without fragment and interactions, links by alias, and products by the way."""

    facts: Facts
    words: tuple[LinkWord, ...] = ()
    mentions: Mentions | None = None


class FrameOfRun(msgspec.Struct, frozen=True, array_like=True):
    """A frame of an import run: where it stands, whose it is, its items, and whether it was sent in again."""

    seq: int
    number: int
    run: str
    items: int
    again: bool


class Item(msgspec.Struct, array_like=True, gc=False):
    """One readable item of the log.

    It stands at (`seq`, `number` of the frame, `index` in it). `key` names its message, `renamed` does so too where an
    erasure changed its message id. `source` counts in `Prepared.sources`; `row` is the event as COPY takes it, `more`
    an encoded `More` or b''. `fragment` and `interactions` are as in `Together`, empty in the only item of a bundle,
    which says all that is said there.
    """

    seq: int
    number: int
    index: int
    key: bytes
    content: bytes
    source: int
    time: int
    bundle: bytes | None
    row: bytes
    fragment: bytes = b""
    interactions: tuple[Interaction, ...] = ()
    more: bytes = b""
    renamed: bytes = b""

    @property
    def place(self) -> str:
        """Where in its row of the log it stands."""
        return f"{self.number}.{self.index}"


class Rejected(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One item dropped, as `rejected` keeps it."""

    seq: int
    place: str
    received: int
    source: str
    trust: int
    reason: str
    path: str
    message: str
    body: bytes


class Prepared(msgspec.Struct):
    """The rows of the log after `after` up to `last`, of `rows` rows, prepared.

    `erased` maps keys of messages that are gone to their contents, `replayed` are places of rejected items sent in
    again, `records` the places (row, frame) of records about what came before them: such a row is a piece by itself.
    `seconds` is what each step took.
    """

    after: int
    last: int
    rows: int
    sources: list[tuple[str, Trust]] = []
    items: list[Item] = []
    bundles: dict[bytes, Filed] = {}
    identifiers: dict[bytes, Identifier] = {}
    rejected: list[Rejected] = []
    words: list[LinkWord] = []
    replayed: list[str] = []
    erased: dict[bytes, bytes] = {}
    records: list[tuple[int, int]] = []
    runs: list[FrameOfRun] = []
    seconds: dict[str, float] = {}


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Prepared).decode
encode_more = msgspec.msgpack.Encoder().encode
decode_more = msgspec.msgpack.Decoder(More).decode
encode_together = msgspec.msgpack.Encoder().encode
decode_together = msgspec.msgpack.Decoder(Together).decode
