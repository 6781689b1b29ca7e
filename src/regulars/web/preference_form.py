"""What the forms of the preference page say: choices, preferences, and what she states of herself."""

import calendar
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import available_timezones

from regulars.consent.spoken import Choice
from regulars.consent.standing import PROFILING, Preferences, Standing
from regulars.consent.stated import BRANDS, OCCASIONS, SIZES
from regulars.model.consent import ALL
from regulars.model.kinds import ConsentSettings
from regulars.profiles.traits import VALUE_BYTES, canonical
from regulars.web.formats import zone

LONGEST_SIZE, LONGEST_NAME, MOST_BRANDS, MOST_OCCASIONS = 20, 40, 20, 4
LONGEST_PAUSE: Final = timedelta(days=2 * 365)
HELD_FOR_NOW: Final = ("", "paused", "quiet_hours", "question_open")
"""Refusals that end by themselves: what she chose is yes."""

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(:00)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class BadForm(ValueError):
    """A form says something that cannot be taken; the message says what, to the person who filled it in."""


def channel_field(purpose: str, channel: str) -> str:
    """The name of the box that lets messages for a purpose come by a channel."""
    return f"by.{purpose}.{channel}"


def kind_field(purpose: str, topic: str) -> str:
    """The name of the box of a kind of message."""
    return f"kind.{purpose}.{topic}"


def is_on(standing: Standing, channel: str, purpose: str) -> bool:
    """Whether she wants messages for a purpose by a channel, apart from what only holds for a while."""
    return standing.permit(channel, purpose).code in HELD_FOR_NOW


def is_offered(standing: Standing, channel: str, purpose: str) -> bool:
    """Whether she can choose it: there is an address that may be written to at all."""
    return standing.permit(channel, purpose).code not in ("no_address", "suppressed", "shared_address")


def choices(
    form: Mapping[str, str], standing: Standing, settings: ConsentSettings, channels: Iterable[str]
) -> list[Choice]:
    """What she chose otherwise than it was, by these channels; what the page did not offer stays."""
    found = []
    for channel in channels:
        for purpose in settings.purposes:
            wanted = channel_field(purpose, channel) in form
            if is_offered(standing, channel, purpose) and wanted != is_on(standing, channel, purpose):
                found.append(Choice(wanted, purpose, channel))
    for kind in settings.kinds:
        wanted = kind_field(kind.purpose, kind.topic) in form
        if not kind.is_service and wanted == standing.is_off(kind.purpose, kind.topic):
            found.append(Choice(wanted, kind.purpose, ALL, kind.topic))
    if ("personal" in form) != standing.personal:
        found.append(Choice("personal" in form, PROFILING))
    return found


def when(form: Mapping[str, str], before: Preferences, shop_zone: str, now: int) -> Preferences:
    """How she prefers it, with pause, quiet hours and time zone as a form says them. Raises BadForm."""
    named = form.get("zone", "") or shop_zone
    # The zones that the page offers; `zone` alone would open any file's name.
    if named != shop_zone and named not in available_timezones():
        raise BadForm("Choose a time zone from the list.")
    begins, ends = (_minutes(form.get(name, "")) for name in ("quiet_from", "quiet_to"))
    if (begins is None) != (ends is None):
        raise BadForm("Quiet hours need both a beginning and an end; leave both empty for none.")
    return Preferences(
        _until(form.get("until", ""), named, now), begins, ends, "" if named == shop_zone else named,
        before.less_often, before.language,
    )  # fmt: skip


def pause(days: str, zone_name: str, now: int) -> int:
    """Until when a button pauses messages: the beginning of the day after so many days; 0 for no pause.

    Raises BadForm.
    """
    if days not in ("0", "7", "30", "90"):
        raise BadForm("Choose how long from the buttons.")
    return _midnight(_today(zone_name, now) + timedelta(days=int(days)), zone_name) if days != "0" else 0


def stated(form: Mapping[str, str], settings: ConsentSettings) -> dict[str, Any]:
    """The traits that she states, None for one that is empty. Raises BadForm."""
    sizes = {}
    for number, thing in enumerate(settings.sizes):
        size = _line(form.get(f"size.{number}", ""), LONGEST_SIZE, f"The size of {thing}")
        if size:
            sizes[thing] = size
    named = re.split(r"[,;\n]", form.get("brands", ""))
    brands = list(dict.fromkeys(filter(None, (_line(each, LONGEST_NAME, "A brand") for each in named))))
    if len(brands) > MOST_BRANDS:
        raise BadForm(f"Name at most {MOST_BRANDS} brands.")
    traits: dict[str, Any] = {SIZES: sizes, BRANDS: brands, OCCASIONS: _occasions(form)}
    for name, value in traits.items():
        if len(canonical(value)) > VALUE_BYTES:
            raise BadForm(f"That is too much to keep for {name}: please shorten it.")
    return {name: value or None for name, value in traits.items()}


def shown_occasions(value: Any) -> list[tuple[str, int, int]]:
    """What is stored as occasions, as (what, day, month); what is of another shape is left out."""
    found = []
    for each in value if isinstance(value, list) else ():
        on = each.get("on") if isinstance(each, dict) else None
        if isinstance(on, str) and re.fullmatch(r"\d\d-\d\d", on):
            found.append((str(each.get("what", ""))[:LONGEST_NAME], int(on[3:]), int(on[:2])))
    return found[:MOST_OCCASIONS]


def _occasions(form: Mapping[str, str]) -> list[dict[str, str]]:
    found = []
    for number in range(MOST_OCCASIONS):
        what = _line(form.get(f"occasion.{number}", ""), LONGEST_NAME, "An occasion")
        day, month = (form.get(f"{part}.{number}", "") for part in ("day", "month"))
        if not (what or day or month):
            continue
        if not (what and day.isdecimal() and month.isdecimal() and len(day) < 3 and len(month) < 3):
            raise BadForm("An occasion needs a name, a day and a month.")
        # A leap year, since birthdays are on any day.
        if not 1 <= int(month) <= 12 or not 1 <= int(day) <= calendar.monthrange(2000, int(month))[1]:
            raise BadForm(f"There is no such day: {day}.{month}.")
        found.append({"what": what, "on": f"{int(month):02}-{int(day):02}"})
    return found


def _minutes(text: str) -> int | None:
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadForm("Write a time of day as 21:00.")
    return int(found[1]) * 60 + int(found[2])


def _until(text: str, zone_name: str, now: int) -> int:
    if not text:
        return 0
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    today = _today(zone_name, now)
    if day is None or day > today + LONGEST_PAUSE:
        raise BadForm("Choose a day within the next two years, or none.")
    return _midnight(day, zone_name) if day > today else 0


def _today(zone_name: str, now: int) -> date:
    return datetime.fromtimestamp(now / 1_000_000, UTC).astimezone(zone(zone_name)).date()


def _midnight(day: date, zone_name: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone(zone_name)).timestamp()) * 1_000_000


def _line(text: str, longest: int, what: str) -> str:
    text = " ".join(text.split())
    if len(text) > longest or not text.isprintable():
        raise BadForm(f"{what} has at most {longest} letters.")
    return text


def zones(names: Iterable[str] = ()) -> list[str]:
    """The time zones to choose from, those of regions only, with these besides."""
    regions = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return sorted({*(each for each in available_timezones() if each.startswith(regions)), *names} - {""})
