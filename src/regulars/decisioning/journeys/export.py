"""The part of journeys in an export: what she was in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from regulars.decisioning.journeys import queries

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


async def export_journeys(connection: AsyncConnection, customer: bytes) -> Mapping[str, Any]:
    """Her journeys, oldest first, and how each ended ('' for one that goes on); a part of `app.EXPORT`."""
    rows = await (await connection.execute(queries.HERS, ([customer],))).fetchall()
    return {
        "journeys": [
            {
                "journey": journey, "about": subject, "outcome": outcome,
                "began": datetime.fromtimestamp(started / 1_000_000, UTC).isoformat(),
            }
            for journey, subject, started, _, _, _, outcome in rows
        ]
    }  # fmt: skip
