"""Interactions: additive rows, and what was viewed but not bought."""

import random
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from support.happened import MINUTE, START, event

from regulars.model.event import Event
from regulars.model.interaction import KINDS, Interaction
from regulars.model.order import Order
from regulars.profiles.activity import DAY, session_count
from regulars.profiles.facts import facts_of
from regulars.profiles.interactions import KIND_OF, add_up, interactions_of, viewed_not_bought
from regulars.profiles.orders import combine


def order(*products: str, at: int, cancelled: bool = False) -> Order:
    lines = [{"product_id": each} for each in products]
    report = facts_of(event("Order Completed", {"order_id": "1", "products": lines}, at=at), ()).order
    off = facts_of(event("Order Cancelled", {"order_id": "1"}, at=at), ()).cancellation
    assert report and off
    return combine([report], (), [off] if cancelled else [])


def viewed(product: str, at: int) -> Event:
    return event("Product Viewed", {"product_id": product}, at=at)


def test_a_product_without_an_id_makes_no_row() -> None:
    assert interactions_of(event("Product Viewed", {"name": "Milk", "product_id": " "})) == ()
    assert interactions_of(event("Cart Shared", {"products": [{"name": "x"}]})) == ()


def test_only_known_kinds_and_never_bought() -> None:
    assert set(KIND_OF.values()) == set(KINDS)
    assert interactions_of(event("Order Completed", {"product_id": "1"})) == ()


def test_a_row_a_product_even_if_listed_twice() -> None:
    rows = interactions_of(event("Cart Shared", {"products": [{"sku": "b"}, {"product_id": "a"}, {"product_id": "a"}]}))
    assert rows == tuple(Interaction(each, "shared", START // DAY, 1, START) for each in "ab")


def test_viewed_but_not_bought() -> None:
    rows = [row for at in (1, 5) for name in "ab" for row in interactions_of(viewed(name, at))]
    assert viewed_not_bought(rows, [order("a", at=6)]) == (("b", START + 5 * MINUTE),)
    assert [product for product, _ in viewed_not_bought(rows, [order("a", at=3)])] == ["a", "b"]
    assert [product for product, _ in viewed_not_bought(rows, [order("a", at=6, cancelled=True)])] == ["a", "b"]


rows = st.lists(
    st.builds(
        Interaction,
        st.sampled_from("abc"),
        st.sampled_from(KINDS[:3]),
        st.integers(1, 3),
        st.integers(1, 5),
        st.integers(0, 9),
    )
)


@given(rows, rows, st.randoms(use_true_random=False))
def test_adding_up_knows_no_order(a: list[Interaction], b: list[Interaction], chance: random.Random) -> None:
    both = [*a, *b]
    chance.shuffle(both)
    assert add_up(both) == add_up([*add_up(a), *add_up(b)])
    assert sum(row.n for row in add_up(both)) == sum(row.n for row in both)


def test_sessions_are_unbroken_runs_also_across_midnight() -> None:
    assert session_count({}) == 0
    assert session_count({"2026-03-01": 0b1011}) == 2
    assert session_count({"2026-03-01": 1 << 47, "2026-03-02": 1}) == 1
    assert session_count({"2026-03-01": 1 << 47, "2026-03-03": 1}) == 2
    assert session_count({"2026-02-28": 1 << 47, "2026-03-01": 0b101}) == 2
