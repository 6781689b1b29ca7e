"""A timeline by day and visit: what happened in one channel without a long pause belongs together."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from regulars.profiles.moments import Moment

PAUSE: Final = 30 * 60 * 1_000_000
"""Microseconds without anything after which the next thing is another visit."""


class Visit(msgspec.Struct, frozen=True):
    """What happened in one channel at a stretch, newest first."""

    channel: str
    moments: tuple[Moment, ...]

    @property
    def first(self) -> int:
        """When it began, in microseconds since 1970 UTC."""
        return self.moments[-1].at

    @property
    def last(self) -> int:
        """When its last thing happened."""
        return self.moments[0].at


class Day(msgspec.Struct, frozen=True):
    """One day, by its name such as `2026-03-14`, with its visits, newest first."""

    name: str
    visits: tuple[Visit, ...]


def by_day(moments: Iterable[Moment], day_of: Callable[[int], str]) -> tuple[Day, ...]:
    """The days and visits of events that come newest first; `day_of` names the day of a moment."""
    days: list[tuple[str, list[list[Moment]]]] = []
    for moment in moments:
        name = day_of(moment.at)
        if not days or days[-1][0] != name:
            days.append((name, []))
        visits = days[-1][1]
        if visits and _belongs(visits[-1][-1], moment):
            visits[-1].append(moment)
        else:
            visits.append([moment])
    return tuple(Day(name, tuple(Visit(found[0].channel, tuple(found)) for found in visits)) for name, visits in days)


def _belongs(later: Moment, earlier: Moment) -> bool:
    return later.channel == earlier.channel and later.at - earlier.at <= PAUSE
