"""Dates that could be two things are refused; the others become UTC."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from regulars.collection.files.mapfile import Formats
from regulars.collection.files.problem import BadCell
from regulars.collection.files.times import day_reader, time_reader, zone_of
from regulars.collection.report import ImportFailed

LATEST = datetime(2026, 11, 23, tzinfo=UTC)
PRAGUE = Formats(time_zone="Europe/Prague")


def read(value: Any, format: str | list[str] = "", formats: Formats = PRAGUE, zone: str = "") -> str:
    return time_reader(formats, format, LATEST)(value, zone)


@pytest.mark.parametrize(
    ("value", "format", "time"),
    [
        ("2026-03-14T09:35:10Z", "", "2026-03-14T09:35:10Z"), ("2026-03-14 09:35:10 +0100", "", "2026-03-14T08:35:10Z"),
        ("2026-03-14 09:35", "", "2026-03-14T08:35:00Z"), ("2026-07-14 09:35:10.250", "", "2026-07-14T07:35:10.250Z"),
        ("2026-03-14", "", "2026-03-14T11:00:00Z"), ("14.03.2026", "%d.%m.%Y", "2026-03-14T11:00:00Z"),
        ("03/04/2026 10:00", ["%Y-%m-%d", "%d/%m/%Y %H:%M"], "2026-04-03T08:00:00Z"),
        ("1773480910", "unix", "2026-03-14T09:35:10Z"),
        (1773480910000, "unix_ms", "2026-03-14T09:35:10Z"), (datetime(2026, 3, 14, 9, 35), "", "2026-03-14T08:35:00Z"),
        (date(2026, 3, 14), "", "2026-03-14T11:00:00Z"), ("2026-10-25 02:30", "", "2026-10-25T00:30:00Z"),
    ],
)  # fmt: skip
def test_read(value: Any, format: str | list[str], time: str) -> None:
    assert read(value, format) == time


@pytest.mark.parametrize(
    ("value", "format", "words"),
    [
        ("03/04/2026", "", "could be two days"), ("14.03.2026", "", "could be two days; state the format"),
        ("14.03.2026", "%m/%d/%Y", "does not fit"), ("2026-02-30", "", "calendar"), ("2026-13-01", "", "calendar"),
        ("yesterday", "", "no time of ISO 8601"), ("2026-03-29 02:30", "", "no such time in Europe/Prague"),
        ("2205-01-01", "", "future"), ("1999-12-30", "", "before the year 2000"), (20260314, "", "unix"),
        (True, "", "no time"),
        ("99999999999999", "unix", "beyond the calendar"), ("0001-01-01", "", "before the year 2000|beyond"),
    ],
)  # fmt: skip
def test_refused(value: Any, format: str, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        read(value, format)


def test_without_a_zone_only_what_needs_none_is_read() -> None:
    assert read("2026-03-14", formats=Formats()) == "2026-03-14T12:00:00Z"
    with pytest.raises(BadCell, match="state time_zone"):
        read("2026-03-14 09:00", formats=Formats())


def test_zone_of_the_row() -> None:
    formats = Formats(zones={"Pacific Time (US & Canada)": "America/Los_Angeles"})
    assert read("2026-03-14 09:35:10", formats=formats, zone="Pacific Time (US & Canada)") == "2026-03-14T16:35:10Z"
    with pytest.raises(BadCell, match="zone is not known"):
        read("2026-03-14 09:35:10", formats=formats, zone="Narnia")


def test_an_unknown_zone_in_the_map() -> None:
    with pytest.raises(ImportFailed, match="is no time zone"):
        zone_of("Europe/Narnia")
    with pytest.raises(ImportFailed, match="is no time zone"):
        zone_of("../etc/passwd")


def test_days() -> None:
    assert day_reader(PRAGUE, "%d.%m.%Y")("03.05.1990") == "1990-05-03"
    with pytest.raises(BadCell, match="two days"):
        day_reader(PRAGUE, "")("03/05/1990")
