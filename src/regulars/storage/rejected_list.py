"""What could not be read, as people go through it: by reason and source, page by page."""

from typing import Any

import msgspec
import psycopg

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

MOST = 20_000
"""So many of the newest are counted by reason, and looked through for those of one source."""
SHOWN = 4_000
"""Bytes of a body that are shown."""

LIST = f"""
SELECT id, received, source, trust, reason, path, message, substring(body FROM 1 FOR {SHOWN}), octet_length(body) FROM (
    SELECT * FROM rejected WHERE (%(before)s = 0 OR id < %(before)s) AND (%(reason)s = '' OR reason = %(reason)s)
    ORDER BY id DESC LIMIT {MOST}
) AS newest WHERE %(source)s = '' OR source = %(source)s ORDER BY id DESC LIMIT %(most)s
"""
COUNTS = f"""
SELECT reason, count(*) FROM (SELECT reason FROM rejected ORDER BY id DESC LIMIT {MOST}) AS newest
GROUP BY reason ORDER BY count(*) DESC, reason
"""


class Refusal(msgspec.Struct, frozen=True):
    """One rejected item: `body` is the beginning of its `size` bytes; `received` in microseconds since 1970 UTC."""

    id: int
    received: int
    source: str
    trust: int
    reason: str
    path: str
    message: str
    body: bytes
    size: int


async def refusals(connection: Connection, reason: str, source: str, before: int, most: int) -> list[Refusal]:
    """Those of a reason and a source ('' for all) before an id (0 for the newest), newest first."""
    values = {"reason": reason, "source": source, "before": before, "most": most}
    return [Refusal(*row) for row in await (await connection.execute(LIST.encode(), values)).fetchall()]


async def reasons(connection: Connection) -> dict[str, int]:
    """How many there are of each reason, the most frequent first, among the newest."""
    return {row[0]: row[1] for row in await (await connection.execute(COUNTS.encode())).fetchall()}
