"""What one event says: bad fields first, then every example of the E-commerce Spec."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from support.happened import SITE, START, event, seen

from regulars.model.rejection import Reason, Refused
from regulars.profiles.facts import Facts, Reading, facts_of
from regulars.profiles.fragment import EMPTY

SPEC = sorted((Path(__file__).parent.parent / "fixtures" / "segment-ecommerce").glob("*.json"))


@pytest.mark.parametrize(
    ("name", "properties", "where", "reason"),
    [
        ("Product Viewed", {"product_id": ["x"]}, "$.properties.product_id", Reason.WRONG_TYPE),
        ("Product Viewed", {"product_id": True}, "$.properties.product_id", Reason.WRONG_TYPE),
        ("Product Viewed", {"product_id": 1.5}, "$.properties.product_id", Reason.WRONG_TYPE),
        ("Product Viewed", {"product_id": "x" * 201}, "$.properties.product_id", Reason.ID_TOO_LONG),
        ("Product Viewed", {"product_id": 10**300}, "$.properties.product_id", Reason.ID_TOO_LONG),
        ("Product Viewed", {"sku": {}}, "$.properties.sku", Reason.WRONG_TYPE),
        ("Product Viewed", {"channel": {}}, "$.properties.channel", Reason.WRONG_TYPE),
        ("Product Added", {"product_id": "1", "quantity": "many"}, "$.properties.quantity", Reason.WRONG_TYPE),
        ("Product Added", {"product_id": "1", "quantity": 1e300}, "$.properties.quantity", Reason.WRONG_TYPE),
        ("Product Added", {"product_id": "1", "quantity": "1e-400"}, "$.properties.quantity", Reason.WRONG_TYPE),
        ("Product Added", {"product_id": "1", "name": []}, "$.properties.name", Reason.WRONG_TYPE),
        ("Cart Viewed", {"products": [{"sku": []}]}, "$.properties.products[0].sku", Reason.WRONG_TYPE),
        ("Cart Viewed", {"products": [{}, 1]}, "$.properties.products[1]", Reason.WRONG_TYPE),
        ("Cart Shared", {"products": "x"}, "$.properties.products", Reason.WRONG_TYPE),
        ("Cart Shared", {"products": [{}, 1]}, "$.properties.products[1]", Reason.WRONG_TYPE),
        ("Cart Shared", {"products": [{"sku": []}]}, "$.properties.products[0].sku", Reason.WRONG_TYPE),
        ("Store Entered", {"store_id": {}}, "$.properties.store_id", Reason.WRONG_TYPE),
        ("Order Completed", {"order_id": []}, "$.properties.order_id", Reason.WRONG_TYPE),
        ("Order Completed", {"total": "lots"}, "$.properties.total", Reason.BAD_AMOUNT),
        ("Order Completed", {"total": 1, "currency": 5}, "$.properties.currency", Reason.BAD_AMOUNT),
        ("Order Completed", {"products": {}}, "$.properties.products", Reason.WRONG_TYPE),
        ("Order Completed", {"products": [{"price": []}]}, "$.properties.products[0].price", Reason.BAD_AMOUNT),
        ("Order Completed", {"products": [{"category": [1]}]}, "$.properties.products[0].category", Reason.WRONG_TYPE),
        ("Order Refunded", {"amount": "NaN"}, "$.properties.amount", Reason.BAD_AMOUNT),
        ("Order Cancelled", {"reason": {}}, "$.properties.reason", Reason.WRONG_TYPE),
        ("Product Updated", {}, "$.properties.product_id", Reason.MISSING_FIELD),
        ("Coupon Updated", {"coupon_id": []}, "$.properties.coupon_id", Reason.WRONG_TYPE),
        ("Consent Given", {"channel": "email"}, "$.properties.purpose", Reason.MISSING_FIELD),
        ("Consent Given", {"purpose": "news"}, "$.properties.address", Reason.MISSING_FIELD),
        ("Consent Given", {"purpose": ["a"] * 51}, "$.properties.purpose", Reason.WRONG_TYPE),
        ("Consent Given", {"purpose": "a", "address": "x"}, "$.properties.address", Reason.WRONG_TYPE),
        ("Consent Given", {"purpose": "a", "email": "null"}, "$.properties.email", Reason.WRONG_TYPE),
    ],
)
def test_a_wrong_field_is_refused_with_its_place(
    name: str, properties: dict[str, Any], where: str, reason: Reason
) -> None:
    with pytest.raises(Refused) as error:
        facts_of(event(name, properties), ())
    assert (error.value.where, error.value.reason) == (where, reason)


@pytest.mark.parametrize("device", ["x", {"id": []}, {"id": "1", "model": {}}])
def test_a_wrong_device_is_refused(device: Any) -> None:
    with pytest.raises(Refused):
        facts_of(event("Product Viewed", context={"device": device}), ())


@pytest.mark.parametrize("name", ["Order Refunded", "Product Updated", "Store Updated"])
def test_a_public_key_may_not_say_this(name: str) -> None:
    with pytest.raises(Refused) as error:
        facts_of(event(name, {"product_id": "1", "store_id": "1", "order_id": "1"}, source=SITE), ())
    assert error.value.reason is Reason.NOT_ALLOWED_FOR_CLIENT


FIELDS = ["product_id", "sku", "price", "quantity", "total", "currency", "order_id", "channel", "store_id", "products"]
FIELDS += ["purpose", "address", "amount", "name", "category", "coupon_id", "refund_id", "device", "page", "unit"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)
TRACKS = [json.loads(path.read_text())["event"] for path in SPEC]
TRACKS += ["Consent Given", "Consent Withdrawn", "Product Updated", "Coupon Updated", "Product Tried On", "Else"]


@given(
    st.sampled_from(TRACKS),
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6),
    st.dictionaries(st.sampled_from(["device", "page", "app"]), json_values, max_size=2),
)
def test_any_json_is_read_or_refused(name: str, properties: dict[str, Any], context: dict[str, Any]) -> None:
    try:
        facts = facts_of(event(name, properties, context=context), seen("email:a@b.de"))
    except Refused as refused:
        assert refused.where.startswith("$.")
    else:
        assert isinstance(facts, Facts)


def test_the_spec_is_here() -> None:
    assert len(SPEC) == 25


@pytest.mark.parametrize("path", SPEC, ids=lambda path: path.stem)
def test_every_example_of_the_spec_is_read(path: Path) -> None:
    said = json.loads(path.read_text())
    facts = facts_of(event(said["event"], said["properties"]), seen("email:a@b.de"))
    kinds = {
        "Product Viewed": "viewed", "Product Clicked": "clicked", "Product Added": "added",
        "Wishlist Product Added to Cart": "added", "Product Removed": "removed", "Product Reviewed": "reviewed",
        "Product Added to Wishlist": "wishlisted", "Product Removed from Wishlist": "unwishlisted",
        "Product Shared": "shared", "Cart Shared": "shared",
    }  # fmt: skip
    assert {each.kind for each in facts.interactions} == ({kinds[said["event"]]} if said["event"] in kinds else set())
    assert len(facts.interactions) == (2 if said["event"] == "Cart Shared" else said["event"] in kinds)
    assert (facts.order is not None) == (said["event"] in ("Order Completed", "Order Updated"))
    assert (facts.cancellation is not None) == (said["event"] == "Order Cancelled")
    assert len(facts.refunds) == (said["event"] == "Order Refunded")
    if facts.order is not None:
        assert facts.order.money is not None and facts.order.money.total == 2750 and facts.order.money.currency == "USD"
        assert [line.price for line in facts.order.lines or ()] == [1900, 300]


def test_a_bot_leaves_no_trace_in_a_profile() -> None:
    for kind in ("track", "page", "identify"):
        facts = facts_of(event("Product Viewed", {"product_id": "1"}, kind=kind, traits={"a": 1}, bot=True), ())
        assert facts.fragment == EMPTY
        assert facts.interactions == ()


def test_nulls_count_as_absent() -> None:
    nothing = dict.fromkeys(FIELDS)
    for name in ("Product Viewed", "Product Added", "Order Completed", "Order Refunded", "Order Cancelled"):
        assert facts_of(event(name, nothing), ()).interactions == ()


def test_a_visit_in_a_store_is_seen_and_a_mailing_is_not() -> None:
    visit = facts_of(event("Store Entered", {"store_id": 7}), ()).fragment
    assert visit.store_first == visit.store_last == {"7": START}
    assert visit.channel_last == {"store": START}
    assert [(key, day.events) for key, day in visit.days.items()] == [("2023-11-14", {"store": 1})]
    sent = facts_of(event("Message Sent", {"channel": "email"}), ()).fragment
    assert (sent.channel_last, sent.days, sent.first) == ({}, {}, START)


@pytest.mark.parametrize(
    ("kind", "properties", "context", "channel"),
    [
        ("track", {"channel": "Web"}, {}, "web"), ("screen", {}, {}, "app"), ("page", {}, {}, "web"),
        ("track", {}, {"page": {"url": "/"}}, "web"), ("track", {}, {"device": {"id": "d"}}, "app"),
        ("track", {"store_id": "1"}, {"page": {"url": "/"}}, "store"),
    ],
)  # fmt: skip
def test_the_channel_is_stated_or_told(
    kind: str, properties: dict[str, Any], context: dict[str, Any], channel: str
) -> None:
    assert list(facts_of(event("", properties, kind=kind, context=context), ()).fragment.channel_last) == [channel]


def test_catalogue_events_make_records_and_touch_no_person() -> None:
    facts = facts_of(event("Product Updated", {"product_id": 5, "name": "Milk"}), seen("email:a@b.de"))
    assert facts.catalogue is not None
    assert [(each.kind, each.id, each.fields) for each in facts.catalogue.things] == [
        ("product", "5", {"name": "Milk"})
    ]
    assert facts.fragment == EMPTY
    part = facts_of(event("Coupon Updated", {"coupon_id": "c", "campaign_id": "8", "part": 2}), ()).catalogue
    assert part is not None and part.things[0].id == "c/8/2"


def test_the_shops_currency_stands_in_where_none_is_stated() -> None:
    order = facts_of(event("Order Completed", {"total": 500}), (), Reading(currency="JPY")).order
    assert order is not None and order.money is not None
    assert (order.money.currency, order.money.total) == ("JPY", 500)
