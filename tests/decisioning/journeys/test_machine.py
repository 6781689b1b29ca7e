"""How an entry goes through its steps: pure, whatever asks."""

from collections.abc import Sequence

import msgspec

from regulars.decisioning.journeys.happened import Happened, happened, in_cart, in_segment
from regulars.decisioning.journeys.journey import DAY, HOUR, MINUTE, Journey
from regulars.decisioning.journeys.machine import Entry, decided, enter, subjects, turn
from regulars.decisioning.journeys.reading import read_journey
from regulars.decisioning.journeys.store import shipped

NOON = 1_773_480_900_000_000
HER = bytes(16)


class World:
    """A shop where bread is bought weekly, and everything lies on a shelf but hats."""

    def gap(self, product: str) -> float | None:
        return {"bread": 7.0, "jam": 30.0}.get(product)

    def article(self, products: Sequence[str]) -> str:
        return "care" if "coat" in products else ""

    def in_stock(self, products: Sequence[str]) -> bool:
        return any(each != "hat" for each in products)


SHOP = World()


def journey(name: str) -> Journey:
    return read_journey(shipped()[name])


def at(hours: float, name: str, **properties: object) -> Happened:
    return happened(NOON + int(hours * HOUR), name, f"{name}{hours}", properties, False)


def come_in(name: str, event: Happened) -> tuple[Journey, Entry]:
    made = journey(name)
    return made, enter(made, HER, HER, event, subjects(made, event)[0], SHOP).entry


def test_the_cart_is_reminded_of_only_while_it_is_there() -> None:
    added = at(0, "Product Added", product_id="coat")
    made, entry = come_in("abandoned-cart", added)
    assert entry.wake == NOON + 4 * HOUR and entry.products == ("coat",)
    assert turn(made, entry, [added], entry.wake, SHOP).ask
    emptied = [added, at(1, "Product Removed", product_id="coat")]
    assert turn(made, entry, emptied, entry.wake, SHOP).outcome == "not so"
    for channel in ("web", "store"):
        bought = [added, at(1, "Order Completed", order_id="1", channel=channel)]
        assert turn(made, entry, bought, entry.wake, SHOP).outcome == "did"
    # What is to come does not count yet; what was before she came in never.
    later = [at(-1, "Order Completed", order_id="0"), added, at(5, "Order Completed", order_id="1")]
    assert turn(made, entry, later, entry.wake, SHOP).ask
    assert turn(made, entry, [added], entry.wake + 3 * DAY, SHOP).outcome == "too late"


def test_asked_again_until_patience_ends() -> None:
    added = at(0, "Product Added", product_id="coat")
    made, entry = come_in("abandoned-cart", added)
    asked = turn(made, entry, [added], entry.wake, SHOP)
    assert asked.entry.asked == entry.wake and asked.entry.tries == 0
    later = decided(made, asked.entry, "unsent", entry.wake + DAY, entry.wake, SHOP)
    assert (later.outcome, later.entry.wake, later.entry.tries) == ("", entry.wake + DAY, 1)
    again = turn(made, later.entry, [added], later.entry.wake, SHOP)
    assert again.ask and again.entry.asked == entry.wake
    sent = decided(made, again.entry, "sent", 0, later.entry.wake, SHOP)
    assert (sent.outcome, [each.what for each in sent.passed]) == ("finished", ["sent", "finished"])
    ended = decided(made, again.entry, "unsent", later.entry.wake + 2 * DAY, later.entry.wake, SHOP)
    assert (ended.outcome, ended.passed[0].what) == ("finished", "unsent")


def test_looked_twice_at_the_same() -> None:
    looks = [at(0, "Product Viewed", product_id="coat"), at(1, "Product Viewed", product_id="scarf")]
    made, entry = come_in("abandoned-browse", looks[0])
    assert entry.subject == "coat"
    assert turn(made, entry, looks, entry.wake, SHOP).outcome == "not so"
    looks.append(at(2, "Product Viewed", product_id="coat"))
    assert turn(made, entry, looks, entry.wake, SHOP).ask
    hat = [at(hour, "Product Viewed", product_id="hat") for hour in (0, 1)]
    made, entry = come_in("abandoned-browse", hat[0])
    assert turn(made, entry, hat, entry.wake, SHOP).outcome == "not so"


def test_due_again_when_others_buy_again() -> None:
    order = at(0, "Order Completed", order_id="1", products=[{"product_id": "jam"}, {"product_id": "bread"}])
    assert come_in("due-again", order)[1].wake == NOON + 7 * DAY
    unknown = at(0, "Order Completed", order_id="1", products=[{"product_id": "nail"}])
    assert come_in("due-again", unknown)[1].wake == NOON + 120 * DAY


def test_only_what_an_article_is_about() -> None:
    for product, outcome in (("coat", ""), ("hat", "not so")):
        order = at(0, "Order Completed", order_id="1", products=[{"product_id": product}])
        made, entry = come_in("how-to", order)
        assert (entry.subject, turn(made, entry, [order], entry.wake, SHOP).outcome) == ("1", outcome)
    assert subjects(journey("how-to"), at(0, "Order Completed")) == []


def test_two_words_to_win_her_back() -> None:
    joined = at(0, "Segment Joined", segment="slipping-regulars")
    made, entry = come_in("win-back", joined)
    first = turn(made, entry, [joined], entry.wake, SHOP)
    sent = decided(made, first.entry, "sent", 0, entry.wake, SHOP)
    assert (sent.entry.step, sent.entry.wake, sent.entry.asked) == (2, entry.wake + 14 * DAY, 0)
    second = turn(made, sent.entry, [joined], sent.entry.wake, SHOP)
    assert second.ask and second.ask.messages == ("win-back-2",)
    left = [joined, at(24, "Segment Left", segment="slipping-regulars")]
    assert turn(made, sent.entry, left, sent.entry.wake, SHOP).outcome == "not so"
    unsent = decided(made, first.entry, "unsent", 0, entry.wake, SHOP)
    assert unsent.outcome == "unsent"


def test_a_step_is_passed_over() -> None:
    text = """
title: t
purpose: service
topic: t
begins: [A]
steps:
  - condition: {did: B}
    otherwise: skip
  - message: first
  - message: second
    otherwise: leave
"""
    made, event = read_journey(text), at(0, "A")
    entry = enter(made, HER, HER, event, "", SHOP).entry
    assert entry.wake == event.time
    move = turn(made, entry, [event], NOON + 1, SHOP)
    assert move.ask and move.ask.messages == ("second",)
    assert [(each.step, each.what) for each in move.passed] == [(0, "done"), (1, "skipped")]
    move = turn(made, entry, [event, at(0.5, "B")], NOON + HOUR, SHOP)
    assert move.ask and move.ask.messages == ("first",)
    after = decided(made, move.entry, "unsent", 0, NOON + HOUR, SHOP)
    assert after.ask and after.entry.step == 2 and after.entry.wake == NOON + HOUR
    again = turn(made, after.entry, [event], NOON + HOUR, SHOP)
    assert again.ask and again.ask.messages == ("second",)


def test_what_lies_in_the_cart() -> None:
    history = [
        at(0, "Product Added", product_id="a"), at(1, "Product Added", product_id="b"),
        at(2, "Product Removed", product_id="a"), at(3, "Order Completed", channel="store", products=[{"id": "b"}]),
        at(4, "Cart Viewed", products=[{"product_id": "c"}, {"product_id": "d"}]),
        at(5, "Order Completed", order_id="1"), at(6, "Product Added", product_id=7), at(7, "Cart Cleared"),
    ]  # fmt: skip
    wanted = [{"a"}, {"a", "b"}, {"b"}, set(), {"c", "d"}, set(), {"7"}, set()]
    assert [in_cart(history, NOON + hour * HOUR) for hour in range(8)] == wanted


def test_the_last_word_of_a_segment_counts() -> None:
    history = [
        at(0, "Segment Joined", segment="x"),
        at(1, "Segment Left", segment="x"),
        at(2, "Segment Joined", segment="x"),
    ]
    assert [in_segment(history, "x", NOON + hour * HOUR) for hour in (-1, 0, 1, 2)] == [False, True, False, True]
    assert not in_segment(history, "y", NOON + DAY)


def test_wrong_types_are_passed_over() -> None:
    event = happened(
        NOON, "Order Completed", "k", {"order_id": ["x"], "products": ["x", {"product_id": {}}, {"id": 3}]}, False
    )
    assert (event.order, event.products) == ("", ("3",))
    assert msgspec.structs.replace(event, time=NOON + MINUTE) > event
