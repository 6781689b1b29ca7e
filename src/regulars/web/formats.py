"""Money, numbers and times as one person reads them: by a locale, in a time zone."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent

from regulars.model.money import exponent

LOCALES = (
    "en-GB", "en-US", "en-IE", "de-DE", "de-AT", "de-CH", "fr-FR", "fr-BE", "fr-CH", "it-IT", "es-ES", "pt-PT", "nl-NL",
    "nl-BE", "da-DK", "sv-SE", "nb-NO", "fi-FI", "pl-PL", "cs-CZ",
)  # fmt: skip
"""The locales that an account can choose."""

_LETTER_BEFORE_NUMBER = re.compile(r"(?<=[A-Z])(?=[0-9])")
_STEPS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


def locale_name(text: str) -> str:
    """A locale such as `en-GB` as Babel knows it. Raises ValueError."""
    try:
        return str(Locale.parse(text, sep="-"))
    except (UnknownLocaleError, ValueError, TypeError):
        raise ValueError(f"must be a locale such as en-GB, not {text!r}") from None


@lru_cache(maxsize=256)
def zone(text: str) -> ZoneInfo:
    """A time zone such as `Europe/Berlin`. Raises ValueError."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be a time zone such as Europe/Berlin, not {text!r}") from None


@lru_cache(maxsize=8192)
def _money(locale: Locale, minor: int, code: str) -> str:
    # A page writes a hundred prices, mostly the same ones, and Babel takes its time for each.
    digits = exponent(code)
    value = Decimal(minor).scaleb(-digits)
    if not code:
        return format_decimal(value, "#,##0.00", locale=locale)
    pattern = str(locale.currency_formats["standard"].pattern).replace("0.00", f"0.{'0' * digits}" if digits else "0")
    text = format_currency(value, code, locale=locale, currency_digits=False, format=pattern)
    return _LETTER_BEFORE_NUMBER.sub("\xa0", text)


class Formats:
    """One person's way of writing; moments are microseconds since 1970 UTC. Raises ValueError for unknown names."""

    def __init__(self, locale: str, timezone: str, currency: str = "") -> None:
        self.locale = Locale.parse(locale_name(locale))
        self.timezone = zone(timezone)
        self.currency = currency

    def number(self, value: int | float | Decimal) -> str:
        """A number, grouped."""
        return format_decimal(value, locale=self.locale)

    def percent(self, share: float, digits: int = 0) -> str:
        """A share of 1 in per cent."""
        pattern = self.locale.percent_formats[None].pattern
        if digits:
            pattern = pattern.replace("0", f"0.{'0' * digits}", 1)
        return format_percent(share, pattern, locale=self.locale)

    def money(self, minor: int, currency: str = "") -> str:
        """Whole minor units of a currency; where nobody stated one, the shop's, else a plain number."""
        return _money(self.locale, minor, currency or self.currency)

    def money_short(self, minor: int, currency: str = "") -> str:
        """Money for a sentence, in thousands or millions where it is that much, such as £94K."""
        code = currency or self.currency
        whole = round(Decimal(minor).scaleb(-exponent(code)))
        if not code or whole < 1_000:
            return self.money(minor, code)
        text = format_compact_currency(whole, code, locale=self.locale, fraction_digits=0 if whole < 1_000_000 else 1)
        if str(whole) in text:
            # This language has no short form of it.
            pattern = str(self.locale.currency_formats["standard"].pattern).replace("0.00", "0")
            text = format_currency(whole, code, locale=self.locale, currency_digits=False, format=pattern)
        return _LETTER_BEFORE_NUMBER.sub("\xa0", text)

    def digits(self, currency: str = "") -> int:
        """How many decimals amounts of a currency have."""
        return exponent(currency or self.currency)

    def local(self, moment: int) -> datetime:
        """A moment in the time zone."""
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(self.timezone)

    def iso(self, moment: int) -> str:
        """A moment for the `datetime` of a `time` element."""
        return self.local(moment).isoformat(timespec="seconds")

    def date(self, moment: int) -> str:
        """A day, such as 21 Nov 2026."""
        return format_date(self.local(moment).date(), "medium", locale=self.locale)

    def time(self, moment: int) -> str:
        """A time of day."""
        return format_time(self.local(moment).time(), "short", locale=self.locale)

    def clock(self, moment: int) -> str:
        """A time of day with its seconds."""
        return format_time(self.local(moment).time(), "medium", locale=self.locale)

    def moment(self, moment: int) -> str:
        """A day and the time of it."""
        return format_datetime(self.local(moment), "medium", locale=self.locale)

    def month(self, name: str) -> str:
        """A month, such as Mar 2026, from its name, such as 2026-03."""
        return format_skeleton("yMMM", date(int(name[:4]), int(name[5:7]), 1), locale=self.locale)

    def day(self, moment: int, now: int | None = None) -> str:
        """A day as a heading: Today, Yesterday, or its date with the weekday."""
        day, today = self.local(moment).date(), self.local(_now(now)).date()
        near = {0: "Today", 1: "Yesterday"}.get((today - day).days)
        return near or format_date(day, "full", locale=self.locale)

    def day_long(self, moment: int) -> str:
        """A day with its weekday."""
        return format_date(self.local(moment).date(), "full", locale=self.locale)

    def ago(self, moment: int, now: int | None = None) -> str:
        """How long ago, in one unit; words are English like the pages."""
        seconds = (_now(now) - moment) // 1_000_000
        for size, unit in _STEPS:
            if seconds >= size:
                count = seconds // size
                return f"{self.number(count)} {unit}{'' if count == 1 else 's'} ago"
        return "just now"

    def start_of_day(self, now: int | None = None) -> int:
        """The moment at which today began here."""
        midnight = self.local(_now(now)).replace(hour=0, minute=0, second=0, microsecond=0)
        return int(midnight.timestamp()) * 1_000_000


def _now(now: int | None) -> int:
    return time.time_ns() // 1000 if now is None else now


@lru_cache(maxsize=256)
def formats(locale: str, timezone: str, currency: str) -> Formats:
    """The formats of these names, made once."""
    return Formats(locale, timezone, currency)
