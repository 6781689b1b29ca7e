"""The rows of entries: who comes in, who is due, how they move."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from regulars.decisioning.journeys import queries
from regulars.decisioning.journeys.machine import Entry, Move
from regulars.storage.binary import bools, byteas, int8s, texts
from regulars.storage.database import Connection

_said = msgspec.json.Decoder(dict[str, str]).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


class Due(msgspec.Struct, frozen=True):
    """An entry whose turn it is, and the version of the journey that it goes by."""

    version: int
    entry: Entry


class Moved(msgspec.Struct, frozen=True):
    """What came of a turn; `spoke` is when she heard something by it (microseconds), 0 for not now."""

    move: Move
    spoke: int = 0


def due(connection: Connection, journey: str, now: int, most: int) -> list[Due]:
    """Up to `most` entries of a journey whose turn it is, longest due first; locked until the transaction ends."""
    rows = connection.cursor(binary=True).execute(queries.DUE, (journey, now, most))
    return [Due(version, entry_of(row)) for version, *row in rows]


def entry_of(row: Sequence[Any]) -> Entry:
    """A row of `queries.COLUMNS`, read in binary."""
    said = dict(zip(queries.COLUMNS, row, strict=True))
    said["order"] = said.pop("order_id")
    return Entry(**{**said, "products": tuple(said["products"]), "said": _said(said["said"])})


def next_wake(connection: Connection, journeys: Iterable[str]) -> int | None:
    """When the next entry of these journeys is due, in microseconds since 1970 UTC; None where none waits."""
    row = connection.execute(queries.NEXT, (sorted(journeys),)).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def put(connection: Connection, journey: str, version: int, entries: Sequence[Entry], now: int) -> int:
    """Let these come in; returns how many did.

    Nobody comes in twice by one event, nor while she is in about the same thing.
    """
    values = (journey, version, now, *_columns(entries))
    return len(connection.cursor(binary=True).execute(queries.ENTER, values).fetchall()) if entries else 0


def restart(connection: Connection, journey: str, entries: Sequence[Entry], now: int) -> set[bytes]:
    """Let those who are in about the same thing begin anew by this later event; returns the keys of these entries."""
    values = (now, *_columns(entries), journey)
    return {row[0] for row in connection.cursor(binary=True).execute(queries.RESTART, values)} if entries else set()


def _columns(entries: Sequence[Entry]) -> tuple[Any, ...]:
    return (
        byteas([each.key for each in entries]), byteas([each.customer for each in entries]),
        texts([each.subject for each in entries]), texts([_encode(each.products).decode() for each in entries]),
        texts([each.order for each in entries]), texts([_encode(each.said).decode() for each in entries]),
        bools([each.simulated for each in entries]), int8s([each.started for each in entries]),
        [each.step for each in entries], int8s([each.wake for each in entries]),
    )  # fmt: skip


def spoke(
    connection: Connection, journey: str, customers: Collection[bytes], beside: Collection[bytes] = ()
) -> dict[bytes, int]:  # fmt: skip
    """When each last heard something by this journey, by other entries than those of these keys (microseconds)."""
    values = (journey, byteas(sorted(set(customers))), byteas(sorted(beside)))
    return dict(connection.cursor(binary=True).execute(queries.SPOKE, values).fetchall())


def move(connection: Connection, moves: Sequence[Moved], now: int) -> None:
    """Write where each stands now, or by what she left."""
    if not moves:
        return
    entries = [each.move.entry for each in moves]
    left = [bool(each.move.outcome) for each in moves]
    values = (
        now, byteas([each.key for each in entries]), [each.step for each in entries],
        int8s([0 if out else each.wake for each, out in zip(entries, left, strict=True)]),
        int8s([each.asked for each in entries]), [each.tries for each in entries],
        int8s([each.spoke for each in moves]), [each.move.outcome for each in moves],
    )  # fmt: skip
    connection.cursor(binary=True).execute(queries.MOVE, values)


def forget(connection: Connection, before: int) -> int:
    """Forget those who left before a time (microseconds since 1970 UTC); returns how many."""
    return connection.execute(queries.FORGET, (before,)).rowcount
