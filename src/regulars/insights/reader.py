"""Insight as pages read it, from PostgreSQL."""

from typing import Any

import msgspec
import psycopg

from regulars.insights import queries
from regulars.insights.insight import Insight, Totals, Understood

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

_insight = msgspec.json.Decoder(Insight).decode
_totals = msgspec.json.Decoder(Totals).decode


async def insight_of(connection: AsyncConnection, customer: bytes) -> Insight | None:
    """What is understood of one customer; None where nothing is yet."""
    row = await (await connection.execute(queries.INSIGHT_OF, (customer,))).fetchone()
    return _insight(row[0]) if row else None


async def understood(connection: AsyncConnection) -> Understood | None:
    """All customers together; None where nothing was made yet."""
    row = await (await connection.execute(queries.TOTALS)).fetchone()
    return Understood(row[0], row[1], _totals(row[2])) if row else None
