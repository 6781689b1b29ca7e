"""Amounts of money: whole minor units of one currency, never floating point."""

import re
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import msgspec

from regulars.model.rejection import Reason, Refused

LIMIT = 10**15
"""The largest amount taken, in minor units, either sign."""

# ISO 4217, the currencies whose minor unit is not a hundredth.
EXPONENTS: dict[str, int] = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "CLF": 4, "UYW": 4,
}  # fmt: skip

_FACTORS = (1, 10, 100, 1_000, 10_000)
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_PLAIN = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?")
_SMALL = 1e9  # below this a float's own error, times 100, stays far under the tolerance of the short way


class Amount(msgspec.Struct, frozen=True, order=True):
    """An amount for people and programs: `minor` units of `currency` ('' when nobody stated it), and as words."""

    currency: str
    minor: int
    text: str


def exponent(currency: str) -> int:
    """The number of decimals of a currency's minor unit; 2 where ISO 4217 names no exception."""
    return EXPONENTS.get(currency, 2)


def currency_code(value: Any, where: str) -> str:
    """A currency as three capital letters; None and '' give ''. Raises Refused(BAD_AMOUNT) for anything else."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise Refused(Reason.BAD_AMOUNT, where, "a currency must be the three letters of ISO 4217")
    return value.upper()


def minor_units(value: Any, currency: str, where: str) -> int:
    """A JSON number or plain decimal text as whole minor units, halves rounded to even.

    Raises Refused(BAD_AMOUNT, where, …) for any other type or text, for NaN and infinity, and beyond `LIMIT`.
    """
    digits = EXPONENTS.get(currency, 2)
    factor = _FACTORS[digits]
    kind = type(value)
    if kind is int:
        return _bounded(int(value) * factor, where)
    if kind is float:
        if -_SMALL < value < _SMALL:
            scaled = float(value) * factor
            near = round(scaled)
            if abs(scaled - near) < 1e-6:  # within this of a whole unit both ways round to the same
                return near
        return _rounded(Decimal(repr(value)), digits, where)
    if kind is str and _PLAIN.fullmatch(text := value.strip()):
        return _rounded(Decimal(text), digits, where)
    raise Refused(Reason.BAD_AMOUNT, where, "an amount must be a number or plain decimal text such as 12.50")


def as_amount(minor: int, currency: str) -> Amount:
    """The amount with its words, for example `12.50 USD`."""
    return Amount(currency, minor, money_text(minor, currency))


def money_text(minor: int, currency: str) -> str:
    """Minor units as plain text with the currency's decimals and its code."""
    digits = exponent(currency)
    sign = "-" if minor < 0 else ""
    whole, part = divmod(abs(minor), 10**digits)
    number = f"{sign}{whole}.{part:0{digits}d}" if digits else f"{sign}{whole}"
    return f"{number} {currency}" if currency else number


def _bounded(minor: int, where: str) -> int:
    if -LIMIT <= minor <= LIMIT:
        return minor
    raise Refused(Reason.BAD_AMOUNT, where, f"an amount must lie within {LIMIT} minor units")


def _rounded(number: Decimal, digits: int, where: str) -> int:
    if not number.is_finite():
        raise Refused(Reason.BAD_AMOUNT, where, "an amount must be finite")
    if number and number.adjusted() > 18:
        raise Refused(Reason.BAD_AMOUNT, where, f"an amount must lie within {LIMIT} minor units")
    with localcontext() as context:
        context.prec = 60
        scaled = (number * 10**digits).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    return _bounded(int(scaled), where)
