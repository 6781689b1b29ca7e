"""What an erasure removes of deliveries, and what an export shows of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from regulars.messaging.delivery import queries
from regulars.model.parts import Erasure
from regulars.storage.binary import byteas
from regulars.storage.database import Connection


def erase_deliveries(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Remove her test mails, what came in from her, and her questions; a part of it."""
    customers = byteas(erasure.customers)
    mine = sorted({each.value for each in erasure.identifiers.values()})
    named = [*mine, *(f"{each.type}:{each.value}" for each in erasure.identifiers.values())]
    return {
        "soft_bounces": connection.execute(queries.ERASE_SOFT, (byteas(erasure.identifiers),)).rowcount,
        "mailbox": connection.execute(queries.ERASE_MAILBOX, (customers, named)).rowcount,
        "inbound": connection.execute(queries.ERASE_INBOUND, (customers,)).rowcount,
        "questions": connection.execute(queries.ERASE_QUESTIONS, (customers, mine)).rowcount,
    }


async def export_deliveries(connection: psycopg.AsyncConnection[tuple[Any, ...]], customer: bytes) -> Mapping[str, Any]:
    """Her questions with our answers, and what came in about her mail; a part of `app.EXPORT`."""
    rows = await (await connection.execute(queries.EXPORT_QUESTIONS, (customer, customer))).fetchall()
    asked: dict[int, dict[str, Any]] = {}
    for id, at, subject, state, _, said, ours, text in rows:
        made = {"at": _iso(at), "subject": subject, "state": state, "said": []}
        turns = asked.setdefault(id, made)["said"]
        turns.append({"at": _iso(said), "by": "shop" if ours else "customer", "text": text})
    came = await (await connection.execute(queries.EXPORT_INBOUND, (customer, customer))).fetchall()
    about = [{"at": _iso(at), "what": kind, "why": why} for at, kind, why in came]
    return {"questions": list(asked.values()), "about_mail": about}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat()
