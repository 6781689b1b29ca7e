"""Journeys on a real database: who comes in by an event, what goes out, and that it goes once whatever is killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.installation import RECEIVED, SHOP, SITE, Installation, identify, track
from support.journeys import NOON, Shop, shop_of
from test_erasure import erase

from regulars.decisioning.journeys import counts, entries, place, store
from regulars.decisioning.journeys.journey import DAY, HOUR, MINUTE

CART = "abandoned-cart"


@pytest.fixture
def shop(installation: Installation) -> Iterator[Shop]:
    made = shop_of(installation, "ada", "bea")
    yield made


def about(row: dict[str, Any]) -> dict[str, Any]:
    """What a message is about, without the words why."""
    return {name: value for name, value in row["context"].items() if name != "why"}


def test_a_cart_left(shop: Shop) -> None:
    shop.on(CART)
    shop.send(track("Product Added", "ada", product_id="coat"), track("Product Added", "bea", product_id="coat"))
    assert shop.look() and not shop.look()
    assert shop.standing(CART) == {"ada": 0, "bea": 0}
    assert entries.next_wake(shop.connection, [CART]) == shop.last + 4 * HOUR - 1_000_000
    shop.send(track("Product Added", "ada", product_id="hat"))
    shop.look()
    shop.send(track("Order Completed", "bea", order_id="1", channel="store", total=9))
    shop.look()
    assert shop.standing(CART) == {"ada": 0}
    assert shop.turns.step(CART, NOON + 4 * HOUR - MINUTE) == 0
    assert shop.turns.step(CART, NOON + 5 * HOUR) == 1
    row = shop.outbox()[0]
    assert (row["message"], row["address"], about(row)) == (
        CART, "email:ada@mail.example", {"products": ["hat"], "product": "hat"},
    )  # fmt: skip
    assert row["context"]["why"].startswith("You got this because")
    assert shop.standing(CART) == {} and len(shop.outbox()) == 1
    # Not again within the week, though she leaves another cart.
    shop.send(track("Product Added", "ada", product_id="scarf"))
    shop.look()
    assert shop.standing(CART) == {}
    said = counts.totals(shop.connection)[CART]
    assert {what: n for (_, _, what), n in said.items()} == {
        "entered": 2, "did": 1, "done": 1, "sent": 1, "finished": 1,
    }  # fmt: skip


def test_what_is_old_or_came_before_it_was_on_begins_nothing(shop: Shop) -> None:
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.on(CART, at=RECEIVED + 1)
    assert shop.standing(CART) == {}
    shop.on(CART)
    shop.send({**track("Product Added", "bea", product_id="coat"), "timestamp": "2026-03-12T09:00:00Z"})
    shop.look()
    assert shop.standing(CART) == {}


def test_off_means_that_nothing_goes(shop: Shop) -> None:
    shop.on(CART)
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.look()
    store.switch(shop.connection, "cli", CART, False)
    assert store.running(shop.connection) == {}
    shop.send(track("Product Added", "bea", product_id="coat"))
    shop.look()
    shop.on(CART)
    shop.look()
    assert shop.standing(CART) == {"ada": 0}
    assert shop.turns.step(CART, NOON + 5 * DAY) == 1
    assert shop.outbox() == [] and shop.standing(CART) == {}


def test_capped_and_quiet_are_asked_again(shop: Shop) -> None:
    shop.on(CART, "delay-notice")
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.look()
    night = NOON + 12 * HOUR
    assert shop.turns.step(CART, night) == 1
    wake = entries.next_wake(shop.connection, [CART])
    assert wake is not None and NOON + 20 * HOUR < wake < NOON + 24 * HOUR
    assert shop.outbox() == [] and shop.standing(CART) == {"ada": 2}
    assert shop.turns.step(CART, wake) == 1
    assert len(shop.outbox()) == 1
    rows = shop.connection.execute("SELECT occasion FROM decisions ORDER BY at").fetchall()
    assert [row[0].rpartition("/")[2] for row in rows] == ["3", "1"]
    # A service message minds neither night nor consent.
    shop.send({**track("Order Delayed", "ada", order_id="7"), "timestamp": "2026-03-14T09:20:00Z"})
    shop.look()
    assert shop.turns.step("delay-notice", night) == 1
    assert {"order": "7"} in [about(row) for row in shop.outbox()]


def test_killed_between_decision_and_step(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.on(CART)
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.look()

    def die(*arguments: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(entries, "move", die)
        with pytest.raises(KeyboardInterrupt):
            shop.turns.step(CART, NOON + 5 * HOUR)
    assert shop.outbox() == []
    with monkeypatch.context() as patched:
        patched.setattr(place, "keep", die)
        shop.send(track("Product Added", "bea", product_id="coat"))
        with pytest.raises(KeyboardInterrupt):
            shop.look()
    assert shop.standing(CART) == {"ada": 0}
    shop.look()
    # Events read a second time, as after a rebuild, let nobody in twice.
    shop.connection.execute("UPDATE journey_place SET generation = 0")
    assert shop.look()
    shop.turns.step(CART, NOON + 5 * HOUR)
    assert [row["address"] for row in shop.outbox()] == ["email:ada@mail.example", "email:bea@mail.example"]
    assert shop.turns.step(CART, NOON + 5 * HOUR) == 0


def test_who_turned_out_to_be_one_person_gets_one(shop: Shop) -> None:
    shop.on(CART)
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.installation.send(SITE, track("Product Added", anonymous="x", product_id="coat"))
    shop.look()
    assert sorted(shop.standing(CART).values()) == [0, 0]
    shop.installation.send(SITE, identify("ada", anonymous="x"))
    shop.turns.step(CART, NOON + 5 * HOUR)
    assert len(shop.outbox()) == 1 and shop.standing(CART) == {}


def test_an_erasure_takes_her_out(shop: Shop) -> None:
    shop.on(CART)
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.look()
    erase(shop.installation, "email", "ada@mail.example")
    assert shop.standing(CART) == {}


def test_back_on_a_shelf(shop: Shop, tmp_path: Path) -> None:
    shop.send(track("Product Viewed", "ada", product_id="coat"), track("Product Viewed", "bea", product_id="hat"))
    shop.with_lake(tmp_path)
    shop.on("back-in-store")
    for quantity in (0, 0, 3, 2):
        shop.installation.send(SHOP, track("Stock Updated", product_id="coat", store_id="s1", quantity=quantity))
        shop.look()
    assert shop.standing("back-in-store") == {"ada": 0}
    assert shop.turns.step("back-in-store", shop.now + HOUR) == 1
    assert about(shop.outbox()[0]) == {"product": "coat", "products": ["coat"]}


def test_versions_and_what_comes_with_the_program(shop: Shop) -> None:
    assert store.install(shop.connection) == 0
    body = store.shipped()[CART].replace("4 hours", "5 hours")
    made = store.put(shop.connection, "cli", CART, body)
    assert (made.version, store.put(shop.connection, "cli", CART, body).version) == (2, 2)
    assert store.install(shop.connection) == 0
    assert [each.actor for each in store.versions(shop.connection, CART)] == ["cli", "regulars"]


def test_what_waits_to_be_sent_is_stopped_when_she_buys(shop: Shop) -> None:
    shop.on(CART)
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.look()
    shop.turns.step(CART, NOON + 5 * HOUR)
    shop.send(track("Order Completed", "ada", order_id="1", channel="store", total=9))
    shop.look()
    assert shop.connection.execute("SELECT state, why FROM outbox").fetchall() == [("stopped", "she did what ends it")]
