"""Sizes: what was stated in whatever shape, and what was bought for herself and kept."""

from typing import Any

import pytest
from support.happened import START, event

from regulars.clienteling.hint import hint
from regulars.clienteling.sizes import SINCE, Size, bought_sizes, stated_sizes
from regulars.model.order import Order
from regulars.model.product import Product, Variant
from regulars.profiles.facts import facts_of
from regulars.profiles.orders import combine

SHOE = Product("shoe", category=("Sport", "Shoes"), variants=(Variant("s-38", size="38"), Variant("s-39", size="39")))
COAT = Product("coat", category=("Coats",), variants=(Variant("c-m", name="M", size="M"),))
KNOWN = {"shoe": SHOE, "coat": COAT}


def order(number: int, *lines: tuple[str, str], back: str = "", name: str = "Order Completed") -> Order:
    said = [{"product_id": product, "variant": variant, "price": 5} for product, variant in lines]
    told = facts_of(event(name, {"order_id": str(number), "products": said}, at=number), ()).order
    assert told is not None
    returned = {"order_id": str(number), "products": [{"product_id": back, "price": 5}]}
    refunds = facts_of(event("Order Refunded", returned, at=number + 1), ()).refunds if back else ()
    return combine([told], refunds)


def nothing(order: Order, product: str) -> bool:
    return False


@pytest.mark.parametrize("value", [None, "", [], {}, {"Shoes": None}, {"Shoes": {"eu": 38}}, [[]], " "])
def test_nothing_stated(value: Any) -> None:
    assert stated_sizes(value) == ()


def test_stated() -> None:
    assert stated_sizes({"Shoes": "38½", "Tops": ["M", " L "]}) == (
        Size("Shoes", "38½"), Size("Tops", "M"), Size("Tops", "L"),
    )  # fmt: skip
    assert stated_sizes(["S", 40]) == (Size("", "S"), Size("", "40"))
    assert stated_sizes("XL") == (Size("", "XL"),)
    assert len(stated_sizes([str(n) for n in range(99)])) == 12


def test_bought() -> None:
    orders = [order(3, ("shoe", "s-39"), ("coat", "M")), order(2, ("shoe", "s-38")), order(1, ("shoe", "38"))]
    found = bought_sizes(orders, KNOWN, nothing, START)
    assert found == (Size("Shoes", "38", 2), Size("Coats", "M", 1))


def test_what_says_nothing_of_her_size() -> None:
    unknown = order(1, ("hat", "L"), ("shoe", ""), ("shoe", "s-77"))
    assert bought_sizes([unknown], KNOWN, nothing, START) == ()
    assert bought_sizes([order(1, ("shoe", "s-38"), back="shoe")], KNOWN, nothing, START) == ()
    assert bought_sizes([order(1, ("shoe", "s-38"))], KNOWN, lambda order, product: product == "shoe", START) == ()
    assert bought_sizes([order(1, ("shoe", "s-38"))], KNOWN, nothing, START + 2 * SINCE) == ()


def test_hints() -> None:
    assert hint([]) == hint(["anonymous_id:abc"]) == ""
    assert hint(["loyalty_id:2907999733", "email:ada@shop.example"]) == "a…@shop.example"
    assert (hint(["phone:+442071838750"]), hint(["loyalty_id:2907999733"])) == ("phone …750", "card …733")
