"""DESIGN §4 Time, to the letter."""

import pytest

from regulars.collection.clock import SECOND, YEAR_2000, parse_time, settle
from regulars.model.rejection import Reason, Refused

NOW = 1_773_480_900 * SECOND
HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "soon", "2026", "2026-13-01", "2026-02-30T00:00:00Z", "2026-03-14T25:00:00Z", "14.3.2026",
        "Sat Mar 14 2026 09:35:00 GMT+0100", "2026-W11-6", "20260314T093500", "10000-01-01", "0000-01-01",
        "2026-03-14T09:35:00+99:99", "2026-03-14T09:35:00Z\0", "٢٠٢٦-03-14", "2026-03-14T24:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_time(text, "$.timestamp")
    assert caught.value.reason is Reason.BAD_TIME and caught.value.where == "$.timestamp"


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-03-14T09:35:00Z", 0),
        ("2026-03-14t09:35:00z", 0),
        ("2026-03-14 09:35:00", 0),
        ("2026-03-14 09:35:00 Z", 0),
        ("2026-03-14T09:35", 0),
        ("2026-03-14T10:35:00+01:00", 0),
        ("2026-03-14T04:05:00-0530", 0),
        ("2026-03-14T10:35:00+01", 0),
        ("2026-03-14T09:35:00.5Z", 500_000),
        ("2026-03-14T09:35:00,131Z", 131_000),
        ("2026-03-14T09:35:00.123456789Z", 123_456),
        ("2026-03-14T09:34:60Z", 0),
        ("2026-03-14T09:34:60.25+00:00", 250_000),
    ],
)
def test_what_sdks_send(text: str, micros: int) -> None:
    assert parse_time(text, "$") == NOW + micros


def test_dates_and_the_ends_of_the_calendar() -> None:
    assert parse_time("2000-01-01", "$") == YEAR_2000
    assert parse_time("0001-01-01T00:00:00+14:00", "$") < parse_time("0001-01-01T00:00:00Z", "$") < 0
    assert parse_time("9999-12-31T23:59:59-12:00", "$") > parse_time("9999-12-31T23:59:59Z", "$")


def test_whole_numbers_by_their_size() -> None:
    seconds = NOW // SECOND
    assert {parse_time(n, "$") for n in (seconds, seconds * 10**3, NOW, NOW * 10**3)} == {NOW}


def test_the_clients_time_is_kept_when_its_clock_is_right() -> None:
    assert settle(NOW - HOUR, NOW - SECOND, NOW) == (NOW - HOUR, "client")
    assert settle(NOW - HOUR, None, NOW) == (NOW - HOUR, "client")
    assert settle(NOW - HOUR, NOW - 300 * SECOND, NOW) == (NOW - HOUR, "client"), "five minutes are not more than five"


@pytest.mark.parametrize("wrong", [-7 * HOUR, 7 * HOUR, -300 * SECOND - 1, 300 * SECOND + 1])
def test_a_clock_off_by_hours_is_corrected(wrong: int) -> None:
    assert settle(NOW - HOUR + wrong, NOW + wrong, NOW) == (NOW - HOUR, "corrected")


@pytest.mark.parametrize("year", ["0001", "1970", "9999"])
def test_a_clock_off_by_ages_is_corrected(year: str) -> None:
    sent = parse_time(f"{year}-06-01T12:00:00Z", "$")
    assert settle(sent - SECOND, sent, NOW) == (NOW - SECOND, "corrected")


def test_a_time_to_come_becomes_the_time_of_receipt() -> None:
    assert settle(NOW + SECOND, NOW, NOW) == (NOW, "received")
    assert settle(parse_time("9999-12-31", "$"), None, NOW) == (NOW, "received")
    assert settle(NOW + 8 * HOUR, NOW + 7 * HOUR, NOW) == (NOW, "received"), "also after correction"
    assert settle(None, NOW - HOUR, NOW) == (NOW, "received")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59.999999Z", "1970-01-01"])
def test_before_2000(text: str) -> None:
    with pytest.raises(Refused) as caught:
        settle(parse_time(text, "$"), None, NOW)
    assert caught.value.reason is Reason.TIME_OUT_OF_RANGE
