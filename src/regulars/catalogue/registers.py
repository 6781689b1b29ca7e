"""One thing of the catalogue as registers: per field the word of the largest rank, merged in any order."""

from typing import Any, Final

import msgspec

from regulars.model.catalogue import Rank

VERSION: Final = 1
"""The first byte of every encoded thing."""
MOST_FIELDS: Final = 400
"""How many fields of one thing are kept: those of the largest registers, which stays associative."""
NOTHING: Final = b"null"
"""The value of a field that was taken back."""


class Register(Rank, frozen=True, order=True, array_like=True, gc=False):
    """A field's last word: the larger register wins. `value` is canonical JSON."""

    value: bytes = NOTHING


Registers = dict[str, Register]

_json = msgspec.json.Encoder(order="sorted").encode
_value = msgspec.json.Decoder().decode
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(Registers).decode
_PREFIX = bytes([VERSION])


def registers_of(fields: dict[str, Any], rank: Rank) -> Registers:
    """The registers that one event's word about a thing makes."""
    said = (rank.precedence, rank.time, rank.message_id, rank.source, rank.simulated)
    return bounded({name: Register(*said, value=_json(value)) for name, value in fields.items()})


def merged(a: Registers, b: Registers) -> Registers:
    """The two together; neither is changed."""
    both = {**a, **{name: each for name, each in b.items() if name not in a or each > a[name]}}
    return bounded(both)


def bounded(registers: Registers) -> Registers:
    """The largest `MOST_FIELDS`, ties by name."""
    if len(registers) <= MOST_FIELDS:
        return registers
    ranked = sorted(((each, name) for name, each in registers.items()), reverse=True)[:MOST_FIELDS]
    return {name: each for each, name in ranked}


def values(registers: Registers) -> dict[str, Any]:
    """What the fields say, without those that were taken back."""
    return {name: _value(each.value) for name, each in sorted(registers.items()) if each.value != NOTHING}


def encode(registers: Registers) -> bytes:
    """A version byte and canonical msgpack: equal registers give equal bytes."""
    return _PREFIX + _encode(registers)


def decode(body: bytes | memoryview) -> Registers:
    """What `encode` wrote. Raises ValueError for another version."""
    return _decode(payload(body))


def payload(body: bytes | memoryview) -> memoryview:
    """The msgpack in what `encode` wrote. Raises ValueError for another version."""
    if not body or body[0] != VERSION:
        raise ValueError(f"a thing of version {body[0] if body else 'none'}, this program reads {VERSION}")
    return memoryview(body)[1:]
