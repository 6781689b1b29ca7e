"""Quiet hours: the time of day, where she is, at which nobody writes to her."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DAY_MINUTES: Final = 24 * 60
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def quiet_until(at: int, begins: int, ends: int, zone: str) -> int:
    """When the quiet hours end in which the moment `at` lies, in microseconds since 1970 UTC; 0 outside of them.

    `begins` and `ends` are minutes after midnight in the time zone; quiet hours may go over midnight, and none are
    where both are the same. On the day of a change of clocks they end when the clock on the wall says so.
    """
    if begins == ends:
        return 0
    local = (_EPOCH + timedelta(microseconds=at)).astimezone(_zone(zone))
    minute = local.hour * 60 + local.minute
    inside = begins <= minute < ends if begins < ends else minute >= begins or minute < ends
    if not inside:
        return 0
    day = local.date() + timedelta(days=1 if begins > ends and minute >= begins else 0)
    wall = datetime(day.year, day.month, day.day, ends // 60, ends % 60, tzinfo=_zone(zone))
    end = (wall - _EPOCH) // timedelta(microseconds=1)
    # Where the clock jumps over the end, it is the moment after the jump.
    return max(end, at + 1)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
