"""PostgreSQL's binary formats written directly, where values go by in millions: arrays as parameters, rows for COPY.

Formats: "COPY" (Binary Format) in PostgreSQL's manual, and `array_send` of its source.
"""

import struct
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from psycopg import adapters
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_NULL = b"\xff\xff\xff\xff"
_LENGTHS = [struct.pack(">i", n) for n in range(1024)]
SIXTEEN = _LENGTHS[16]
"""What stands before a field of 16 bytes, as keyed names are."""
_COPY_BEGINS = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_ENDS = b"\xff\xff"
_COUNTS = [struct.pack(">h", n) for n in range(64)]

_int2 = struct.Struct(">ih").pack
_int4 = struct.Struct(">ii").pack
_int8 = struct.Struct(">iq").pack
_float8 = struct.Struct(">id").pack

_int4_int8_2 = struct.Struct(">iiiqiq").pack
_bool_int8 = struct.Struct(">i?iq").pack
_int8_3 = struct.Struct(">iqiqiq").pack

TRUE, FALSE = b"\0\0\0\1\1", b"\0\0\0\1\0"


class Array(bytes):
    """A one-dimensional array, as it is sent; made by the functions below."""


class Byteas(Array):
    """A `bytea[]`."""


class Texts(Array):
    """A `text[]`."""


class Int4s(Array):
    """An `int4[]`."""


class Int8s(Array):
    """An `int8[]`."""


class Bools(Array):
    """A `bool[]`."""


class Float8s(Array):
    """A `float8[]`."""


_OIDS: dict[type[Array], tuple[int, int]] = {
    Byteas: (17, 1001),
    Texts: (25, 1009),
    Int4s: (23, 1007),
    Int8s: (20, 1016),
    Bools: (16, 1000),
    Float8s: (701, 1022),
}
"""The oid of the elements' type and of the array's, as pg_type.dat lists them."""


def byteas(values: Iterable[bytes | None]) -> Byteas:
    """The values as one parameter for `%b`."""
    return Byteas(_array(Byteas, [data(value) for value in values]))


def keys(values: Collection[bytes]) -> Byteas:
    """Values of 16 bytes each, as keyed names are, as one parameter for `%b`."""
    return Byteas(_array_of(17, len(values), 0) + SIXTEEN + SIXTEEN.join(values) if values else _array(Byteas, []))


def texts(values: Iterable[str]) -> Texts:
    """The values as one parameter for `%b`."""
    return Texts(_array(Texts, [text(value) for value in values]))


def int4s(values: Iterable[int]) -> Int4s:
    """The values as one parameter for `%b`."""
    return Int4s(_array(Int4s, [int4(value) for value in values]))


def int8s(values: Iterable[int]) -> Int8s:
    """The values as one parameter for `%b`."""
    return Int8s(_array(Int8s, [int8(value) for value in values]))


def bools(values: Iterable[bool]) -> Bools:
    """The values as one parameter for `%b`."""
    return Bools(_array(Bools, [TRUE if value else FALSE for value in values]))


def float8s(values: Iterable[float]) -> Float8s:
    """The values as one parameter for `%b`."""
    return Float8s(_array(Float8s, [_float8(8, value) for value in values]))


@lru_cache(maxsize=4096)
def word(value: str) -> bytes:
    """A `text` of which there are few different ones: the last 4,096 are remembered."""
    return text(value)


def data(value: bytes | None) -> bytes:
    """A `bytea` with its length before it, as fields and elements are."""
    if value is None:
        return _NULL
    size = len(value)
    return (_LENGTHS[size] if size < 1024 else struct.pack(">i", size)) + value


def keyed(value: bytes) -> bytes:
    """A `bytea` of 16 bytes, as keyed names are."""
    return SIXTEEN + value


def text(value: str) -> bytes:
    """A `text`. Raises UnicodeEncodeError for what UTF-8 does not hold."""
    return data(value.encode())


def int2(value: int) -> bytes:
    """An `int2`. Raises OverflowError beyond its range."""
    try:
        return _int2(2, value)
    except struct.error as error:
        raise OverflowError(f"{value} is no int2") from error


def int4(value: int) -> bytes:
    """An `int4`. Raises OverflowError beyond its range."""
    try:
        return _int4(4, value)
    except struct.error as error:
        raise OverflowError(f"{value} is no int4") from error


def int8(value: int) -> bytes:
    """An `int8`. Raises OverflowError beyond its range."""
    try:
        return _int8(8, value)
    except struct.error as error:
        raise OverflowError(f"{value} is no int8") from error


def int8_3(one: int, two: int, three: int) -> bytes:
    """Three `int8` fields at once. Raises OverflowError beyond their range."""
    try:
        return _int8_3(8, one, 8, two, 8, three)
    except struct.error as error:
        raise OverflowError(f"{one}, {two} or {three} is no int8") from error


def day_counts(day: int, one: int, two: int) -> bytes:
    """An `int4` and two `int8` fields at once. Raises OverflowError beyond their range."""
    try:
        return _int4_int8_2(4, day, 8, one, 8, two)
    except struct.error as error:
        raise OverflowError(f"{day}, {one} or {two} is out of range") from error


def moment(flag: bool, time: int) -> bytes:
    """A `bool` and an `int8` field at once. Raises OverflowError beyond its range."""
    try:
        return _bool_int8(1, flag, 8, time)
    except struct.error as error:
        raise OverflowError(f"{time} is no int8") from error


def boolean(value: bool) -> bytes:
    """A `bool`."""
    return TRUE if value else FALSE


def keys_field(values: Sequence[bytes]) -> bytes:
    """A `bytea[]` of keyed names, 16 bytes each, as the field of a row."""
    if not values:
        return _NO_KEYS
    n = len(values)
    head = _KEYS[n] if n < len(_KEYS) else _keys_head(n)
    return head + SIXTEEN.join(values)


def _keys_head(n: int) -> bytes:
    """The field's length, the array's header, and the length before the first name."""
    return struct.pack(">iiiIii", 20 + 20 * n, 1, 0, 17, n, 1) + SIXTEEN


_KEYS = [b"", *(_keys_head(n) for n in range(1, 16))]
_NO_KEYS = struct.pack(">iiiI", 12, 0, 0, 17)


def header(width: int) -> bytes:
    """How a row of so many fields begins."""
    return _COUNTS[width]


def copy_body(rows: Iterable[bytes]) -> bytes:
    """All that a binary COPY sends for these rows, each a `header` and its fields."""
    return b"".join((_COPY_BEGINS, *rows, _COPY_ENDS))


def _array(kind: type[Array], elements: list[bytes]) -> bytes:
    oid = _OIDS[kind][0]
    if not elements:
        return struct.pack(">iiI", 0, 0, oid)
    has_null = int(kind is Byteas and _NULL in elements)
    return _array_of(oid, len(elements), has_null) + b"".join(elements)


def _array_of(oid: int, size: int, has_null: int) -> bytes:
    return struct.pack(">iiIii", 1, has_null, oid, size, 1)


class _ArrayDumper(Dumper):
    format = Format.BINARY

    def __init__(self, cls: type, context: AdaptContext | None = None) -> None:
        super().__init__(cls, context)
        # Of the instance only: a class with an oid would be taken for every value of that type in COPY.
        self.oid = _OIDS[cls][1]

    def dump(self, obj: bytes) -> Buffer | None:
        return obj


for _kind in _OIDS:
    adapters.register_dumper(_kind, _ArrayDumper)
