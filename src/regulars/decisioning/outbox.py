"""The outbox: what is to be delivered, one row a decision; each change of state is one statement of the caller's."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from regulars.decisioning import queries
from regulars.storage.binary import byteas, int8s, texts
from regulars.storage.database import Connection

CHANNEL: Final = "regulars_outbox"
"""Where new rows are notified, so that senders wake."""

WAITING: Final = "waiting"
SENDING: Final = "sending"
SENT: Final = "sent"
STOPPED: Final = "stopped"
FAILED: Final = "failed"
HELD: Final = "held"
"""`waiting` → `sending` → `sent` or `failed`, or back to `waiting`; `waiting` → `stopped`, or `held` and back."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be delivered: the decision's id, to whom, where (`type:value`), what, and from when on."""

    decision: bytes
    customer: bytes
    channel: str
    address: str
    message: str
    variant: str = ""
    purpose: str
    topic: str
    action: str
    context: Mapping[str, Any]
    not_before: int
    at: int


class OutboxRow(Waiting, frozen=True, kw_only=True):
    """A row as it stands. `doubtful` counts how often a process ended before it could say whether it had sent it."""

    state: str
    attempts: int
    doubtful: int
    message_id: str
    changed: int
    why: str


def put(connection: Connection, rows: Sequence[Waiting]) -> None:
    """Add rows, those already there left alone, and wake the senders at commit."""
    connection.execute(queries.PUT_OUTBOX, columns(rows))


def columns(rows: Sequence[Waiting]) -> list[Any]:
    """Rows as `queries.PUT_OUTBOX` takes them."""
    found = [_PACKED.get(name, texts)(getattr(row, name) for row in rows) for name in queries.PUT_COLUMNS]
    return [*found, texts(_encode(row.context).decode() for row in rows)]


def claim(connection: Connection, channels: Iterable[str], n: int, now: int) -> list[OutboxRow]:
    """Take up to `n` rows that are due, those waiting longest first; nobody else gets them. Commit before sending."""
    found = connection.cursor(binary=True).execute(queries.CLAIM, (now, list(channels), now, n)).fetchall()
    return sorted((_row(row) for row in found), key=lambda row: (row.not_before, row.decision))


def done(connection: Connection, sent: Mapping[bytes, str], now: int) -> int:
    """These decisions' messages are handed over, each under its message id; returns how many were being sent."""
    return connection.execute(queries.DONE, (now, byteas(sent), list(sent.values()))).rowcount


def fail(connection: Connection, decision: bytes, why: str, now: int) -> None:
    """It can never be delivered."""
    connection.execute(queries.SETTLE, (FAILED, why[:500], now, decision, [SENDING, WAITING]))


def refuse(connection: Connection, decision: bytes, why: str, now: int) -> None:
    """It may not be delivered any more, as was found when it was about to be sent."""
    connection.execute(queries.SETTLE, (STOPPED, why[:500], now, decision, [SENDING, WAITING]))


def give_back(connection: Connection, decision: bytes, not_before: int, why: str, now: int) -> None:
    """It could not be delivered now: try again from `not_before` on."""
    connection.execute(queries.GIVE_BACK, (not_before, why[:500], now, decision))


def take_back(connection: Connection, channels: Iterable[str], before: int, now: int) -> int:
    """Let rows wait again that have been on their way since before a time, their process having ended; how many.

    They may have been sent: each is counted as doubtful and is to be repeated with the same message id.
    """
    return connection.execute(queries.TAKE_BACK, (now, list(channels), before)).rowcount


def stop(
    connection: Connection, customers: Iterable[bytes], why: str, now: int,
    *, channel: str = "", topic: str = "", purpose: str = "",
) -> int:  # fmt: skip
    """Stop what waits for a customer, given all her ids (`hers.ids_of`); '' means every one. Returns how many."""
    values = (why[:500], now, byteas(customers), channel, channel, topic, topic, purpose, purpose)
    return connection.execute(queries.STOP, values).rowcount


def hold(connection: Connection, kind: str, name: str, now: int) -> int:
    """Hold what waits of a campaign or journey; returns how many."""
    return connection.execute(queries.HOLD, (HELD, now, WAITING, kind, name)).rowcount


def release(connection: Connection, kind: str, name: str, now: int) -> int:
    """Let wait again what was held; returns how many."""
    count = connection.execute(queries.HOLD, (WAITING, now, HELD, kind, name)).rowcount
    connection.execute(queries.NOTIFY_OUTBOX)
    return count


def counts(connection: Connection, kind: str, name: str) -> dict[str, int]:
    """How many rows of a campaign or journey stand in each state."""
    return {str(state): int(n) for state, n in connection.execute(queries.OUTBOX_COUNTS, (kind, name))}


def find(connection: Connection, decision: bytes) -> OutboxRow | None:
    """The row of a decision."""
    row = connection.cursor(binary=True).execute(queries.OUTBOX_ROW, (decision,)).fetchone()
    return None if row is None else _row(row)


def next_due(connection: Connection, channels: Iterable[str]) -> int | None:
    """When the next waiting row is due, in microseconds since 1970 UTC; None where nothing waits."""
    row = connection.execute(queries.NEXT_DUE, (list(channels),)).fetchone()
    return None if row is None or row[0] is None else int(row[0])


_encode: Final = msgspec.json.Encoder().encode
_PACKED: Final[dict[str, Callable[[Iterable[Any]], Any]]] = {
    "decision": byteas, "customer": byteas, "not_before": int8s, "at": int8s,
}  # fmt: skip
"""How the columns that are no text go to the database."""


def _row(row: tuple[Any, ...]) -> OutboxRow:
    return OutboxRow(**dict(zip(queries.OUTBOX_COLUMNS, row, strict=True)))
