"""The audit log: who looked at whom, written before the answer is given; it holds no identifier values."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg

from regulars.storage.database import Connection

RECORD = """
INSERT INTO audit (at, actor, action, customer, detail)
SELECT %s, %s, %s, customer, %s FROM unnest(%s::bytea[]) AS t (customer)
"""


async def record(
    connection: psycopg.AsyncConnection[tuple[Any, ...]],
    actor: str,
    action: str,
    customers: Sequence[bytes] = (),
    detail: str = "",
) -> None:
    """Write one row for each customer looked at, or one without a customer where nobody was found."""
    seen: list[bytes | None] = list(customers) or [None]
    await connection.execute(RECORD, (time.time_ns() // 1000, actor, action, detail, seen))


def note(connection: Connection, actor: str, action: str, detail: str = "") -> None:
    """Write that somebody looked at many at once, nobody in particular."""
    connection.execute(RECORD, (time.time_ns() // 1000, actor, action, detail, [None]))


LOOKS = "SELECT at, actor, action FROM audit WHERE customer = %s ORDER BY at, id"


async def export_looks(connection: psycopg.AsyncConnection[tuple[Any, ...]], customer: bytes) -> Mapping[str, Any]:
    """Who looked at her and when; a part of `app.EXPORT`."""
    rows = await (await connection.execute(LOOKS, (customer,))).fetchall()
    looks = [
        {"at": datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(), "by": actor, "what": action}
        for at, actor, action in rows
    ]
    return {"looked_at": looks}


class Look(msgspec.Struct, frozen=True):
    """One row of the audit log; `at` in microseconds since 1970 UTC, `customer` in hexadecimal digits or ''."""

    id: int
    at: int
    actor: str
    action: str
    detail: str
    customer: str


LIST = """
SELECT id, at, actor, action, detail, coalesce(encode(customer, 'hex'), '') FROM audit
WHERE (%(before)s = 0 OR id < %(before)s) AND (%(actor)s = '' OR actor = %(actor)s)
    AND (%(action)s = '' OR action = %(action)s) AND (%(customer)s::bytea IS NULL OR customer = %(customer)s)
ORDER BY id DESC LIMIT %(most)s
"""


async def looks(
    connection: psycopg.AsyncConnection[tuple[Any, ...]],
    most: int,
    before: int = 0,
    actor: str = "",
    action: str = "",
    customer: bytes | None = None,
) -> list[Look]:
    """The newest rows, newest first: before an id, of one actor, of one action, about one customer."""
    values = {"most": most, "before": before, "actor": actor, "action": action, "customer": customer}
    return [Look(*row) for row in await (await connection.execute(LIST, values)).fetchall()]
