"""Numbers as people write them: read as meant, or refused, never guessed."""

from decimal import Decimal
from typing import Any

import pytest

from regulars.collection.files.mapfile import Formats
from regulars.collection.files.numbers import number_reader
from regulars.collection.files.problem import BadCell

POINT = Formats(thousands=",")
COMMA = Formats(decimal=",", thousands=".", currency="EUR")
BARE = Formats()


def read(text: Any, formats: Formats = BARE, money: bool = True, most: int = 10**9) -> Decimal:
    found = number_reader(formats, most, money=money)(text)
    assert isinstance(found, Decimal)
    return found


@pytest.mark.parametrize(
    ("text", "formats", "number"),
    [
        ("12", BARE, "12"), ("12.50", BARE, "12.50"), ("-3.5", BARE, "-3.5"), ("+3.5", BARE, "3.5"),
        (".5", BARE, "0.5"),
        ("(12.50)", BARE, "-12.50"), ("12.50-", BARE, "-12.50"), ("1,234.50", POINT, "1234.50"),
        ("1.234,50", COMMA, "1234.50"), ("1.234.567", COMMA, "1234567"), ("49,90", COMMA, "49.90"),
        ("49,90 €", COMMA, "49.90"), ("€ 49,90", COMMA, "49.90"), ("-€49,90", COMMA, "-49.90"), ("EUR 3", COMMA, "3"),
        ("1 234,50", Formats(decimal=",", thousands=" "), "1234.50"),
        ("1\u00a0234,50 Kč", Formats(decimal=",", thousands=" ", currency="CZK"), "1234.50"),
        ("$1,234.50", Formats(thousands=",", currency="USD"), "1234.50"), ("-$4.90", Formats(currency="USD"), "-4.90"),
        ("1'234.50", Formats(thousands="'"), "1234.50"), (12, COMMA, "12"), (12.5, COMMA, "12.5"),
        (Decimal("1.5"), COMMA, "1.5"), ("£3", BARE.__class__(currency="GBP"), "3"),
    ],
)  # fmt: skip
def test_read(text: Any, formats: Formats, number: str) -> None:
    assert read(text, formats) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "formats", "words"),
    [
        ("12,50", BARE, "in .formats. how numbers are written"), ("1,234", BARE, "how numbers are written"),
        ("1.234,50", POINT, "thousands|how numbers"), ("1,23,456.0", POINT, "thousands"), ("12.5", COMMA, "thousands"),
        ("abc", BARE, "is no number"), ("--5", BARE, "is no number"), ("1 2", BARE, "how numbers"),
        ("12.50 $", COMMA, "is written in|thousands"), ("3 $", COMMA, "is written in '\\$', but the map says EUR"),
        ("$3", BARE, "may be .*USD"), ("3 foo", BARE, "no currency sign"), ("1e5", BARE, "is no number"),
        ("NaN", BARE, "is no number"), (float("nan"), BARE, "beyond"), (True, BARE, "is no number"),
        ("99999999999", BARE, "lies beyond"), ("12%", BARE, "no currency sign"), ("", BARE, "is no number"),
    ],
)  # fmt: skip
def test_refused(text: Any, formats: Formats, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        read(text, formats)


def test_quantities_carry_no_currency() -> None:
    with pytest.raises(BadCell, match="is no number"):
        read("3 €", COMMA, money=False)


def test_absurd_quantities() -> None:
    with pytest.raises(BadCell, match="largest_quantity"):
        read("89638", money=False, most=10_000)
