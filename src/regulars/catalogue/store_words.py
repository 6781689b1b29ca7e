"""What a `Store Updated` says: where a store is, in which time zone, and when it is open."""

import re
from datetime import date
from typing import Any, Final

from regulars.catalogue.given import Known, address_text, fields_of
from regulars.model.catalogue import STORE, ThingWord
from regulars.model.fields import text
from regulars.model.rejection import Reason, Refused

WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_ZONE = re.compile(r"[A-Za-z0-9_+\-]{1,32}(?:/[A-Za-z0-9_+\-]{1,32}){0,2}")
_SPANS = 10
_EXCEPTIONS = 400

Spans = list[list[str]]


def store_words(properties: dict[str, Any], store: str) -> tuple[ThingWord, ...]:
    """The words about a store. Raises Refused."""
    return (ThingWord(STORE, store, "", fields_of(properties, _STORE, _IDS, "$.properties")),)


def _timezone(fields: dict[str, Any], name: str, where: str) -> str:
    # Which zones there are differs between machines: only the form is judged here, the rest when it is read.
    zone = text(fields, name, where)
    if zone and not _ZONE.fullmatch(zone):
        raise _wrong(f"{where}.{name}", "must be an IANA name such as Europe/Prague")
    return zone


def _country(fields: dict[str, Any], name: str, where: str) -> str:
    country = text(fields, name, where)
    return country.upper() if len(country) == 2 else country


def _address(fields: dict[str, Any], name: str, where: str) -> dict[str, str] | str:
    value = fields[name]
    if type(value) is not dict:
        return text(fields, name, where)
    return {key[:50]: text(value, key, f"{where}.{name}") for key in value if value[key] is not None}


def _degrees(limit: int) -> Any:
    def read(fields: dict[str, Any], name: str, where: str) -> float | None:
        value = fields[name]
        if value == "":
            return None
        try:
            number = float(value) if type(value) in (int, float, str) else limit + 1.0
        except (ValueError, OverflowError):
            number = limit + 1.0
        if not -limit <= number <= limit:
            raise _wrong(f"{where}.{name}", f"must be degrees between -{limit} and {limit}")
        return number

    return read


def _opening_hours(fields: dict[str, Any], name: str, where: str) -> dict[str, Any] | str:
    value, place = fields[name], f"{where}.{name}"
    if type(value) is not dict:
        said = text(fields, name, where)
        return {"text": said} if said else ""
    exceptions = value.get("exceptions") or {}
    if type(exceptions) is not dict or len(exceptions) > _EXCEPTIONS:
        raise _wrong(f"{place}.exceptions", f"must be an object with at most {_EXCEPTIONS} days")
    strange = [key for key in value if key not in WEEK and key != "exceptions"]
    if strange:
        raise _wrong(place, f"days are {', '.join(WEEK)}, and exceptions")
    return {
        "weekly": {day: _spans(value[day], f"{place}.{day}") for day in WEEK if value.get(day) is not None},
        "exceptions": {_day(day, place): _spans(each, f"{place}.exceptions") for day, each in exceptions.items()},
    }


def _day(value: str, where: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _wrong(f"{where}.exceptions", "a day must be written as 2026-12-25") from None


def _spans(value: Any, where: str) -> Spans:
    if type(value) is not list or len(value) > _SPANS:
        raise _wrong(where, f"must be a list of at most {_SPANS} pairs of times")
    for span in value:
        if type(span) is not list or len(span) != 2 or not all(type(at) is str and _CLOCK.fullmatch(at) for at in span):
            raise _wrong(where, 'a time of opening must be a pair such as ["09:00", "18:00"]')
    return [[str(opens), str(closes)] for opens, closes in value]


def _wrong(where: str, words: str) -> Refused:
    return Refused(Reason.WRONG_TYPE, where, words)


_IDS = frozenset({"store_id", "id"})
_STORE: Final[Known] = {
    "name": (("name", "title"), text),
    "timezone": (("timezone",), _timezone),
    "country": (("country",), _country),
    "address": (("address",), _address),
    "latitude": (("latitude",), _degrees(90)),
    "longitude": (("longitude",), _degrees(180)),
    "opening_hours": (("opening_hours",), _opening_hours),
    "phone": (("phone",), text),
    "email": (("email",), text),
    "url": (("url",), address_text),
    "status": (("status",), text),
}
