"""The rows from which a customer's standing is made, for many customers at once."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
import psycopg

from regulars.consent import queries
from regulars.storage.awaited import awaited, finish
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

Row = tuple[bytes, str, str]
"""A row of `queries.STANDINGS`: whose it is, her identifiers (`held_of` reads them), the words (`words_of`)."""


class Held(NamedTuple):
    """One identifier as `queries.STANDINGS` tells of it; `key` in hexadecimal digits, `at` None without preferences."""

    key: str
    type: str
    space: str
    value: str
    standing: str
    server: bool
    last: int | None
    suppressed: list[str] | None
    holds: list[str] | None
    at: int | None
    paused_until: int | None
    quiet_from: int | None
    quiet_to: int | None
    zone: str | None
    less_often: bool | None
    language: str | None


Word = tuple[str, str, str, str, bool, int, int, bool, str, str, str, str, str]
"""Purpose, channel, address, space, covers_all, trust, time, withdrawn, message id, source, wording, basis, proof."""

held_of: Final = msgspec.json.Decoder(list[Held]).decode
words_of: Final = msgspec.json.Decoder(list[Word]).decode


async def rows_of_async(connection: AsyncConnection, customers: Sequence[bytes]) -> list[Row]:
    """What is stored of these current customer ids; of somebody unknown nothing."""
    values = {"customers": byteas(customers)}
    return await (await connection.cursor(binary=True).execute(queries.STANDINGS, values)).fetchall()


def rows_of(connection: Connection, customers: Sequence[bytes]) -> list[Row]:
    """As `rows_of_async`."""
    return finish(rows_of_async(awaited(connection), customers))
