"""How many went by each step of a journey, and by what they left."""

from collections import Counter
from collections.abc import Iterable

from regulars.decisioning.journeys import queries
from regulars.decisioning.journeys.machine import Passed
from regulars.storage.database import Connection

ENTERED = "entered"
Counted = Counter[tuple[int, int, str]]
"""By version, step and what happened there."""


def counted(version: int, passed: Iterable[Passed]) -> Counted:
    """What one move counts."""
    return Counter((version, each.step, each.what) for each in passed)


def add(connection: Connection, journey: str, counts: Counted) -> None:
    """Add these, in the caller's transaction."""
    rows = [(journey, version, step, what, n) for (version, step, what), n in sorted(counts.items())]
    if rows:
        connection.cursor().executemany(queries.COUNT, rows)


def totals(connection: Connection) -> dict[str, Counted]:
    """The counts of every journey."""
    found: dict[str, Counted] = {}
    for journey, version, step, what, n in connection.execute(queries.COUNTS):
        found.setdefault(journey, Counter())[version, step, what] = int(n)
    return found


def here(connection: Connection) -> dict[str, Counter[tuple[int, int]]]:
    """How many stand at each step of each journey now, by version and step."""
    found: dict[str, Counter[tuple[int, int]]] = {}
    for journey, version, step, n in connection.execute(queries.HERE):
        found.setdefault(journey, Counter())[version, step] = int(n)
    return found
