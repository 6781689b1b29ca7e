"""The part of consent in an export: what she said on our pages, how she prefers it, and what is never written to."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg

from regulars.consent import queries

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


async def export_consent(connection: AsyncConnection, customer: bytes) -> Mapping[str, Any]:
    """Her words in the ledger, suppressions and preferences; a part of `app.EXPORT`."""
    words = await _all(connection, queries.LEDGER_OF, customer)
    stopped = await _all(connection, queries.SUPPRESSIONS_OF, customer)
    preferred = await _all(connection, queries.PREFERENCES_OF, customer)
    return {
        "consent_words": [
            {
                "purpose": purpose, "channel": channel, "topic": topic, "word": "withdrawn" if no else "given",
                "at": _moment(at), "source": source, "wording": wording, "basis": basis, "proof": proof,
                "address": f"{type_}:{value}",
            }
            for purpose, channel, topic, no, at, source, wording, basis, proof, type_, value in words
        ],
        "suppressions": [
            {"channel": channel, "reason": reason, "at": _moment(at), "address": f"{type_}:{value}"}
            for channel, reason, at, type_, value in stopped
        ],
        "preferences": [
            {
                "at": _moment(row[0]), "paused_until": _moment(row[1]) if row[1] else None, "quiet_from": row[2],
                "quiet_to": row[3], "zone": row[4], "less_often": row[5], "language": row[6],
                "address": f"{row[7]}:{row[8]}",
            }
            for row in preferred
        ],
    }  # fmt: skip


async def _all(connection: AsyncConnection, query: str, customer: bytes) -> list[tuple[Any, ...]]:
    return await (await connection.cursor(binary=True).execute(query, (customer,))).fetchall()


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat()
