"""Money: bad amounts first, then exact minor units."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.model.money import LIMIT, as_amount, currency_code, minor_units, money_text
from regulars.model.rejection import Reason, Refused


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "abc", "1,200.50", "$5", "1e5", "1_000", "٣", "NaN", "inf", "--1", "1" * 19, True, None, [], {},
        float("nan"), float("inf"), float("-inf"), 1e300, 10**14, -(10**14), 10**400, "99999999999999",
    ],
)  # fmt: skip
def test_a_bad_amount_is_refused_with_its_place(value: Any) -> None:
    with pytest.raises(Refused) as error:
        minor_units(value, "USD", "$.properties.total")
    assert error.value.reason is Reason.BAD_AMOUNT
    assert error.value.where == "$.properties.total"


@pytest.mark.parametrize("value", ["US", "DOLLAR", "12A", "ÄÖÜ", 5, True, ["USD"]])
def test_a_bad_currency_is_refused(value: Any) -> None:
    with pytest.raises(Refused) as error:
        currency_code(value, "$.properties.currency")
    assert error.value.reason is Reason.BAD_AMOUNT


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [
        (12.5, "USD", 1250), (19, "USD", 1900), ("12.50", "EUR", 1250), (" 7. ", "EUR", 700), (-0.0, "EUR", 0),
        (0.125, "USD", 12), (0.135, "USD", 14), ("0.125", "USD", 12), ("0.135", "USD", 14), (1.005, "USD", 100),
        (1200, "JPY", 1200), (0.5, "JPY", 0), (1.5, "JPY", 2), (1.2345, "KWD", 1234), ("1.2355", "KWD", 1236),
        (3, "CLF", 30000), (2.675, "", 268), (-2.5, "JPY", -2), (10**13, "USD", LIMIT), (0.1 + 0.2, "USD", 30),
    ],
)  # fmt: skip
def test_an_amount_becomes_minor_units(value: Any, currency: str, minor: int) -> None:
    assert minor_units(value, currency, "$") == minor


@given(st.floats(-1e13, 1e13), st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_the_short_way_equals_the_exact_way(value: float, currency: str) -> None:
    digits = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4}[currency]
    exact = int((Decimal(repr(value)) * 10**digits).to_integral_value(ROUND_HALF_EVEN))
    if abs(exact) <= LIMIT:
        assert minor_units(value, currency, "$") == exact


@given(st.integers(-LIMIT, LIMIT), st.sampled_from(["USD", "JPY", "KWD", ""]))
def test_words_read_back(minor: int, currency: str) -> None:
    assert minor_units(money_text(minor, currency).split(" ")[0], currency, "$") == minor


def test_words() -> None:
    assert as_amount(-5, "USD").text == "-0.05 USD"
    assert money_text(1200, "JPY") == "1200 JPY"
    assert money_text(1250, "") == "12.50"
    assert currency_code("usd", "$") == "USD"
    assert currency_code(None, "$") == ""
