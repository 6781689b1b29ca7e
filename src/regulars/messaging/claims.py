"""What a text claims that somebody could hold the shop to: amounts, shares, days, codes; found in plain English."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from regulars.messaging.render.marks import BadMark, marked

AMOUNT, PERCENT, DAY, WEEKDAY, CODE = "price", "per cent", "date", "weekday", "code"
KINDS: Final = (AMOUNT, PERCENT, DAY, WEEKDAY, CODE)

_CODES: Final = "EUR|USD|GBP|CHF|SEK|DKK|NOK|PLN|CZK|JPY|CAD|AUD"
_SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP"}
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH: Final = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
_NUMBER: Final = r"\d+(?:[.,]\d{3})*(?:[.,]\d{1,2})?"

_AMOUNT: Final = re.compile(rf"(?:(€|£|\$|\b(?:{_CODES}))\s?({_NUMBER}))|(?:({_NUMBER})\s?(€|£|(?:{_CODES})\b))")
_PERCENT: Final = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s?(?:%|per ?cent\b)", re.IGNORECASE)
_ISO: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DOTS: Final = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_DAY_MONTH: Final = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?(?:,? (\d{{4}}))?", re.IGNORECASE
)
_MONTH_DAY: Final = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?", re.IGNORECASE)
_WEEKDAY: Final = re.compile(rf"\b(?:until|till|by|before|ends?(?: on)?) ({'|'.join(WEEKDAYS)})\b", re.IGNORECASE)
_CODE: Final = re.compile(r"\b[Cc]ode:? +([A-Z0-9][A-Z0-9-]{2,39})\b|\b(?=[A-Z]*\d)(?=\d*[A-Z])([A-Z0-9]{4,20})\b")


class Claim(msgspec.Struct, frozen=True):
    """One claim: its kind, its value as it can be compared, and the words that make it."""

    kind: str
    value: str
    words: str


def literal(source: str) -> str:
    """What a text says by itself, without what Liquid puts in. A text that cannot be read says nothing."""
    try:
        return re.sub("[\ue000\ue004]\\d+\ue001", " ", marked(source).marked)
    except BadMark:
        return ""


def claims(text: str) -> Iterator[Claim]:
    """The claims of a text."""
    for found in _AMOUNT.finditer(text):
        sign, number = found[1] or found[4], found[2] or found[3]
        yield Claim(AMOUNT, f"{_number(number)} {_SIGNS.get(sign, sign)}", found.group().strip())
    for found in _PERCENT.finditer(text):
        yield Claim(PERCENT, found[1].replace(",", "."), found.group())
    rest = _AMOUNT.sub(" ", text)
    for year, month, day, words in _days(rest):
        yield Claim(DAY, f"{year or '*'}-{month:02}-{day:02}", words.rstrip(".,"))
    for found in _WEEKDAY.finditer(rest):
        yield Claim(WEEKDAY, found[1].lower(), found.group())
    for found in _CODE.finditer(rest):
        yield Claim(CODE, found[1] or found[2], found[1] or found[2])


def agrees(claim: Claim, said: frozenset[tuple[str, str]]) -> bool:
    """Whether (kind, value) pairs that were said once hold this claim; a day without its year is of any year."""
    if (claim.kind, claim.value) in said:
        return True
    if claim.kind != DAY:
        return False
    known = [value for kind, value in said if kind == DAY]
    tail = claim.value.partition("-")[2] if claim.value.startswith("*") else ""
    return any(each.endswith(f"-{tail}") for each in known) if tail else f"*-{claim.value[5:]}" in known


def _days(text: str) -> Iterator[tuple[int, int, int, str]]:
    for found in _ISO.finditer(text):
        yield from _real(int(found[1]), int(found[2]), int(found[3]), found.group())
    for found in _DOTS.finditer(_ISO.sub(" ", text)):
        yield from _real(int(found[3] or 0), int(found[2]), int(found[1]), found.group())
    for found in _DAY_MONTH.finditer(text):
        yield from _real(int(found[3] or 0), _month(found[2]), int(found[1]), found.group())
    for found in _MONTH_DAY.finditer(_DAY_MONTH.sub(" ", text)):
        yield from _real(int(found[3] or 0), _month(found[1]), int(found[2]), found.group())


def _real(year: int, month: int, day: int, words: str) -> Iterator[tuple[int, int, int, str]]:
    try:
        date(year or 2000, month, day)
    except ValueError:
        return
    yield year, month, day, words


def _month(name: str) -> int:
    return next(at for at, each in enumerate(_MONTHS, 1) if each.startswith(name.lower()[:3]))


def _number(text: str) -> str:
    """1,299.00, 1.299,00 and 1299 as 1299.00: the last point or comma with one or two digits behind it is decimal."""
    found = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}))?", text)
    assert found is not None
    return f"{int(re.sub('[.,]', '', found[1]))}.{(found[2] or '').ljust(2, '0')}"
