"""Readers of an event's known fields: null and '' count as absent, a wrong type is refused by name and place."""

from decimal import Decimal, InvalidOperation
from typing import Any

from regulars.model.rejection import Reason, Refused

ID_LENGTH = 200
TEXT_LENGTH = 500
LARGEST_QUANTITY = Decimal(10**9)


def text(fields: dict[str, Any], name: str, where: str) -> str:
    """Free text, trimmed and cut to 500 characters; a number is taken as its digits. Raises Refused(WRONG_TYPE)."""
    value = fields.get(name)
    if value is None:
        return ""
    if type(value) is str:
        return value.strip()[:TEXT_LENGTH]
    if type(value) is int or type(value) is float:
        return repr(value)[:TEXT_LENGTH]
    raise Refused(Reason.WRONG_TYPE, f"{where}.{name}", "must be text")


def identity(fields: dict[str, Any], name: str, where: str) -> str:
    """An id: text or a whole number. Raises Refused(WRONG_TYPE), or ID_TOO_LONG over 200 characters."""
    value = fields.get(name)
    if value is None:
        return ""
    if type(value) is int:
        value = repr(value) if -(10**30) < value < 10**30 else "9" * (ID_LENGTH + 1)
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        value = repr(int(value))  # some languages know no other number
    if type(value) is not str:
        raise Refused(Reason.WRONG_TYPE, f"{where}.{name}", "an id must be text or a whole number")
    value = value.strip()
    if len(value) > ID_LENGTH:
        raise Refused(Reason.ID_TOO_LONG, f"{where}.{name}", f"an id must have at most {ID_LENGTH} characters")
    return value


def path(fields: dict[str, Any], name: str, where: str) -> str:
    """A category: text, or a list of texts joined by ' > '. Raises Refused(WRONG_TYPE)."""
    value = fields.get(name)
    if type(value) is list:
        if not all(type(part) is str for part in value):
            raise Refused(Reason.WRONG_TYPE, f"{where}.{name}", "a category must be text or a list of texts")
        return " > ".join(part.strip() for part in value if part.strip())[:TEXT_LENGTH]
    return text(fields, name, where)


def quantity(fields: dict[str, Any], name: str, where: str) -> Decimal | None:
    """A quantity as given, None if absent. Raises Refused(WRONG_TYPE) unless a finite number within 10^9."""
    value = fields.get(name)
    if value is None or value == "":
        return None
    kind = type(value)
    if kind is int and -(10**9) <= value <= 10**9:
        return Decimal(value)
    if kind is float or (kind is str and len(value) <= 40 and value.isascii() and "_" not in value):
        try:
            number = Decimal(value.strip()) if kind is str else Decimal(repr(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and abs(number) <= LARGEST_QUANTITY and number.as_tuple().exponent >= -40:  # type: ignore[operator]
            return number
    raise Refused(Reason.WRONG_TYPE, f"{where}.{name}", "a quantity must be a finite number within 10^9")


def objects(fields: dict[str, Any], name: str, where: str) -> list[dict[str, Any]] | None:
    """A list of objects, None if absent. Raises Refused(WRONG_TYPE) with the place of the first that is none."""
    value = fields.get(name)
    if value is None:
        return None
    if type(value) is not list:
        raise Refused(Reason.WRONG_TYPE, f"{where}.{name}", "must be a list of objects")
    for index, item in enumerate(value):
        if type(item) is not dict:
            raise Refused(Reason.WRONG_TYPE, f"{where}.{name}[{index}]", "must be an object")
    return value
