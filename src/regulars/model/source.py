"""Where events come from, and how far they are trusted."""

from enum import IntEnum

import msgspec


class Trust(IntEnum):
    """How far a source's word goes: a public write key is CLIENT, all else SERVER."""

    CLIENT = 0
    SERVER = 1


class Source(msgspec.Struct, frozen=True):
    """One sender of events.

    `name` and `trust` together identify it; `group` is the id space of its user and order ids;
    `precedence` ranks sources of equal trust (higher wins).
    """

    name: str
    trust: Trust
    group: str = "main"
    precedence: int = 0
