"""Gifts and hidden things: the last word counts, in whatever order the words come; and what follows for a taste."""

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from regulars.model.interaction import Interaction
from regulars.model.order import Money, Order, Place, Returned
from regulars.model.product import Line
from regulars.recommendations.taste import DAY, taste
from regulars.recommendations.words import GIFT, HIDDEN, NOT_GIFT, SHOWN, SILENCE, Word, spoken, word_of

NONE: tuple[str, ...] = ()


def order(id: str, day: int, *products: str, returned: tuple[str, ...] = NONE, cancelled: bool = False) -> Order:
    return Order(
        "main", id, True, False, False, day * DAY, "shop", Money("EUR"), Place("store", "12"),
        tuple(Line(each) for each in products),
        tuple(Returned(each, "", Decimal(1), (day + 1) * DAY) for each in returned), cancelled, 0, 0, 0, (),
    )  # fmt: skip


def said(name: str, time: int = 1, trust: int = 1, **properties: object) -> Word | None:
    return word_of(name, dict(properties), trust, time, f"m-{name}-{time}")


def heard(*words: Word | None) -> list[Word]:
    return [word for word in words if word is not None]


def test_a_word_about_nothing_is_none() -> None:
    assert said(GIFT) is None and said(HIDDEN, order_id="o") is None
    assert said(GIFT, order_id=["o"]) is None and said(HIDDEN, product_id={"a": 1}) is None
    assert said(HIDDEN, products="x") is None and said(HIDDEN, products=[1, None]) is None
    assert said(GIFT, order_id=7) is not None


def test_a_line_an_order_and_a_product() -> None:
    about = spoken(heard(said(GIFT, order_id="o", product_id="a"), said(GIFT, product_id="z")))
    assert about.is_gift(order("o", 1, "a", "b"), "a") and not about.is_gift(order("o", 1, "a", "b"), "b")
    assert not about.is_gift(order("p", 1, "a"), "a") and about.is_gift(order("p", 1, "z"), "z")
    whole = spoken(heard(said(GIFT, order_id="o"), said(NOT_GIFT, 2, order_id="o", product_id="b")))
    assert whole.is_gift(order("o", 1, "a", "b"), "a") and not whole.is_gift(order("o", 1, "a", "b"), "b")
    assert not SILENCE.is_gift(order("o", 1, "a"), "a")


def test_undo_and_trust() -> None:
    assert spoken(heard(said(HIDDEN, 1, product_id="a"), said(SHOWN, 2, product_id="a"))).hidden == frozenset()
    assert spoken(heard(said(HIDDEN, 3, product_id="a"), said(SHOWN, 2, product_id="a"))).hidden == {"a"}
    by_browser = said(SHOWN, 9, trust=0, product_id="a")
    assert spoken(heard(said(HIDDEN, 1, product_id="a"), by_browser)).hidden == {"a"}


WORDS = st.lists(
    st.builds(
        lambda name, time, trust, order, product: said(name, time, trust, order_id=order, product_id=product),
        st.sampled_from((GIFT, NOT_GIFT, HIDDEN, SHOWN)), st.integers(1, 3), st.integers(0, 1),
        st.sampled_from(("", "o", "p")), st.sampled_from(("", "a", "b")),
    )
)  # fmt: skip


@given(WORDS, st.randoms(use_true_random=False))
def test_the_order_of_words_does_not_matter(words: list[Word | None], random: Random) -> None:
    there = heard(*words)
    again = random.sample(there, len(there)) + there[:2]
    assert spoken(there).hidden == spoken(again).hidden
    assert spoken(there).gifts == spoken(again).gifts


def test_what_counts_as_hers() -> None:
    orders = [
        order("1", 1, "kept", "back", "gift", "both", ""), order("2", 9, "kept", "both"),
        order("3", 5, "off", cancelled=True), order("1b", 2, "back", returned=("back",)),
    ]  # fmt: skip
    words = spoken(heard(said(GIFT, order_id="1", products=[{"product_id": "gift"}, {"product_id": "both"}])))
    looked = [Interaction("gift", "viewed", 1, 4, DAY), Interaction("wish", "wishlisted", 1, 1, DAY)]
    found = taste(orders, looked, words)
    assert [(each.product, each.day) for each in found.own] == [("both", 9.0), ("kept", 1.0), ("kept", 9.0)]
    assert found.had == {"kept", "back", "gift", "both"}
    assert found.barred == {"back"}
    assert [(each.product, each.kind, each.weight) for each in found.likings] == [("wish", "wishlisted", 1.0)]
    assert found.store == "12"


def test_bought_again_since_it_was_given_back() -> None:
    orders = [order("1", 1, "a", returned=("a",)), order("2", 5, "a")]
    found = taste(orders, (), SILENCE)
    assert [each.day for each in found.own] == [5.0] and found.barred == frozenset()


def test_what_was_taken_back_is_no_liking() -> None:
    said = (
        ("a", "saved", 1, 10), ("a", "unsaved", 1, 20), ("b", "wishlisted", 1, 9), ("b", "unwishlisted", 1, 5),
        ("c", "shared", 1, 5), ("d", "viewed", 9, 5),
    )  # fmt: skip
    rows = [Interaction(product, kind, 1, n, last) for product, kind, n, last in said]
    found = taste((), rows, SILENCE)
    assert [(each.product, each.kind, each.weight) for each in found.likings] == [
        ("b", "wishlisted", 1.0), ("d", "viewed", 0.1),
    ]  # fmt: skip
