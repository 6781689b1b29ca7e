"""The chart of an interval as it narrows, drawn as lines of an SVG: no script, and any colours that the page has."""

from collections.abc import Sequence
from typing import Final

import msgspec

from regulars.measurement.lift import Interval
from regulars.measurement.result import OUTCOMES, Point

WIDTH, HEIGHT = 1_000, 240
_MARGIN: Final = 0.08


class Shown(msgspec.Struct, frozen=True):
    """A day as it is drawn and listed: what all people who had got it by then did more."""

    day: int
    treated: int
    held: int
    extra: Interval


class Chart(msgspec.Struct, frozen=True):
    """The band's outline and the middle line as SVG paths, where nought lies, and the values at top and bottom."""

    band: str
    line: str
    nought: float
    top: float
    bottom: float
    days: tuple[Shown, ...]


def chart(points: Sequence[Point], outcome: str) -> Chart | None:
    """The chart of an outcome; None with fewer than two days that have an interval."""
    place = OUTCOMES.index(outcome)
    days = tuple(
        Shown(each.day, each.treated, each.held, found.times(each.treated))
        for each in points
        if (found := each.lifts[place]) is not None
    )
    if len(days) < 2:
        return None
    top = max(0.0, *(each.extra.high for each in days))
    bottom = min(0.0, *(each.extra.low for each in days))
    margin = (top - bottom or 1.0) * _MARGIN
    top, bottom = top + margin, bottom - margin
    first, length = days[0].day, days[-1].day - days[0].day

    def at(day: int, value: float) -> str:
        return f"{WIDTH * (day - first) / length:.1f} {HEIGHT * (top - value) / (top - bottom):.1f}"

    upper = [at(each.day, each.extra.high) for each in days]
    lower = [at(each.day, each.extra.low) for each in reversed(days)]
    line = [at(each.day, each.extra.middle) for each in days]
    nought = HEIGHT * top / (top - bottom)
    return Chart(f"M{'L'.join([*upper, *lower])}Z", f"M{'L'.join(line)}", round(nought, 1), top, bottom, days)
