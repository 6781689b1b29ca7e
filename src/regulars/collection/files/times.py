"""Dates and times as files write them: never guessed where they could be two things."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from regulars.collection.files.mapfile import Formats
from regulars.collection.files.problem import BadCell
from regulars.collection.report import ImportFailed
from regulars.model.rejection import Reason

UNIX = {"unix": 1, "unix_ms": 1000}
"""Formats of numbers: seconds, or milliseconds, since 1970 UTC."""

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)\s?([Zz]|UTC|[+-]\d\d(?::?\d\d)?|)", re.ASCII
)
_NUMBERS = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}\b.*", re.ASCII | re.DOTALL)
_CLOCK = re.compile(r"%[HIMSpXcTfsR]")
_NOON = time(12)
_CACHED = 50_000

ReadTime = Callable[[Any, str], str]


def zone_of(name: str) -> tzinfo:
    """The time zone of this name; raises ImportFailed."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ImportFailed(f"'{name}' is no time zone", "Write one such as Europe/Prague") from None


def time_reader(formats: Formats, said: str | list[str], latest: datetime) -> ReadTime:
    """A reader of (cell, name of its zone or '') as ISO 8601 in UTC; raises BadCell.

    `said` are the formats of strptime, or none for ISO 8601 alone. A time without offset is of the map's zone; where it
    states none, it is refused. A day alone is its noon. What lies after `latest` is refused.
    """
    wanted = _formats(said or formats.date)
    home = zone_of(formats.time_zone) if formats.time_zone else None

    def read(value: Any, zone: str) -> str:
        if isinstance(value, str):
            return cached(value, zone)
        moment, day = _native(value, wanted)
        return _written(moment, day, named(zone), latest)

    @lru_cache(maxsize=_CACHED)
    def cached(text: str, zone: str) -> str:
        moment, day = _parsed(text, wanted)
        return _written(moment, day, named(zone), latest)

    @lru_cache(maxsize=1000)
    def named(zone: str) -> tzinfo | None:
        if not zone:
            return home
        try:
            return ZoneInfo(formats.zones.get(zone, zone))
        except (KeyError, ValueError, OSError):
            raise BadCell(Reason.BAD_TIME, "its zone is not known; say in [formats.zones] which it is") from None

    return read


def day_reader(formats: Formats, said: str | list[str]) -> Callable[[Any], str]:
    """A reader of a cell as a day, `2026-03-01`, without any time zone; raises BadCell."""
    wanted = _formats(said or formats.date)

    @lru_cache(maxsize=_CACHED)
    def read(value: Any) -> str:
        moment, _ = _parsed(value, wanted) if isinstance(value, str) else _native(value, wanted)
        return moment.date().isoformat()

    return read


def _formats(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) and said else list(said)


def _native(value: Any, wanted: list[str]) -> tuple[datetime, bool]:
    if isinstance(value, datetime):
        return value, False
    if isinstance(value, date):
        return datetime.combine(value, _NOON), True
    if isinstance(value, int | float) and not isinstance(value, bool):
        for each in wanted:
            if each in UNIX:
                return _since(value / UNIX[each]), False
        raise BadCell(Reason.BAD_TIME, "is a number; if it counts from 1970, state format unix or unix_ms")
    raise BadCell(Reason.BAD_TIME, "is no time")


def _parsed(text: str, wanted: list[str]) -> tuple[datetime, bool]:
    plain = text.strip()
    for each in wanted:
        if each in UNIX:
            if re.fullmatch(r"\d{1,15}(\.\d+)?", plain, re.ASCII):
                return _since(float(plain) / UNIX[each]), False
            continue
        try:
            moment = datetime.strptime(plain, each)
        except ValueError:
            continue
        whole = _CLOCK.search(each) is not None
        return (moment, False) if whole else (datetime.combine(moment.date(), _NOON), True)
    return _iso(plain, wanted)


def _iso(plain: str, wanted: list[str]) -> tuple[datetime, bool]:
    try:
        if _ISO_DAY.fullmatch(plain):
            return datetime.combine(date.fromisoformat(plain), _NOON), True
        found = _ISO.fullmatch(plain)
        if found:
            day, clock, offset = found.groups()
            offset = "+00:00" if offset.upper() in ("Z", "UTC") else offset
            return datetime.fromisoformat(f"{day}T{clock.replace(',', '.')}{offset}"), False
    except ValueError:
        raise BadCell(Reason.BAD_TIME, "is no day or time of the calendar") from None
    if wanted:
        raise BadCell(Reason.BAD_TIME, f"does not fit {' or '.join(wanted)}")
    if _NUMBERS.fullmatch(plain):
        raise BadCell(Reason.BAD_TIME, "could be two days; state the format, such as %d.%m.%Y, in the map")
    raise BadCell(Reason.BAD_TIME, "is no time of ISO 8601; state its format in the map")


def _since(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadCell(Reason.TIME_OUT_OF_RANGE, "lies beyond the calendar") from None


def _written(moment: datetime, day: bool, zone: tzinfo | None, latest: datetime) -> str:
    if moment.tzinfo is None:
        if zone is None and not day:
            words = "has no offset; state time_zone in [formats], or --set formats.time_zone=Europe/Prague"
            raise BadCell(Reason.BAD_TIME, words)
        moment = moment.replace(tzinfo=zone or UTC)
        if moment.astimezone(UTC).astimezone(moment.tzinfo).replace(tzinfo=None) != moment.replace(tzinfo=None):
            raise BadCell(Reason.BAD_TIME, f"there was no such time in {zone}, as clocks were put forward")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise BadCell(Reason.TIME_OUT_OF_RANGE, "lies beyond the calendar") from None
    if moment > latest:
        raise BadCell(Reason.TIME_OUT_OF_RANGE, "lies in the future")
    if moment.year < 2000:
        raise BadCell(Reason.TIME_OUT_OF_RANGE, "lies before the year 2000")
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")[:-6] + "Z"


def latest_of(now: datetime) -> datetime:
    """What counts as the future: a day from now, since clocks and days differ."""
    return now + timedelta(days=1)
