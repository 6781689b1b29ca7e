"""Orders: told by browser, server and till in any order, and never added up."""

import random
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from support.happened import MINUTE, SHOP, SITE, START, TILL, event, seen

from regulars.model.event import Event
from regulars.model.order import CancellationReport, Order, OrderReport, RefundReport
from regulars.model.rejection import Reason, Refused
from regulars.profiles.facts import facts_of
from regulars.profiles.orders import combine, decode_reports, encode_reports, essential, is_claim, owner, rank, winner

LINES = [{"product_id": "a", "price": 10, "quantity": 2}, {"product_id": "b", "price": 2.5, "quantity": 1}]


def told(*events: Event) -> Order:
    orders: list[OrderReport] = []
    refunds: list[RefundReport] = []
    off: list[CancellationReport] = []
    for each in events:
        facts = facts_of(each, ())
        orders += [facts.order] if facts.order else []
        off += [facts.cancellation] if facts.cancellation else []
        refunds += facts.refunds
    return combine(orders, refunds, off)


def completed(at: int = 0, source: Any = SHOP, **properties: Any) -> Event:
    base = {"order_id": "1", "total": 22.5, "currency": "USD", "products": LINES}
    return event("Order Completed", {**base, **properties}, at=at, source=source)


def refund(at: int = 5, **properties: Any) -> Event:
    return event("Order Refunded", {"order_id": "1", "currency": "USD", **properties}, at=at)


def test_nothing_said_is_no_order() -> None:
    with pytest.raises(ValueError, match="empty"):
        combine([])


def test_a_refund_of_an_order_nobody_reported_is_kept_as_unknown() -> None:
    order = told(refund(amount=5))
    assert (order.known, order.refunded, order.spend, order.paid) == (False, 500, 0, None)


def test_browser_and_server_report_one_order_and_the_server_wins() -> None:
    order = told(completed(at=9, source=SITE, total=99), completed(at=1))
    assert (order.paid, order.spend, order.claimed, order.time) == (2250, 2250, False, START + MINUTE)


def test_a_public_key_cannot_add_lines_to_a_servers_order_nor_cancel_it() -> None:
    bare = event("Order Completed", {"order_id": "1", "total": 5})
    forged = completed(at=3, source=SITE)
    cancel = event("Order Cancelled", {"order_id": "1"}, at=4, source=SITE)
    order = told(bare, forged, cancel)
    assert (order.lines, order.cancelled, order.paid) == ((), False, 500)
    assert told(forged, cancel).cancelled
    assert told(forged).claimed


def test_an_update_without_lines_erases_none_and_moves_no_date() -> None:
    update = event("Order Updated", {"order_id": "1", "total": 20, "currency": "USD"}, at=100)
    order = told(update, completed())
    assert (order.paid, len(order.lines), order.time) == (2000, 2, START)


def test_a_nameless_update_does_not_take_the_order_away() -> None:
    bought = facts_of(completed(), seen("email:a@b.de")).order
    changed = facts_of(event("Order Updated", {"order_id": "1"}, at=9), seen("user_id:null", blocked="empty")).order
    assert bought and changed
    assert winner([bought, changed]) is changed
    assert owner([bought, changed]) is bought
    assert rank(changed) > rank(bought)


def claim(at: int = 50, source: Any = SHOP, **properties: Any) -> Event:
    return event("Receipt Claimed", {"order_id": "1", **properties}, at=at, source=source)


def test_a_public_key_claims_no_receipt() -> None:
    with pytest.raises(Refused) as refused:
        facts_of(claim(source=SITE), seen("email:a@b.de"))
    assert refused.value.reason is Reason.NOT_ALLOWED_FOR_CLIENT


def test_a_claim_names_whose_a_nameless_order_is_and_says_nothing_else_of_it() -> None:
    sold, hers = (
        facts_of(completed(store_id="12"), ()).order,
        facts_of(claim(total=1, store_id="x"), seen("email:a@b.de")).order,
    )
    assert sold and hers and is_claim(hers) and not is_claim(sold)
    assert owner([sold, hers]) is owner([hers, sold]) is hers
    assert combine([sold, hers]) == combine([sold])


def test_a_claim_takes_no_order_from_whom_another_report_names() -> None:
    hers, claimed = facts_of(completed(), seen("email:a@b.de")).order, facts_of(claim(), seen("email:c@d.de")).order
    assert hers and claimed
    assert owner([hers, claimed]) is hers
    browser = facts_of(completed(source=SITE), seen("email:a@b.de")).order
    assert browser and owner([browser, claimed]) is claimed
    assert combine([browser, claimed]) == combine([browser])


def test_what_was_only_claimed_is_no_order_yet() -> None:
    order = told(claim(), claim(at=51))
    assert (order.known, order.spend, order.lines) == (False, 0, ())
    assert told(claim(), completed()).known


@pytest.mark.parametrize(
    ("properties", "refunded", "flags"),
    [
        ({}, 2250, ()),
        ({"amount": 10}, 1000, ()),
        ({"total": 30}, 2250, ("refund_over_paid",)),
        ({"amount": -3}, 300, ()),
        ({"products": [{"product_id": "b"}]}, 250, ()),
        ({"products": [{"product_id": "a", "price": 10, "quantity": 1}]}, 1000, ()),
        ({"products": [{"product_id": "zzz"}]}, 0, ("refund_without_amount",)),
        ({"amount": 10, "currency": "EUR"}, 0, ("refund_currency_differs",)),
    ],
)
def test_refunds(properties: dict[str, Any], refunded: int, flags: tuple[str, ...]) -> None:
    order = told(completed(), refund(**properties))
    assert (order.refunded, order.flags, order.spend) == (refunded, flags, 2250 - refunded)


def test_one_refund_told_twice_counts_once_and_two_count_twice() -> None:
    assert told(completed(), refund(5, amount=5, refund_id="r"), refund(6, amount=5, refund_id="r")).refunded == 500
    assert told(completed(), refund(5, amount=5), refund(6, amount=5)).refunded == 1000


def test_a_cancelled_order_costs_nothing() -> None:
    order = told(completed(), event("Order Cancelled", {"order_id": "1"}, at=3))
    assert (order.cancelled, order.spend, order.paid) == (True, 0, 2250)


def test_revenue_stands_in_for_a_total_and_without_either_the_amount_is_unknown() -> None:
    order = told(event("Order Completed", {"order_id": "1", "revenue": 10, "tax": 2, "shipping": 3}))
    assert order.paid == 1500
    bare = told(event("Order Completed", {"order_id": "1", "products": LINES}))
    assert (bare.paid, bare.spend, bare.flags) == (None, 0, ("no_amount",))


def test_odd_lines_are_kept_and_flagged() -> None:
    lines = told(
        completed(
            products=[
                {"product_id": "fuel", "quantity": 89638, "value": 30},
                {"product_id": "coupon", "quantity": 0, "price": 0},
                {"quantity": "1.5", "unit": "kg", "price": 2, "name": "Grapes"},
                {"product_id": "litres", "quantity": 5000, "unit": "ml", "price": 1},
            ]
        )
    ).lines
    assert [line.flags for line in lines] == [
        ("large_quantity",), ("zero_value", "zero_quantity"), ("no_product",), (),
    ]  # fmt: skip
    assert [line.value for line in lines] == [3000, 0, None, None]
    assert lines[2].quantity == Decimal("1.5")


def test_an_order_without_an_id_is_named_by_receipt_else_by_message() -> None:
    receipt = {"receipt_id": "77", "store_id": 3, "till_id": "2"}
    by_receipt = facts_of(event("Order Completed", receipt, source=TILL), ()).order
    by_message = facts_of(event("Order Completed", {}, message_id="m"), ()).order
    assert by_receipt and by_message
    assert (by_receipt.order_id, by_receipt.space) == ("receipt:3/2/2023-11-14/77", "till")
    assert by_message.order_id == "message:m"


@st.composite
def reports(draw: st.DrawFn) -> OrderReport:
    properties: dict[str, Any] = {"order_id": "1"}
    if draw(st.booleans()):
        properties["total"] = draw(st.integers(0, 3))
    if draw(st.booleans()):
        properties["products"] = [{"product_id": draw(st.sampled_from("ab"))}]
    if draw(st.booleans()):
        properties["store_id"] = draw(st.sampled_from("12"))
    name = draw(st.sampled_from(["Order Completed", "Order Updated", "Receipt Claimed"]))
    sources = [SHOP, TILL] if name == "Receipt Claimed" else [SHOP, SITE, TILL]
    source, at = draw(st.sampled_from(sources)), draw(st.integers(0, 3))
    message = f"{source.name}{at}{name}{sorted(properties.items())}"
    named = seen("email:a@b.de") if draw(st.booleans()) else ()
    report = facts_of(event(name, properties, at=at, source=source, message_id=message + str(bool(named))), named).order
    assert report is not None
    return report


some = st.lists(reports(), min_size=1, max_size=8)


@given(some, some, st.randoms(use_true_random=False))
def test_only_the_essential_reports_matter_in_any_order(
    a: list[OrderReport], b: list[OrderReport], chance: random.Random
) -> None:
    shuffled = [*a, *b]
    chance.shuffle(shuffled)
    kept = essential([*a, *b])
    assert kept == essential(shuffled) == essential([*essential(a), *b]) == essential([*essential(b), *essential(a)])
    assert len(kept) <= 8
    assert combine(kept) == combine(shuffled)
    assert winner(kept) == winner(shuffled)
    assert owner(kept) == owner(shuffled)
    assert decode_reports(encode_reports(kept)) == kept


@given(st.permutations([completed(), refund(5, amount=2), refund(6), completed(source=SITE), refund(7, refund_id="x")]))
def test_refunds_in_any_order_give_the_same(events: list[Event]) -> None:
    order = told(*events)
    assert (order.refunded, order.spend) == (2250, 0)
    assert order == told(*sorted(events, key=lambda each: each.message_id))
