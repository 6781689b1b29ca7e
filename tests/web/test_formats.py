"""How money, numbers and times are written."""

from datetime import UTC, datetime

import pytest

from regulars.web.formats import LOCALES, Formats, locale_name, zone
from regulars.web.site import initials


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


NOON = moment("2026-11-22T12:00:00")


@pytest.mark.parametrize("text", ["", "xx-XX", "en_GB.UTF-8", "../en", "é", "en-GB\0", "x" * 1000])
def test_an_unknown_locale(text: str) -> None:
    with pytest.raises(ValueError, match="must be a locale"):
        locale_name(text)


@pytest.mark.parametrize(
    "text", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\0", "x" * 1000]
)
def test_an_unknown_time_zone(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time zone"):
        zone(text)


@pytest.mark.parametrize(
    ("locale", "minor", "currency", "wanted"),
    [
        ("en-GB", 123_456, "GBP", "£1,234.56"), ("en-GB", -5, "EUR", "-€0.05"),
        ("de-DE", 123_456, "EUR", "1.234,56\xa0€"),
        ("en-GB", 1_234, "JPY", "JP¥1,234"), ("en-GB", 1_234, "KWD", "KWD\xa01.234"), ("en-GB", 150, "", "1.50"),
        ("en-US", 10**15, "USD", "$10,000,000,000,000.00"), ("en-GB", 100, "XYZ", "XYZ\xa01.00"),
    ],
)  # fmt: skip
def test_money(locale: str, minor: int, currency: str, wanted: str) -> None:
    assert Formats(locale, "UTC").money(minor, currency) == wanted


def test_times_are_those_of_the_zone() -> None:
    berlin = Formats("de-DE", "Europe/Berlin", "EUR")
    late = moment("2026-11-21T23:30:00")
    assert berlin.iso(late) == "2026-11-22T00:30:00+01:00"
    assert (berlin.day(late, NOON), Formats("en-GB", "UTC").day(late, NOON)) == ("Today", "Yesterday")
    assert berlin.start_of_day(NOON) == moment("2026-11-21T23:00:00")
    # The clock went forward on this day.
    assert berlin.start_of_day(moment("2026-03-29T12:00:00")) == moment("2026-03-28T23:00:00")
    assert berlin.money(5) == "0,05\xa0€" and berlin.number(1234.5) == "1.234,5"


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [(-50, "just now"), (59, "just now"), (60, "1 minute ago"), (7_300, "2 hours ago"), (86_400 * 400, "1 year ago")],
)
def test_how_long_ago(seconds: int, wanted: str) -> None:
    assert Formats("en-GB", "UTC").ago(NOON - seconds * 1_000_000, NOON) == wanted


def test_shares() -> None:
    made = Formats("en-GB", "UTC")
    assert (made.percent(0.625), made.percent(0.6254, 1), made.percent(0)) == ("62%", "62.5%", "0%")


@pytest.mark.parametrize("locale", LOCALES)
def test_each_locale_that_can_be_chosen(locale: str) -> None:
    made = Formats(locale, "UTC")
    assert made.money(123_456, "EUR") and made.moment(NOON) and made.day(0) and made.percent(0.5)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("Ada Lovelace", "AL"), ("", "?"), ("  ", "?"), ("<b> x", "BX"), ("李", "李"), ("\u202e-", "?")],
)
def test_initials(name: str, wanted: str) -> None:
    assert initials(name) == wanted
