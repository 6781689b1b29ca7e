"""The two bounded shapes that stay associative: the K largest (or smallest) registers, and the K largest keys.

Dropping the smallest of more than K registers loses nothing: K larger ones exist in every later merge too.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import msgspec


class Ordered(Protocol):
    """Anything with a total order."""

    def __gt__(self, other: Any, /) -> bool: ...


R = TypeVar("R", bound=Ordered)
V = TypeVar("V")


class TraitRegister(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """One trait's last word. The fields stand in the order in which they decide: the larger one wins.

    `value` is the trait as canonical JSON; `null` is a tombstone. `source` says who said so.
    """

    precedence: int
    time: int
    message_id: str
    source: str
    value: bytes


class CartRegister(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """The last add or remove of one product; the larger one wins. `added` is false for a removal.

    `quantity` is decimal text, '' where not stated.
    """

    time: int
    message_id: str
    source: str
    added: bool
    quantity: str = ""
    name: str = ""


def latest(a: dict[str, R], b: dict[str, R], limit: int) -> dict[str, R]:
    """Per key the larger register, then the `limit` largest registers (ties by key). Arguments are not changed."""
    if not b:
        return a
    if not a:
        return b
    merged = dict(a)
    for key, value in b.items():
        mine = merged.get(key)
        if mine is None or value > mine:
            merged[key] = value
    return merged if len(merged) <= limit else keep_largest(merged, limit)


def earliest(a: dict[str, int], b: dict[str, int], limit: int) -> dict[str, int]:
    """Per key the smaller time, then the `limit` smallest (ties by key). Arguments are not changed."""
    if not b:
        return a
    if not a:
        return b
    merged = dict(a)
    for key, value in b.items():
        mine = merged.get(key)
        if mine is None or value < mine:
            merged[key] = value
    return merged if len(merged) <= limit else keep_smallest(merged, limit)


def by_key(a: dict[str, V], b: dict[str, V], limit: int, add: Callable[[V, V], V]) -> dict[str, V]:
    """Per key the sum by `add` (associative and commutative), then the `limit` largest keys."""
    if not b:
        return a
    if not a:
        return b
    merged = dict(a)
    for key, value in b.items():
        mine = merged.get(key)
        merged[key] = value if mine is None else add(mine, value)
    return keep_last_keys(merged, limit)


def keep_last_keys(values: dict[str, V], limit: int) -> dict[str, V]:
    """The `limit` largest keys with their values."""
    return values if len(values) <= limit else {key: values[key] for key in sorted(values)[-limit:]}


def keep_largest(registers: dict[str, R], limit: int) -> dict[str, R]:
    """The `limit` largest registers, ties by key."""
    if len(registers) <= limit:
        return registers
    ranked: list[tuple[Any, str]] = sorted(((value, key) for key, value in registers.items()), reverse=True)
    return {key: value for value, key in ranked[:limit]}


def keep_smallest(registers: dict[str, int], limit: int) -> dict[str, int]:
    """The `limit` smallest registers, ties by key."""
    if len(registers) <= limit:
        return registers
    ranked = sorted((value, key) for key, value in registers.items())
    return {key: value for value, key in ranked[:limit]}
