"""From the properties of a catalogue event to the fields it states, by a table of what each kind knows."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from regulars.collection.clock import parse_time
from regulars.model.fields import ID_LENGTH, TEXT_LENGTH, text
from regulars.model.rejection import Reason, Refused

ATTRIBUTE: Final = "attributes."
"""How a field's name begins that the vocabulary does not know; the rest is its name as sent."""
LATEST_TIME: Final = 7_258_118_400_000_000
"""The year 2200, in microseconds: nobody means a later one."""

Reader = Callable[[dict[str, Any], str, str], Any]
"""Reads one property as (properties, name, where in the item); '' and None count as not stated. Raises Refused."""

Known = Mapping[str, tuple[tuple[str, ...], Reader]]
"""Field → (the properties that state it, the first that is there counts; how it is read)."""


def fields_of(properties: dict[str, Any], known: Known, ids: frozenset[str], where: str) -> dict[str, Any]:
    """The fields that the properties state: None takes a field back. `ids` are the properties read elsewhere.

    What is not known is kept as `attributes.NAME`, as is each entry of `attributes`. Raises Refused.
    """
    named = {name for names, _ in known.values() for name in names} | ids | {"attributes"}
    fields = {ATTRIBUTE + _short(name, where): value for name, value in properties.items() if name not in named}
    fields.update(_attributes(properties, where))
    for field, (names, reader) in known.items():
        for name in names:
            if name not in properties:
                continue
            value = None if properties[name] is None else reader(properties, name, where)
            if value is not None or properties[name] is None:
                fields[field] = value
            break
    return {field: value for field, value in fields.items() if value != ""}


def _attributes(properties: dict[str, Any], where: str) -> dict[str, Any]:
    value = properties.get("attributes")
    if value is None:
        return {}
    if type(value) is not dict:
        raise Refused(Reason.WRONG_TYPE, f"{where}.attributes", "must be an object")
    return {ATTRIBUTE + _short(name, f"{where}.attributes"): each for name, each in value.items()}


def _short(name: str, where: str) -> str:
    if len(name) > ID_LENGTH:
        raise Refused(Reason.TOO_LARGE, where, f"a property's name must have at most {ID_LENGTH} characters")
    return name


def long_text(fields: dict[str, Any], name: str, where: str) -> str:
    """Text of any length that an event may have, as received. Raises Refused(WRONG_TYPE)."""
    value = fields[name]
    if type(value) is not str:
        raise Refused(Reason.WRONG_TYPE, f"{where}.{name}", "must be text")
    return value


def address_text(fields: dict[str, Any], name: str, where: str) -> str:
    """The address of a page or picture, up to 2,000 characters. Raises Refused(WRONG_TYPE, TOO_LARGE)."""
    value = long_text(fields, name, where).strip()
    if len(value) > 4 * TEXT_LENGTH:
        raise Refused(Reason.TOO_LARGE, f"{where}.{name}", f"must have at most {4 * TEXT_LENGTH} characters")
    return value


def texts(fields: dict[str, Any], name: str, where: str) -> list[str]:
    """A list of texts or whole numbers, trimmed, without empty ones; one text is a list of one. Raises Refused."""
    value = fields[name]
    items = value if type(value) is list else [value]
    found = (text({f"{name}[{n}]": item}, f"{name}[{n}]", where) for n, item in enumerate(items))
    return list(dict.fromkeys(item[:ID_LENGTH] for item in found if item))


def topics(fields: dict[str, Any], name: str, where: str) -> list[str]:
    """As `texts`, in small letters, so that a product and an article mean the same by a topic. Raises Refused."""
    return list(dict.fromkeys(topic.casefold() for topic in texts(fields, name, where)))


def moment(fields: dict[str, Any], name: str, where: str) -> int | None:
    """A time in microseconds UTC between 1970 and 2200; None if absent. Raises Refused."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    if type(value) is not str and type(value) is not int:
        raise Refused(Reason.BAD_TIME, f"{where}.{name}", "must be a time such as 2026-11-21T21:02:53Z")
    time = parse_time(value, f"{where}.{name}")
    if not 0 <= time < LATEST_TIME:
        raise Refused(Reason.TIME_OUT_OF_RANGE, f"{where}.{name}", "must lie between the years 1970 and 2200")
    return time
