"""As of when a segment is evaluated: now, or, for data that ended long ago, the end of their last day."""

from typing import Final

DAY: Final = 86_400_000_000
AUTO: Final = "auto"
NOW: Final = "now"
LAST: Final = "last"
MODES: Final = (AUTO, NOW, LAST)
OLD: Final = 45 * DAY
"""By itself, data count as old after so long without a visit or an order of anybody."""


def moment(mode: str, now: int, newest: int | None) -> int:
    """The moment that days are counted back from, in microseconds since 1970 UTC.

    `newest` is when anybody was last seen, None where nobody ever was. `auto` is `now` for data that still come, else
    `last`: the end of the last day on which anybody was seen.
    """
    if newest is None or mode == NOW or (mode == AUTO and now - newest <= OLD):
        return now
    return min(now, newest - newest % DAY + DAY - 1)
