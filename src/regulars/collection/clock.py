"""Whose time an event has: the client's, the client's corrected, or ours (DESIGN: Time)."""

import re
from datetime import UTC, datetime

from regulars.model.rejection import Reason, Refused

SECOND = 1_000_000
TOLERANCE = 5 * 60 * SECOND
YEAR_2000 = 946_684_800 * SECOND

_NAIVE_EPOCH = datetime(1970, 1, 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,12})?)?\s?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)


def parse_time(value: str | int, where: str) -> int:
    """Microseconds since 1970 UTC of an ISO 8601 / RFC 3339 text, or of a whole number since 1970.

    No offset means UTC; a date alone is its midnight; digits beyond microseconds are cut; a leap second is the second
    after :59. Whole numbers are seconds, milliseconds, microseconds or nanoseconds by their size, which is unambiguous
    from 1973 to 5138. Raises Refused (bad_time) naming `where`.
    """
    if isinstance(value, int):
        return _from_number(value)
    text = value.strip()
    if not _SHAPE.fullmatch(text):
        raise _bad(value, where)
    leap = 0
    if text[17:19] == "60":
        text, leap = text[:17] + "59" + text[19:], SECOND
    if text[10:11] != "T" or text[-1] != "Z" or text[-2] == " " or "," in text:
        text = text.upper().replace(" ", "T", 1).replace(" ", "").replace(",", ".")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad(value, where) from None
    since = moment - (_NAIVE_EPOCH if moment.tzinfo is None else _EPOCH)
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds + leap


def settle(time: int | None, sent: int | None, received: int, where: str = "$.timestamp") -> tuple[int, str]:
    """The event's time and whose it is (`client`, `corrected`, `received`), all in microseconds since 1970 UTC.

    Raises Refused (time_out_of_range) for a time before the year 2000.
    """
    if time is None:
        return received, "received"
    clock = "client"
    if sent is not None and abs(received - sent) > TOLERANCE:
        time, clock = received - (sent - time), "corrected"
    if time > received:
        # Else a clock that runs ahead would win every register for years.
        return received, "received"
    if time < YEAR_2000:
        words = "the time is before the year 2000; send the time of the event"
        raise Refused(Reason.TIME_OUT_OF_RANGE, where, words)
    return time, clock


def _from_number(value: int) -> int:
    size = abs(value)
    if size < 10**11:
        return value * SECOND
    if size < 10**14:
        return value * 1000
    if size < 10**17:
        return value
    return value // 1000


def _bad(value: str, where: str) -> Refused:
    shown = value[:40].encode("ascii", "backslashreplace").decode()
    return Refused(Reason.BAD_TIME, where, f"'{shown}' is no time; send ISO 8601 such as 2026-11-21T21:02:53.001Z")
