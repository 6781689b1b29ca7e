"""Quiet hours over midnight, on the days on which clocks change, and where there are none."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.consent.quiet import DAY_MINUTES, quiet_until

BERLIN = "Europe/Berlin"


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-14T20:59:00+01:00", ""),
        ("2026-03-14T21:00:00+01:00", "2026-03-15T08:00:00+01:00"),
        ("2026-03-15T07:59:59+01:00", "2026-03-15T08:00:00+01:00"),
        ("2026-03-15T08:00:00+01:00", ""),
        ("2026-03-28T23:00:00+01:00", "2026-03-29T08:00:00+02:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T08:00:00+01:00"),
    ],
)
def test_over_midnight(now: str, until: str) -> None:
    assert quiet_until(at(now), 21 * 60, 8 * 60, BERLIN) == (at(until) if until else 0)


def test_an_end_that_the_clock_jumps_over() -> None:
    now = at("2026-03-29T01:30:00+01:00")
    assert now < quiet_until(now, 60, 150, BERLIN) <= at("2026-03-29T03:30:00+02:00")


def test_none_where_both_are_the_same() -> None:
    assert quiet_until(at("2026-03-14T22:00:00+01:00"), 600, 600, BERLIN) == 0


@given(
    st.integers(0, 2 * 365 * 86_400), st.integers(0, DAY_MINUTES - 1), st.integers(0, DAY_MINUTES - 1),
    st.sampled_from([BERLIN, "UTC", "Asia/Kolkata", "America/New_York", "Pacific/Apia"]),
)  # fmt: skip
def test_it_is_over_when_it_is_over(second: int, begins: int, ends: int, zone: str) -> None:
    now = at("2026-01-01T00:00:00+00:00") + second * 1_000_000
    until = quiet_until(now, begins, ends, zone)
    if until:
        assert now < until <= now + 26 * 3_600_000_000
