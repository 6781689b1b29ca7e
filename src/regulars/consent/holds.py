"""What promotions wait for: as long as a question or a case of hers is open, nobody tries to sell her anything."""

from typing import Final

from regulars.consent import queries
from regulars.storage.database import Connection

QUESTION: Final = "question"
CASE: Final = "case"
KINDS: Final = (QUESTION, CASE)


def hold(connection: Connection, customer: bytes, kind: str, ref: str, at: int) -> bool:
    """Hold promotions back from a customer (by any id of hers) until `release` of the same kind and ref.

    `ref` names the question or case; `at` in microseconds since 1970 UTC. Safe to repeat. False where nobody has the
    id. Raises ValueError for a kind that is none of `KINDS`.
    """
    if kind not in KINDS:
        raise ValueError(f"'{kind}' must be one of {', '.join(KINDS)}")
    return connection.execute(queries.HOLD, (kind, ref, at, customer)).rowcount > 0


def release(connection: Connection, kind: str, ref: str) -> bool:
    """Let promotions go on; False where nothing was held for this."""
    return connection.execute(queries.RELEASE, (kind, ref)).rowcount > 0
