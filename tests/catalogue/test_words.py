"""What catalogue events say, and what of them is refused."""

from decimal import Decimal
from typing import Any

import pytest
from support.happened import SITE, START, event

from regulars.catalogue.words import words_of
from regulars.model.catalogue import AmountWord, CatalogueWords, StockWord
from regulars.model.rejection import Reason, Refused

HUGE = "9" * 30


def said(name: str, properties: dict[str, Any], currency: str = "") -> CatalogueWords:
    found = words_of(event(name, properties), currency)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "properties", "reason", "where"),
    [
        ("Product Updated", {"name": "Scarf"}, Reason.MISSING_FIELD, "product_id"),
        ("Product Updated", {"product_id": True}, Reason.WRONG_TYPE, "product_id"),
        ("Product Updated", {"product_id": "x" * 201}, Reason.ID_TOO_LONG, "product_id"),
        ("Product Updated", {"product_id": "1", "name": ["a"]}, Reason.WRONG_TYPE, "name"),
        ("Product Updated", {"product_id": "1", "category": [1]}, Reason.WRONG_TYPE, "category"),
        ("Product Updated", {"product_id": "1", "attributes": "red"}, Reason.WRONG_TYPE, "attributes"),
        ("Product Updated", {"product_id": "1", "x" * 201: 1}, Reason.TOO_LARGE, ""),
        ("Product Updated", {"product_id": "1", "url": "/" + "x" * 2000}, Reason.TOO_LARGE, "url"),
        ("Product Updated", {"product_id": "1", "price": "12,50"}, Reason.BAD_AMOUNT, "price"),
        ("Product Updated", {"product_id": "1", "price": -1}, Reason.BAD_AMOUNT, "price"),
        ("Product Updated", {"product_id": "1", "price": True}, Reason.BAD_AMOUNT, "price"),
        ("Product Updated", {"product_id": "1", "cost": HUGE}, Reason.BAD_AMOUNT, "cost"),
        ("Product Updated", {"product_id": "1", "cost": 1, "currency": "Euro"}, Reason.BAD_AMOUNT, "currency"),
        ("Product Updated", {"product_id": "1", "valid_from": "soon"}, Reason.BAD_TIME, "valid_from"),
        ("Product Updated", {"product_id": "1", "valid_from": True}, Reason.BAD_TIME, "valid_from"),
        ("Product Updated", {"product_id": "1", "valid_from": int(HUGE)}, Reason.TIME_OUT_OF_RANGE, "valid_from"),
        ("Product Updated", {"product_id": "1", "valid_from": "1960-01-01"}, Reason.TIME_OUT_OF_RANGE, "valid_from"),
        ("Product Updated", {"product_id": "1", "prices": {"price": 1}}, Reason.WRONG_TYPE, "prices"),
        ("Product Updated", {"product_id": "1", "prices": [{"price": "x"}]}, Reason.BAD_AMOUNT, "prices[0].price"),
        ("Product Updated", {"product_id": "1", "variants": [{}]}, Reason.MISSING_FIELD, "variants[0].variant_id"),
        ("Product Updated", {"product_id": "1", "variants": ["M"]}, Reason.WRONG_TYPE, "variants[0]"),
        ("Product Updated", {"product_id": "1", "variant_id": "M"}, Reason.WRONG_TYPE, "variant_id"),
        ("Store Updated", {"name": "Market"}, Reason.MISSING_FIELD, "store_id"),
        ("Store Updated", {"store_id": "1", "timezone": "../../etc/passwd"}, Reason.WRONG_TYPE, "timezone"),
        ("Store Updated", {"store_id": "1", "latitude": 91}, Reason.WRONG_TYPE, "latitude"),
        ("Store Updated", {"store_id": "1", "longitude": "nan"}, Reason.WRONG_TYPE, "longitude"),
        ("Store Updated", {"store_id": "1", "longitude": int("9" * 400)}, Reason.WRONG_TYPE, "longitude"),
        ("Store Updated", {"store_id": "1", "opening_hours": {"monday": []}}, Reason.WRONG_TYPE, "opening_hours"),
        ("Store Updated", {"store_id": "1", "opening_hours": {"mon": "9-18"}}, Reason.WRONG_TYPE, "opening_hours.mon"),
        (
            "Store Updated",
            {"store_id": "1", "opening_hours": {"mon": [["9:00", "25:00"]]}},
            Reason.WRONG_TYPE,
            "opening_hours.mon",
        ),
        (
            "Store Updated",
            {"store_id": "1", "opening_hours": {"exceptions": {"Christmas": []}}},
            Reason.WRONG_TYPE,
            "opening_hours.exceptions",
        ),
        ("Stock Updated", {"product_id": "1", "store_id": "2"}, Reason.MISSING_FIELD, "quantity"),
        ("Stock Updated", {"product_id": "1", "quantity": 3}, Reason.MISSING_FIELD, "store_id"),
        ("Stock Updated", {"store_id": "2", "quantity": 3}, Reason.MISSING_FIELD, "product_id"),
        (
            "Stock Updated",
            {"product_id": "1", "store_id": "2", "quantity": "many"},
            Reason.WRONG_TYPE,
            "quantity",
        ),
        ("Stock Updated", {"product_id": "1", "store_id": "2", "quantity": 1e300}, Reason.WRONG_TYPE, "quantity"),
        ("Article Updated", {"title": "Wool"}, Reason.MISSING_FIELD, "article_id"),
        ("Article Updated", {"article_id": "1", "format": "docx"}, Reason.WRONG_TYPE, "format"),
        ("Article Updated", {"article_id": "1", "body": {"a": 1}}, Reason.WRONG_TYPE, "body"),
        ("Article Updated", {"article_id": "1", "products": [{}]}, Reason.WRONG_TYPE, "products[0]"),
        ("Campaign Updated", {}, Reason.MISSING_FIELD, "campaign_id"),
        ("Coupon Updated", {"campaign_id": "8"}, Reason.MISSING_FIELD, "coupon_id"),
    ],
)
def test_what_is_refused(name: str, properties: dict[str, Any], reason: Reason, where: str) -> None:
    with pytest.raises(Refused) as refused:
        said(name, properties)
    assert refused.value.reason is reason
    assert refused.value.where == (f"$.properties.{where}" if where else "$.properties")


def test_a_public_key_may_not_speak_of_the_catalogue() -> None:
    with pytest.raises(Refused) as refused:
        words_of(event("Product Updated", {"product_id": "1"}, source=SITE))
    assert refused.value.reason is Reason.NOT_ALLOWED_FOR_CLIENT


def test_other_events_say_nothing_of_it() -> None:
    assert words_of(event("Product Viewed", {"product_id": "1"})) is None
    assert words_of(event("Product Updated", {"product_id": "1"}, kind="page")) is None


def test_fields_are_read_and_the_rest_is_kept() -> None:
    words = said(
        "Product Updated",
        {
            "id": 5, "title": " Blue scarf ", "ean": 4006381333931, "category": ["Women", " Knitwear"], "brand": None,
            "url": "", "topics": ["Wool", "wool", 3], "package_size": "2 kg", "attributes": {"care": ["cold"]},
        },
    )  # fmt: skip
    (thing,) = words.things
    assert (thing.kind, thing.id, thing.part) == ("product", "5", "")
    assert thing.fields == {
        "name": "Blue scarf", "gtin": "4006381333931", "category": "Women > Knitwear", "brand": None,
        "topics": ["wool", "3"], "attributes.package_size": "2 kg", "attributes.care": ["cold"],
    }  # fmt: skip
    assert words.rank.time == START


def test_amounts_take_what_they_do_not_state_from_around_them() -> None:
    words = said(
        "Product Updated",
        {
            "product_id": "1", "price": 20, "currency": "eur", "valid_from": "2026-03-01",
            "prices": [{"price": "15.5", "valid_from": "2025-01-01"}, {"cost": None, "variant_id": "M"}],
            "variants": [{"variant_id": "L", "price": 30, "prices": [{"cost": 9, "currency": "USD"}]}, {"id": 7}],
        },
    )  # fmt: skip
    march, january = 1_772_323_200_000_000, 1_735_689_600_000_000
    assert words.amounts == (
        AmountWord("1", "", "price", "EUR", march, 2000),
        AmountWord("1", "", "price", "EUR", january, 1550),
        AmountWord("1", "M", "cost", "EUR", march, None),
        AmountWord("1", "L", "price", "EUR", march, 3000),
        AmountWord("1", "L", "cost", "USD", march, 900),
    )
    assert [each.part for each in words.things] == ["", "L", "7"]
    bare = said("Product Updated", {"product_id": "1", "cost": 500}, "JPY")
    assert bare.amounts == (AmountWord("1", "", "cost", "JPY", START, 500),)


def test_stock_of_one_or_of_many() -> None:
    assert said("Stock Updated", {"product_id": 1, "store_id": 2, "quantity": "-3.5"}).stock == (
        StockWord("1", "", "2", Decimal("-3.5")),
    )
    many = {"store_id": "2", "stock": [{"product_id": "a", "quantity": 1}, {"product_id": "b", "quantity": None}]}
    assert said("Stock Updated", many).stock == (
        StockWord("a", "", "2", Decimal(1)), StockWord("b", "", "2", None),
    )  # fmt: skip


def test_opening_hours_keep_their_form() -> None:
    hours = {"mon": [["09:00", "12:00"], ["13:00", "24:00"]], "sun": [], "exceptions": {"2026-12-25": []}}
    (thing,) = said("Store Updated", {"store_id": "1", "opening_hours": hours}).things
    assert thing.fields["opening_hours"] == {
        "weekly": {"mon": [["09:00", "12:00"], ["13:00", "24:00"]], "sun": []}, "exceptions": {"2026-12-25": []},
    }  # fmt: skip
    (text,) = said("Store Updated", {"store_id": "1", "opening_hours": "Mo-Fr 9-18"}).things
    assert text.fields["opening_hours"] == {"text": "Mo-Fr 9-18"}
