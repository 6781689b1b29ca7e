"""What a customer spent, month by month."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from regulars.model.order import Order

SHOWN: Final = 12
LONG_AGO: Final = 400 * 86_400 * 1_000_000
"""Microseconds: more than the months that are shown."""


class Month(msgspec.Struct, frozen=True):
    """One month, such as `2026-03`: what was spent in minor units, returns taken off, and the number of orders."""

    name: str
    spend: int
    orders: int


class Months(msgspec.Struct, frozen=True):
    """Successive months in one currency, oldest first; `others` are other currencies there are orders in."""

    currency: str
    months: tuple[Month, ...]
    others: tuple[str, ...]


def spend_by_month(orders: Iterable[Order], month_of: Callable[[int], str], now: int) -> Months:
    """The twelve months up to the one of `now`, or of the last order where that is longer ago.

    Counts what counts as spend: known orders of servers that were not cancelled, in the currency with most of them.
    `month_of` names the month of a moment in microseconds since 1970 UTC.
    """
    counted = [each for each in orders if each.known and not each.claimed and not each.cancelled]
    numbers = Counter(each.currency for each in counted)
    currencies = sorted(numbers, key=lambda code: (-numbers[code], code))
    if not counted:
        return Months("", (), ())
    ours = [each for each in counted if each.currency == currencies[0]]
    latest = max(each.time for each in ours)
    this, newest = month_of(now), month_of(latest)
    names = _until(this if newest >= _back(this, SHOWN - 1) else newest)
    spend: Counter[str] = Counter()
    placed: Counter[str] = Counter()
    for each in ours:
        # To name a month takes a calendar: not for what is older than any that is shown.
        if each.time > min(latest, now) - LONG_AGO:
            name = month_of(each.time)
            spend[name] += each.spend
            placed[name] += 1
    return Months(currencies[0], tuple(Month(name, spend[name], placed[name]) for name in names), tuple(currencies[1:]))


def _until(name: str) -> list[str]:
    return [_back(name, n) for n in range(SHOWN - 1, -1, -1)]


def _back(name: str, months: int) -> str:
    year, month = int(name[:4]), int(name[5:7])
    number = year * 12 + month - 1 - months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"
