"""Numbers and amounts as people's programs write them: decimal commas, thousands, currency signs, brackets."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from regulars.collection.files.mapfile import Formats
from regulars.collection.files.problem import BadCell
from regulars.model.rejection import Reason

SIGNS: dict[str, frozenset[str]] = {
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP", "EGP", "FKP", "GIP", "SHP"}),
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "CLP", "COP", "ARS"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₺": frozenset({"TRY"}),
    "₩": frozenset({"KRW"}),
    "₴": frozenset({"UAH"}),
    "R$": frozenset({"BRL"}),
    "C$": frozenset({"CAD"}),
    "US$": frozenset({"USD"}),
    "Kč": frozenset({"CZK"}),
    "zł": frozenset({"PLN"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "kr.": frozenset({"DKK", "SEK", "NOK"}),
    "Ft": frozenset({"HUF"}),
    "lei": frozenset({"RON"}),
    "Fr.": frozenset({"CHF"}),
}
"""Currency signs, and the currencies that each may stand for (ISO 4217)."""

_SPACES = re.compile("[\u00a0\u202f\u2009 ]")
_PARTS = re.compile(r"(\D*?)([.,]?\d[\d.,' ]*)(\D*)")
_PLAIN = {
    ".": re.compile(r"-?\d{1,15}(?:\.\d{1,9})?", re.ASCII),
    ",": re.compile(r"-?\d{1,15}(?:,\d{1,9})?", re.ASCII),
}
"""What most numbers look like, by their decimal sign: read without ado."""

Read = Callable[[Any], Any]


def number_reader(formats: Formats, most: int, *, money: bool) -> Read:
    """A reader of one cell as a Decimal within ±`most`, None where it is empty; raises BadCell.

    Numbers that the file itself holds as such are taken as they are; text must be written as `formats` says. Only money
    may carry a currency's sign, which must not contradict the map's currency.
    """
    largest = Decimal(most)
    plain, comma = _PLAIN[formats.decimal].fullmatch, formats.decimal == ","

    def read(value: Any) -> Decimal | None:
        kind = type(value)
        if kind is str:
            if plain(value):
                found = Decimal(value.replace(",", ".") if comma else value)
            else:
                found = parse_number(value, formats, money)
        elif kind is int or kind is Decimal:
            found = Decimal(value)
        elif kind is float:
            found = Decimal(repr(value))
        else:
            raise BadCell(Reason.WRONG_TYPE, "is no number")
        if not found.is_finite() or not -largest <= found <= largest:
            words = f"lies beyond {most:,}; if that is right, raise largest_{'amount' if money else 'quantity'}"
            raise BadCell(Reason.BAD_AMOUNT, f"{words} in [formats]")
        return found

    return read


def parse_number(text: str, formats: Formats, money: bool) -> Decimal:
    """The number that a text says, as `formats` writes them; raises BadCell."""
    plain = _SPACES.sub(" ", text).strip()
    negative = plain.startswith("(") and plain.endswith(")")
    found = _PARTS.fullmatch(plain[1:-1] if negative else plain)
    if not found:
        raise BadCell(Reason.BAD_AMOUNT, "is no number")
    before, digits, after = (each.strip() for each in found.groups())
    signs = f"{before} {after}"
    if signs.count("-") + signs.count("+") + negative > 1:
        raise BadCell(Reason.BAD_AMOUNT, "is no number")
    _check_sign(signs.replace("-", "").replace("+", "").strip(), formats.currency, money)
    number = Decimal(_digits(digits, formats))
    return -number if negative or "-" in signs else number


def _check_sign(sign: str, currency: str, money: bool) -> None:
    if not sign:
        return
    meant = SIGNS.get(sign) or (frozenset({sign}) if re.fullmatch("[A-Z]{3}", sign) else None)
    if not money or meant is None:
        raise BadCell(Reason.BAD_AMOUNT, "is no number: what stands beside the digits is no currency sign")
    if not currency and len(meant) > 1:
        raise BadCell(Reason.BAD_AMOUNT, f"'{sign}' may be {', '.join(sorted(meant))}; state currency in [formats]")
    if currency and currency not in meant:
        raise BadCell(Reason.BAD_AMOUNT, f"is written in '{sign}', but the map says {currency}")


def _digits(text: str, formats: Formats) -> str:
    decimal, thousands = formats.decimal, formats.thousands
    whole, point, part = text.partition(decimal)
    if thousands and thousands in whole:
        if not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+", whole):
            raise BadCell(Reason.BAD_AMOUNT, f"its thousands are not written with '{thousands}'")
        whole = whole.replace(thousands, "")
    if (whole and not whole.isdecimal()) or (point and not part.isdecimal()):
        words = (
            f"does not fit decimal '{decimal}' and thousands '{thousands}'; state in [formats] how numbers are written"
        )
        raise BadCell(Reason.BAD_AMOUNT, words)
    return f"{whole or '0'}.{part}" if point else whole
