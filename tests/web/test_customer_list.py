"""What an address of the list may say, hostile words included, and what a line of CSV may not do."""

import pytest

from regulars.profiles.listing.find import Place
from regulars.web.csv_file import amount, csv_line
from regulars.web.customer_list import DAY, Asked, asked, wanted

ID = "ab" * 16


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "'; DROP TABLE customers"},
        {"seen": "1000000"},
        {"orders": "-1"},
        {"sort": "id; --"},
        {"consent": "yes"},
        {"spend_from": "NaN"},
        {"spend_from": "1e999"},
        {"spend_to": "Infinity"},
        {"spend_to": "1" * 20},
        {"q": "\0\n\x1b "},
        {"nobody": "knows"},
    ],
)
def test_what_nobody_can_mean_is_left_out(query: dict[str, str]) -> None:
    assert asked(query) == Asked()


@pytest.mark.parametrize("after", ["", "~", "x", f"x~{ID}", f"{2**70}~{ID}", "1~ab", f"1~{ID}00", "1~zz"])
def test_a_place_that_no_page_names_is_the_beginning(after: str) -> None:
    assert asked({"after": after}).place() is None


def test_places() -> None:
    assert asked({"after": f"-5~{ID}"}).place() == Place(-5, bytes.fromhex(ID))
    assert asked({"after": f"ada~b~{ID}", "sort": "name"}).place() == Place("ada~b", bytes.fromhex(ID))


def test_an_address_says_it_again() -> None:
    ask = asked({"q": "a&b=c", "orders": "2", "sort": "spend", "after": f"1~{ID}"})
    assert ask.address() == "/customers?q=a%26b%3Dc&orders=2&sort=spend"
    assert ask.address(after=ask.after).endswith(f"after=1~{ID}")
    assert ask.address(orders="") == "/customers?q=a%26b%3Dc&sort=spend"
    assert ask.sorted("spend").endswith("&up=1")
    assert Asked().address() == "/customers"


def test_who_is_wanted() -> None:
    who = wanted(
        asked({"spend_from": "12,5", "seen": "7", "orders": "0", "cart": "no", "origin": "real"}), 30 * DAY, "EUR"
    )
    assert (who.spend_from, who.seen_since, who.orders_to, who.cart, who.simulated) == (1250, 23 * DAY, 0, False, False)
    assert who.kind == "person"
    assert wanted(asked({"seen": "-30"}), 40 * DAY, "").seen_before == 10 * DAY
    assert wanted(asked({"spend_from": "12"}), 0, "JPY").spend_from == 12
    assert wanted(asked({"q": "ada"}), 0, "").kind == ""


@pytest.mark.parametrize("cell", ["=1+1", "+43660", "-x", "@a", "\tx", "\r=1", "-1+1"])
def test_a_formula_is_disarmed(cell: str) -> None:
    assert csv_line([cell]).lstrip('"')[0] == "'"


def test_what_is_none_stays_as_it_is() -> None:
    assert csv_line(["a,b", 'say "x"', "-12.50", "1"]) == '"a,b","say ""x""",-12.50,1\r\n'
    assert (amount(1250, "EUR"), amount(12, "JPY")) == ("12.50", "12")
