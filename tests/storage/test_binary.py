"""What is packed by hand is what PostgreSQL reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from regulars.storage import binary
from regulars.storage import database as database_
from regulars.storage.database import Connection
from regulars.storage.queries import copy_packed

BIG = 2**63 - 1


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (binary.byteas, [b"", b"a", None, bytes(range(256)) * 20]),
        (binary.byteas, [b"x" * 16] * 3000),
        (binary.byteas, []),
        (binary.texts, ["", "é", "𝄞" * 600]),
        (binary.texts, []),
        (binary.int4s, [0, -(2**31), 2**31 - 1]),
        (binary.int8s, [0, -BIG - 1, BIG]),
        (binary.bools, [True, False]),
        (binary.float8s, [0.0, -1.5, 0.1, 1e300]),
    ],
)
def test_arrays_come_out_as_they_went_in(database: str, make: Any, values: list[Any]) -> None:
    with connected(database) as connection:
        row = connection.execute("SELECT %b", (make(values),)).fetchone()
        assert row is not None and row[0] == values


def test_rows_come_out_as_they_went_in(database: str) -> None:
    with connected(database) as connection:
        connection.execute(
            "CREATE TEMP TABLE t (k bytea, many bytea[], word text, n smallint, day int, one bigint, two bigint, "
            "three bigint, flag bool, at bigint, nothing bytea)"
        )
        key, other = b"k" * 16, b"o" * 16
        rows = [
            binary.header(11) + binary.keyed(key) + binary.keys_field(many) + binary.word("é") + binary.int2(-3)
            + binary.int4(7) + binary.int8_3(1, -BIG, BIG) + binary.moment(True, BIG) + binary.data(None)
            for many in ([], [key], [key, other], [key] * 40)
        ]  # fmt: skip
        copy_packed(connection, "COPY t FROM STDIN (FORMAT BINARY)", rows)
        found = connection.execute("SELECT * FROM t ORDER BY cardinality(many)").fetchall()
        rest = ("é", -3, 7, 1, -BIG, BIG, True, BIG, None)
        assert found == [(key, many, *rest) for many in ([], [key], [key, other], [key] * 40)]


@pytest.mark.parametrize(
    "pack",
    [
        lambda: binary.int2(40_000),
        lambda: binary.int4(2**31),
        lambda: binary.int8(2**63),
        lambda: binary.int8_3(0, 0, 2**63),
        lambda: binary.day_counts(2**31, 0, 0),
        lambda: binary.moment(False, 2**63),
        lambda: binary.int8s([2**63]),
    ],
)
def test_what_is_out_of_range_is_refused(pack: Any) -> None:
    with pytest.raises(OverflowError):
        pack()


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        binary.text("\ud800")


@contextmanager
def connected(conninfo: str) -> Iterator[Connection]:
    with database_.connect(conninfo) as connection:
        yield connection
