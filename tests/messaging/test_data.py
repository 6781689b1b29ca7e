"""What messages are filled with: names, carts, orders, articles and products that can be had, of many at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.installation import RECEIVED, SECRET, SHOP, SITE, Installation, identify, track
from support.recommended import learnt

from regulars.messaging import store
from regulars.messaging.data import By, Data, Wanted, data_now, data_of
from regulars.messaging.file import BadMessage
from regulars.messaging.message import (
    AGAIN,
    ALIKE,
    ARTICLE,
    BOUGHT,
    CART,
    PRODUCT,
    SAVED,
    VIEWED,
    Block,
    Message,
)  # fmt: skip
from regulars.messaging.people import _NAME
from regulars.messaging.render.render import CannotRender, render
from regulars.messaging.shipped import install, shipped
from regulars.recommendations.files import Latest
from regulars.recommendations.reader import taste_of, tastes_of
from regulars.recommendations.taste import NOTHING_KNOWN

BY = By(SECRET, "https://r.example", "Lund", "https://shop.example", "12 Market Street", currency="EUR")


@pytest.fixture(scope="module")
def shop(shared_installation: Installation) -> Iterator[Installation]:
    """Ada and Bob, and a small catalogue of which one thing is sold out, one no longer offered, one only claimed."""
    made = shared_installation
    things = [
        track(
            "Product Updated", product_id=id, name=name, price=price, currency="EUR", url=f"/p/{id}",
            image_url=f"/pictures/{id}.svg" if id == "scarf" else "", **more,
        )
        for id, name, price, more in (
            ("scarf", "Blue scarf", 49.9, {"list_price": 59.9}), ("boots", "Boots", 129, {}), ("socks", "Socks", 9, {}),
            ("gone", "Sold out", 5, {}), ("old", "No more", 5, {"status": "discontinued"}), ("hat", "Hat", 19, {}),
        )
    ]  # fmt: skip
    stock = [track("Stock Updated", product_id="gone", store_id=each, quantity=0) for each in ("1", "2")]
    stock += [track("Stock Updated", product_id="boots", store_id="1", quantity=3)]
    stock += [track("Stock Updated", product_id="boots", store_id="2", quantity=0)]
    made.send(SHOP, *things, *stock)
    made.send(
        SHOP,
        track("Store Updated", store_id="1", name="Lund Halifax", phone="+44 1422 000000", address={"city": "Halifax"}),
        track(
            "Article Updated", article_id="wool", title="Washing wool", kind="how_to", body="# Wash\n\nBy [hand](/w).",
            products=["socks"], summary="By hand.",
        ),
        identify("ada", firstName="Ada", lastName="Lovelace", email="ada@shop.example"),
        identify("bob", name="Visit evil.example now", firstName="<b>", email="bob@shop.example"),
        *[track("Product Added", "ada", product_id=each) for each in ("scarf", "gone", "old", "boots")],
        track("Product Removed", "ada", product_id="boots"),
        track("Product Viewed", "ada", product_id="hat"),
        track("Product Viewed", "ada", product_id="socks"),
        track("Product Added to Wishlist", "ada", product_id="boots"),
        track("Product Added to Wishlist", "ada", product_id="hat"),
        track("Product Removed from Wishlist", "ada", product_id="hat"),
        track(
            "Order Completed", "ada", order_id="o-1", channel="store", store_id="1", currency="EUR", total=9,
            products=[{"product_id": "socks", "name": "Socks", "price": 9}],
        ),
        track("Product Added", "bob", product_id="hat"),
    )  # fmt: skip
    made.send(SITE, track("Product Added", anonymous="a-1", product_id="claimed", name="Click here"))
    yield made


def message(kind: str = "none", **more: Any) -> Message:
    said: dict[str, Any] = {"subject": ("Hello",), "paragraphs": ("Good day.",), "block": Block(kind, "", 4), **more}
    return Message(f"test-{kind}", "Test", **said)


def who(shop: Installation, name: str) -> bytes:
    found = shop.holder("email", f"{name}@shop.example")
    assert found is not None
    return found


def told(shop: Installation, said: Message, customer: bytes, by: By = BY, **context: Any) -> Data:
    wanted = [Wanted(said, customer, context)]
    found = data_now(shop.connection, wanted, by, RECEIVED)
    assert shop.read(lambda connection: data_of(connection, wanted, by, RECEIVED)) == found
    return found[0]


def ids(data: Data) -> list[str]:
    return [each.id for each in data.items]


def test_names_as_people_have_them() -> None:
    good = ("Ada", "Ada Lovelace", "J.R.R. Tolkien", "Dr. Zoë O'Neill-Müller", "José", "李小龙", "Anne-Marie")
    bad = (
        "evil.example",
        "Visit evil.example now",
        "<b>",
        "a@b",
        "Ada 2",
        "x" * 61,
        "a/b",
        "\u202eadA",
        "1",
        ".",
        "A\nB:",
    )
    assert [each for each in good if not _NAME.fullmatch(each)] == []
    assert [each for each in bad if len(each) <= 60 and _NAME.fullmatch(each)] == []


@pytest.mark.parametrize(
    "context",
    [
        {"product": 7, "products": "socks", "order": None, "facts": ["x"], "expected": {}, "store": True, "more": [1]},
        {"product": "x" * 5_000, "products": [None, {}, "\x00"], "facts": {"A B": "x", "a": {"b": 1}}},
    ],
)
def test_a_context_of_another_shape_says_nothing(shop: Installation, context: dict[str, Any]) -> None:
    data = told(shop, message(PRODUCT), who(shop, "ada"), **context)
    assert (data.items, data.product, data.order, data.store, data.facts) == ((), None, None, None, {})


def test_a_name_that_is_none_is_not_said(shop: Installation) -> None:
    assert told(shop, message(), who(shop, "bob")).customer.first_name == ""
    assert told(shop, message(), who(shop, "bob")).customer.name == ""
    assert told(shop, message(), who(shop, "ada")).customer.name == "Ada Lovelace"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [(CART, ["scarf"]), (VIEWED, ["hat"]), (SAVED, ["boots"]), (BOUGHT, ["socks"]), (AGAIN, ["socks"])],
)
def test_blocks_of_her_own_without_what_cannot_be_had(shop: Installation, kind: str, shown: list[str]) -> None:
    assert ids(told(shop, message(kind), who(shop, "ada"))) == shown


def test_what_it_is_about_is_checked_where_it_is_to_lie(shop: Installation) -> None:
    ada = who(shop, "ada")
    about: dict[str, Any] = {"product": "boots", "products": ["gone", "scarf"]}
    assert ids(told(shop, message(PRODUCT), ada, **about)) == ["boots", "scarf"]
    assert ids(told(shop, message(PRODUCT), ada, store="2", **about)) == ["scarf"]
    assert ids(told(shop, message(PRODUCT), ada, store="1", **about)) == ["boots", "scarf"]
    assert told(shop, message(PRODUCT), ada, store="1").store is not None


def test_what_only_a_public_key_named_is_in_no_message(shop: Installation) -> None:
    data = told(shop, message(PRODUCT), who(shop, "ada"), product="claimed")
    assert (data.items, data.product) == ((), None)


def test_products_have_prices_and_whole_addresses(shop: Installation) -> None:
    (item,) = told(shop, message(CART), who(shop, "ada")).items
    assert (item.name, item.price, item.list_price) == ("Blue scarf", "€49.90", "€59.90")
    assert (item.url, item.image_url) == ("https://shop.example/p/scarf", "https://r.example/pictures/scarf.svg")


def test_orders_are_only_her_own(shop: Installation) -> None:
    order = told(
        shop, message(), who(shop, "ada"), order="o-1", expected="2026-04-01T10:00:00Z", tracking_url="//x"
    ).order
    assert order is not None
    assert (order.id, order.date, order.expected, order.tracking_url) == ("o-1", "14 March 2026", "1 April 2026", "")
    assert told(shop, message(), who(shop, "bob"), order="o-1").order is None


def test_an_order_that_only_a_public_key_told_of_is_no_occasion(shop: Installation) -> None:
    shop.send(SHOP, identify("dan", email="dan@shop.example"))
    shop.send(SITE, track("Order Completed", "dan", order_id="forged", total=1, currency="EUR"))
    data = told(shop, shipped()["delay-notice"], who(shop, "dan"), order="forged", tracking_url="https://evil.example")
    assert data.order is None
    with pytest.raises(CannotRender, match=r"order\.id"):
        render(shipped()["delay-notice"], "email", data)


def test_an_article_about_what_was_bought(shop: Installation) -> None:
    article = told(shop, message(ARTICLE), who(shop, "ada"), products=["hat", "socks"]).article
    assert article is not None and article.title == "Washing wool"
    data = told(shop, shipped()["how-to"], who(shop, "ada"), product="socks", article="wool")
    found = render(shipped()["how-to"], "email", data)
    assert found.subject == "Washing wool" and "Socks" in found.text
    assert found.links == ("https://shop.example/w",) and 'href="https://shop.example/w"' in found.html


def test_recommendations_fill_a_block(shop: Installation, tmp_path: Path) -> None:
    by = msgspec.structs.replace(BY, latest=Latest(learnt(tmp_path)[1]))
    shop.send(
        SHOP,
        *[track("Product Updated", product_id=each, name=each.upper()) for each in ("tea", "mug", "honey", "milk")],
        identify("cat", email="cat@shop.example"),
        track("Order Completed", "cat", order_id="c-1", products=[{"product_id": "tea", "name": "TEA"}]),
        track("Stock Updated", product_id="mug", store_id="7", quantity=0),
    )
    cat = who(shop, "cat")
    ada = who(shop, "ada")
    both = shop.read(lambda connection: tastes_of(connection, [cat, ada, bytes(16)]))
    assert both[cat] == shop.read(lambda connection: taste_of(connection, cat))
    assert both[ada] == shop.read(lambda connection: taste_of(connection, ada)) and both[bytes(16)] == NOTHING_KNOWN
    liked = told(shop, message(ALIKE), cat, by)
    assert "honey" in ids(liked) and "mug" not in ids(liked) and "tea" not in ids(liked)
    assert liked.items[0].why
    assert ids(told(shop, message(AGAIN), cat, by, product="milk"))[:2] == ["milk", "tea"]
    assert ids(told(shop, message(ALIKE), b"", by))


def test_many_are_read_together_and_stay_apart(shop: Installation) -> None:
    wanted = [Wanted(message(CART), who(shop, name), {"why": name}) for name in ("ada", "bob", "ada")]
    found = data_now(shop.connection, wanted, BY, RECEIVED)
    assert [(each.why, ids(each)) for each in found] == [("ada", ["scarf"]), ("bob", ["hat"]), ("ada", ["scarf"])]
    assert data_now(shop.connection, [Wanted(message(CART), bytes(16))], BY, RECEIVED)[0].items == ()
    with pytest.raises(CannotRender, match="no product to show"):
        render(shipped()["abandoned-cart"], "email", told(shop, shipped()["abandoned-cart"], bytes(16)))


def test_messages_are_kept_with_every_version(shop: Installation) -> None:
    link = shop.connection
    assert install(link) == len(shipped()) and install(link) == 0
    first = store.message(link, "welcome")
    assert first is not None and first.version == 1
    assert store.message(link, "none") is None and store.message(link, "welcome", 9) is None
    changed = msgspec.structs.replace(first, title="Welcome!")
    assert store.put_message(link, "ada", changed).version == 2
    assert store.put_message(link, "ada", msgspec.structs.replace(changed, version=7)).version == 2
    assert install(link) == 0, "what somebody changed is left alone"
    assert store.message(link, "welcome", 1) == first
    assert [each.actor for each in store.versions(link, "welcome")] == ["ada", "regulars"]
    store.put_message(link, "ada", changed, ended=True)
    assert "welcome" not in {each.name for each in store.all_messages(link)}
    with pytest.raises(BadMessage, match="subject"):
        store.put_message(link, "ada", msgspec.structs.replace(first, subject=()))
