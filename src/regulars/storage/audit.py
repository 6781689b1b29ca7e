"""The audit log: who looked at whom, written before the answer is given; it holds no identifier values."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

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


LOOKS = "SELECT at, actor, action FROM audit WHERE customer = %s ORDER BY at, id"


async def export_looks(connection: psycopg.AsyncConnection[tuple[Any, ...]], customer: bytes) -> Mapping[str, Any]:
    """Who looked at her and when; a part of `app.EXPORT`."""
    rows = await (await connection.execute(LOOKS, (customer,))).fetchall()
    looks = [
        {"at": datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(), "by": actor, "what": action}
        for at, actor, action in rows
    ]
    return {"looked_at": looks}
