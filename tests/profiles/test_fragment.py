"""The laws of a fragment, with every bound at 3 so that all of them bite."""

import random
import sys
from itertools import permutations
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from support.happened import SHOP, SITE, TILL, event

from regulars.model.event import Event
from regulars.profiles.facts import fragment_of
from regulars.profiles.fragment import EMPTY, Bounds, Fragment, bounded, decode, decode_said, encode, merge, merge_all

TIGHT = Bounds(3, 3, 3, 3, 3, 3)
DAY = 24 * 60

few = st.sampled_from("abcde")
values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(few, max_size=2))
names = st.sampled_from(
    [
        "Product Added",
        "Product Removed",
        "Order Completed",
        "Cart Cleared",
        "Cart Viewed",
        "Product Viewed",
        "Message Sent",
    ]
)


@st.composite
def events(draw: st.DrawFn) -> Event:
    name = draw(names)
    properties: dict[str, Any] = {"product_id": draw(few), "quantity": draw(st.integers(0, 3)), "channel": draw(few)}
    if name == "Cart Viewed":
        lines = st.fixed_dictionaries({"product_id": few, "quantity": st.integers(0, 3)})
        properties["products"] = draw(st.none() | st.lists(lines, max_size=5))
    if draw(st.booleans()):
        properties["store_id"] = draw(few)
    return event(
        name,
        properties,
        at=draw(st.integers(0, 6)) * (DAY if draw(st.booleans()) else 40),
        source=draw(st.sampled_from([SHOP, SITE, TILL])),
        kind=draw(st.sampled_from(["track", "track", "page", "identify", "group"])),
        message_id=draw(st.sampled_from(["m1", "m2", "m3"])),
        traits=draw(st.dictionaries(few, values, max_size=5)),
        context={"device": {"id": draw(few), "model": draw(few)}},
        origin=draw(st.sampled_from(["", "simulated"])),
    )


def fold(happened: list[Event]) -> Fragment:
    whole = EMPTY
    for each in happened:
        whole = merge(whole, fragment_of(each, TIGHT), TIGHT)
    return whole


fragments = st.lists(events(), max_size=6).map(fold)


@given(fragments, fragments, fragments)
def test_merge_is_associative(a: Fragment, b: Fragment, c: Fragment) -> None:
    assert encode(merge(merge(a, b, TIGHT), c, TIGHT)) == encode(merge(a, merge(b, c, TIGHT), TIGHT))


@given(fragments, fragments)
def test_merge_is_commutative(a: Fragment, b: Fragment) -> None:
    assert encode(merge(a, b, TIGHT)) == encode(merge(b, a, TIGHT))
    assert merge(a, b, TIGHT) == merge(b, a, TIGHT)


@given(fragments)
def test_empty_is_neutral_and_bounds_hold(a: Fragment) -> None:
    assert merge(a, EMPTY, TIGHT) == a == merge(EMPTY, a, TIGHT) == bounded(a, TIGHT)
    for name in Fragment.__struct_fields__:
        value = getattr(a, name)
        assert not isinstance(value, dict) or len(value) <= 3, name


@given(st.lists(events(), max_size=12), st.randoms(use_true_random=False), st.integers(0, 12))
def test_any_order_and_any_batches_give_the_same(happened: list[Event], chance: random.Random, cut: int) -> None:
    shuffled = list(happened)
    chance.shuffle(shuffled)
    parts = [fold(shuffled[:cut]), fold(shuffled[cut:])]
    assert encode(merge_all(parts, TIGHT)) == encode(fold(happened))
    assert encode(merge_all([fragment_of(each, TIGHT) for each in shuffled], TIGHT)) == encode(fold(happened))


@given(fragments)
def test_round_trip(a: Fragment) -> None:
    assert decode(encode(a)) == a
    assert encode(decode(encode(a))) == encode(a)


@given(fragments, fragments)
def test_merge_changes_neither(a: Fragment, b: Fragment) -> None:
    before = encode(a), encode(b)
    merge(a, b, TIGHT)
    assert (encode(a), encode(b)) == before


def test_foreign_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="version none"):
        decode(b"")
    with pytest.raises(ValueError, match="version 99"):
        decode(b"\x63" + encode(EMPTY)[1:])
    with pytest.raises(msgspec.DecodeError):
        decode(encode(EMPTY)[:-1])


def trait(*told: Event) -> dict[str, bytes]:
    return {name: each.value for name, each in fold(list(told)).traits.items()}


def test_a_later_word_of_the_same_source_wins_and_null_is_a_tombstone() -> None:
    first = event("", at=1, kind="identify", traits={"city": "Ulm"})
    second = event("", at=2, kind="identify", traits={"city": None})
    assert trait(second, first) == {"city": b"null"}


def test_precedence_comes_before_time_and_message_id_ends_a_tie() -> None:
    shop = event("", at=1, kind="identify", traits={"city": "Ulm"})
    till = event("", at=9, source=TILL, kind="identify", traits={"city": "Bonn"})
    assert trait(shop, till) == {"city": b'"Ulm"'}
    a = event("", message_id="a", kind="identify", traits={"city": "A"})
    b = event("", message_id="b", kind="identify", traits={"city": "B"})
    assert trait(b, a) == trait(a, b) == {"city": b'"B"'}


def test_no_claim_pushes_out_what_a_server_said() -> None:
    said = event("", kind="identify", traits={"a": 1, "b": 2, "c": 3})
    flood = event("", at=5, kind="identify", source=SITE, traits={"a": 9, "x": 9, "y": 9, "z": 9})
    whole = fold([said, flood])
    assert set(whole.traits) == {"a", "b", "c"}
    assert len(whole.claimed) == 3
    assert whole.trust == 3


def test_a_large_value_keeps_its_size_only_and_a_long_name_is_shortened() -> None:
    whole = fold([event("", kind="identify", traits={"essay": "x" * 2000, "n" * 300: 1, "n" * 299 + "m": 2})])
    assert whole.traits["essay"].value == b'{"too_large":2002}'
    assert sorted(len(name) for name in whole.traits) == [5, 200, 200]


def test_only_what_came_after_clearing_lies_in_the_cart() -> None:
    def add(at: int) -> Event:
        return event("Product Added", {"product_id": f"p{at}"}, at=at)

    clear = event("Order Completed", {"order_id": "1"}, at=5)
    assert set(fold([add(6), clear, add(4)]).cart) == {"p6"}
    till = event("Order Completed", {"order_id": "2", "channel": "store"}, at=9)
    assert set(fold([add(6), clear, till]).cart) == {"p6"}


def test_what_was_said_is_read_alone() -> None:
    with pytest.raises(ValueError):
        decode_said(b"")
    said = event("", kind="identify", traits={"city": "Ulm"})
    claim = event("", kind="identify", source=SITE, traits={"city": "Bonn"})
    whole = fold([said, claim, event("Product Viewed", {"product_id": "chess"}, source=SITE)])
    part = decode_said(encode(whole))
    assert (part.trust, part.traits, part.claimed) == (whole.trust, whole.traits, whole.claimed)
    assert whole.days and not part.days


def test_a_look_at_the_cart_says_what_lies_in_it() -> None:
    def one(name: str, product: str, at: int, message_id: str = "m") -> Event:
        return event(name, {"product_id": product, "quantity": 1}, at=at, message_id=message_id)

    def look(at: int, *products: str) -> Event:
        lines = [{"product_id": product, "quantity": 2} for product in products]
        return event("Cart Viewed", {"products": lines}, at=at, message_id="look")

    def lies(*happened: Event) -> dict[str, str]:
        carts = [fold(list(each)).cart for each in permutations(happened)]
        assert all(cart == carts[0] for cart in carts)
        return {product: entry.quantity for product, entry in carts[0].items() if entry.added}

    before, after = one("Product Added", "a", 1), one("Product Added", "d", 6)
    assert lies(before, look(5, "b", "c"), after) == {"b": "2", "c": "2", "d": "1"}
    assert lies(look(5, "b", "c"), one("Product Removed", "b", 6)) == {"c": "2"}
    assert lies(one("Product Added", "a", 1), look(5)) == {}
    assert lies(look(5, "b"), look(7, "c")) == {"c": "2"}
    assert lies(look(5, "b"), event("Cart Cleared", {}, at=6)) == {}
    # In the same microsecond the message id decides.
    assert lies(look(5, "b"), one("Product Removed", "b", 5, "z"), one("Product Added", "a", 5, "a")) == {"a": "1"}
    assert lies(look(5, "b"), one("Product Removed", "b", 5, "a")) == {"b": "2"}
    assert lies(one("Product Added", "a", 1), event("Cart Viewed", {"cart_id": "7"}, at=5)) == {"a": "1"}
    assert lies(one("Product Added", "a", 1), event("Cart Viewed", {"products": [{"name": "?"}]}, at=5)) == {"a": "1"}
    many = event("Cart Viewed", {"products": [{"product_id": str(n)} for n in range(9)]}, at=5)
    assert len(fold([many]).cart) == 3
