"""The part of decisions in an export: what was decided for her, and why."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from regulars.decisioning import queries

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


async def export_decisions(connection: AsyncConnection, customer: bytes) -> Mapping[str, Any]:
    """Her decisions, oldest first, each with its words; a part of `app.EXPORT`."""
    rows = await (await connection.execute(queries.EXPORT, (customer, customer))).fetchall()
    return {
        "decisions": [
            {
                "at": datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(), "asked_by": f"{kind} {name}".strip(),
                "action": action if done else "", "channel": channel if done else "", "why": words,
            }
            for at, kind, name, action, channel, done, words in rows
        ]
    }  # fmt: skip
