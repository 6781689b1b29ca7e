"""One customer's view: claims stay claims, spend is derived, nothing depends on the order of what is stored."""

import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support.happened import SITE, event, seen

from regulars.model.event import Event
from regulars.model.product import ProductInfo
from regulars.profiles.customer import customer_name, customer_view
from regulars.profiles.customer_facts import CustomerFacts, KnownIdentifier
from regulars.profiles.customer_view import CustomerView
from regulars.profiles.facts import facts_of
from regulars.profiles.interactions import add_up
from regulars.profiles.orders import combine

KNOWN = (
    KnownIdentifier("email", "", "greta@example.org", False, False, 1, 2, ("shop",)),
    KnownIdentifier("email", "", "house@example.org", False, True, 1, 9, ("shop",)),
    KnownIdentifier("phone", "", "+491701234567", True, False, 1, 2, ("site",)),
)


def gathered(events: list[Event], identifiers: tuple[KnownIdentifier, ...] = (), **more: Any) -> CustomerFacts:
    facts = [facts_of(each, seen("email:greta@example.org")) for each in events]
    reports = [each for f in facts for each in (f.order, f.cancellation, *f.refunds) if each]
    ids = {each.order_id for each in reports}
    orders = [
        combine(
            [f.order for f in facts if f.order and f.order.order_id == each],
            [refund for f in facts for refund in f.refunds if refund.order_id == each],
            [f.cancellation for f in facts if f.cancellation and f.cancellation.order_id == each],
        )
        for each in ids
    ]
    return CustomerFacts(
        id="c1",
        fragments=tuple(f.fragment for f in facts),
        identifiers=identifiers,
        orders=tuple(orders),
        interactions=add_up(row for f in facts for row in f.interactions),
        consents=tuple(word for f in facts for word in f.consents),
        **more,
    )


def bought(number: str, at: int, total: float, *products: str, **more: Any) -> Event:
    lines = [{"product_id": each, "category": "Games > Board", "name": f"The {each}"} for each in products]
    properties = {"order_id": number, "total": total, "currency": "USD", "products": lines, **more}
    return event("Order Completed", properties, at=at)


STORY = [
    event("", {}, kind="identify", traits={"firstName": "Greta", "lastName": "Berg", "vip": None}, at=0),
    event("", {}, kind="identify", traits={"vip": True, "size": 38}, at=-5),
    event("", {}, kind="identify", traits={"size": 50, "nick": "G"}, source=SITE, at=9),
    event("Product Viewed", {"product_id": "chess"}, at=1, context={"page": {"path": "/"}}, source=SITE),
    event("Product Viewed", {"product_id": "go"}, at=2, context={"page": {"path": "/"}}, source=SITE),
    event("Product Added", {"product_id": "go", "quantity": 2}, at=50, source=SITE),
    event("Product Added", {"product_id": "dice"}, at=51, source=SITE),
    bought("1", 40, 30, "chess", "dice", channel="store", store_id="7"),
    bought("2", 60, 10.5, "dice", channel="store", store_id="7"),
    bought("3", 61, 99, "gold", channel="phone"),
    event("Order Cancelled", {"order_id": "3"}, at=62),
    event("Order Refunded", {"order_id": "1", "amount": 5, "products": [{"product_id": "chess"}]}, at=70),
    event("Order Completed", {"order_id": "9", "total": 77, "currency": "USD", "channel": "phone"}, at=80, source=SITE),
    event("Consent Given", {"purpose": "news", "channel": "email"}, at=5),
    event("Product Viewed", {"product_id": "go"}, at=3, context={"device": {"id": "d1", "model": "Tab"}}, source=SITE),
]


@pytest.fixture
def greta() -> CustomerView:
    names = {"go": ProductInfo("Go", "Games"), "chess": ProductInfo("Chess")}
    return customer_view(gathered(STORY, KNOWN, products=names, stores={"7": "Old Town"}))


def test_nobody_is_an_empty_view() -> None:
    view = customer_view(CustomerFacts("x"))
    assert (view.name, view.first_seen, view.orders, view.spend, view.sessions.count) == (None, None, 0, (), 0)


def test_claims_never_stand_among_traits(greta: CustomerView) -> None:
    assert {name: trait.value for name, trait in greta.traits.items()} == {
        "firstName": "Greta", "lastName": "Berg", "size": 38,
    }  # fmt: skip
    assert {name: trait.value for name, trait in greta.claimed.items()} == {"size": 50, "nick": "G"}
    assert greta.name and (greta.name.value, greta.name.source) == ("Greta Berg", "shop")


def test_her_name_alone_is_the_name_of_the_view(greta: CustomerView) -> None:
    assert customer_name(gathered(STORY).fragments, True) == "Greta Berg"
    assert customer_name((), True) == ""
    claimed = gathered([event("", kind="identify", traits={"name": "Mallory"}, source=SITE)]).fragments
    assert (customer_name(claimed, True), customer_name(claimed, False)) == ("", "Mallory")


def test_of_a_browser_alone_its_word_is_all_there_is() -> None:
    view = customer_view(gathered([STORY[2]]))
    assert view.traits["nick"].value == "G"
    assert view.claimed == {}
    known = customer_view(gathered([STORY[2]], KNOWN))
    assert (known.traits, set(known.claimed)) == ({}, {"nick", "size"})


def test_spend_is_derived_and_claimed_orders_stand_apart(greta: CustomerView) -> None:
    assert (greta.orders, greta.cancelled_orders, greta.claimed_orders) == (2, 1, 1)
    assert [amount.text for amount in greta.spend] == ["35.50 USD"]
    assert [amount.text for amount in greta.refunds] == ["5.00 USD"]
    assert [amount.text for amount in greta.claimed_spend] == ["77.00 USD"]
    assert [order.order_id for order in greta.last_orders] == ["9", "3", "2", "1"]


def test_products(greta: CustomerView) -> None:
    assert [(each.product, each.name, each.n) for each in greta.viewed] == [("go", "Go", 2), ("chess", "Chess", 1)]
    assert [each.product for each in greta.viewed_not_bought] == ["go"]
    assert [(each.product, each.name, each.n) for each in greta.bought] == [
        ("dice", "The dice", 2), ("chess", "Chess", 1),
    ]  # fmt: skip
    assert [each.product for each in greta.returned] == ["chess"]
    assert [(each.product, each.name, each.quantity) for each in greta.open_cart] == [("go", "Go", "2")]
    assert [(each.key, each.orders) for each in greta.favourite_categories] == [("Games > Board", 2)]
    assert [(each.key, each.name, each.orders) for each in greta.favourite_stores] == [("7", "Old Town", 2)]


def test_contact_presence_and_consent(greta: CustomerView) -> None:
    assert [(each.value, each.shared) for each in greta.emails] == [
        ("greta@example.org", False), ("house@example.org", True),
    ]  # fmt: skip
    assert [each.claimed for each in greta.phones] == [True]
    assert {each.key for each in greta.channels} == {"store", "web", "phone", "app"}
    assert [(each.key, each.name) for each in greta.devices] == [("d1", "Tab")]
    assert [(each.purpose, each.word) for each in greta.consents] == [("news", "given")]
    assert greta.sessions.count >= 1
    assert not greta.simulated


def test_the_view_knows_no_order_and_is_json(greta: CustomerView) -> None:
    shuffled = list(STORY)
    random.Random(5).shuffle(shuffled)
    names = {"go": ProductInfo("Go", "Games"), "chess": ProductInfo("Chess")}
    again = customer_view(gathered(shuffled, KNOWN[::-1], products=names, stores={"7": "Old Town"}))
    assert msgspec.json.encode(again) == msgspec.json.encode(greta)
    assert msgspec.json.decode(msgspec.json.encode(greta), type=CustomerView) == greta


def test_simulated_shows() -> None:
    assert customer_view(gathered([event("Product Viewed", {"product_id": "1"}, origin="simulated")])).simulated
