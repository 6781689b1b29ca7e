"""What points at a person: typed, spaced, normalised values."""

from enum import IntEnum

import msgspec


class Tier(IntEnum):
    """How strongly a type of identifier speaks for one person; lower is stronger."""

    UNIQUE = 0
    STRONG = 1
    BRIDGING = 2
    LINKED = 3
    WEAK = 4
    EVENT = 5


class Identifier(msgspec.Struct, frozen=True, order=True, gc=False):
    """A normalised identifier; its natural order is the tie-break everywhere."""

    type: str
    space: str
    value: str


class Seen(msgspec.Struct, frozen=True):
    """An identifier as it came on one event; `blocked` says why its value points at nobody, or ''."""

    identifier: Identifier
    blocked: str = ""
