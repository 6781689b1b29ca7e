"""The lists of a customer as she is now: what was bought, given, hidden or sold out a moment ago counts at once."""

import time
from pathlib import Path
from typing import Any

import pytest
from support.installation import SHOP, SITE, TILL, Installation, identify, track
from support.recommended import learnt

from regulars.identity.rules import RULES
from regulars.recommendations.files import load
from regulars.recommendations.lists import Asked, Lists, lists_of, present
from regulars.recommendations.model import Model
from regulars.recommendations.say import UNDO, CannotSay, say, speaker
from regulars.recommendations.taste import Purchase, Taste
from regulars.recommendations.words import GIFT, HIDDEN

NOW = 1_773_480_900_000_000


def lists(installation: Installation, folder: Path | None, user: str, **asked: Any) -> Lists:
    customer = installation.holder("user_id", user) if user else None
    model = None if folder is None else load(folder)
    return installation.read(lambda connection: lists_of(connection, model, customer, Asked(**asked)))


def ids(found: Lists) -> tuple[set[str], set[str]]:
    return {each.product for each in found.again}, {each.product for each in found.like}


def bought(order: str, *products: str, user: str = "u1") -> dict[str, Any]:
    lines = [{"product_id": each, "name": each, "quantity": 1} for each in products]
    return track("Order Completed", user, order_id=order, channel="store", store_id="7", products=lines)


def test_live_purchases_gifts_and_hidden_things(installation: Installation, tmp_path: Path) -> None:
    _, folder = learnt(tmp_path)
    installation.send(SHOP, identify("u1", email="u1@mail.example"), bought("o-1", "tea", "unheard-of"))
    again, like = ids(lists(installation, folder, "u1"))
    assert again == {"tea", "unheard-of"} and "mug" in like and not again & like
    installation.send(TILL, {**bought("o-2", "mug", user=""), "context": {"traits": {"email": "u1@mail.example"}}})
    again, like = ids(lists(installation, folder, "u1"))
    assert "mug" in again and "mug" not in like
    installation.send(SHOP, track("Order Refunded", "u1", order_id="o-1", products=[{"product_id": "tea"}]))
    again, like = ids(lists(installation, folder, "u1"))
    assert "tea" not in again | like
    customer = installation.holder("user_id", "u1")
    assert customer is not None
    for name, about in ((GIFT, {"order": "o-2", "products": ("mug",)}), (HIDDEN, {"products": ("honey", "milk")})):
        before = ids(lists(installation, folder, "u1"))
        for second, said in enumerate((name, UNDO[name])):
            at = NOW + second * 1_000_000
            say(installation.connection, customer, RULES, said, "user:1", at, **about)
            installation.step()
            again, like = ids(lists(installation, folder, "u1"))
            if said == name:
                assert not set(about["products"]) & (again | like)
        assert (again, like) == before, name
    assert installation.holder("user_id", "u1") == customer, "her words bring nobody else in"
    page = lists(installation, folder, "u1")
    assert page.again[0].reasons[0].startswith("Bought once")
    assert any("Goes with" in reason for each in page.like for reason in each.reasons)
    assert all(1 <= len(each.reasons) <= 2 for each in (*page.again, *page.like))


def test_what_lies_in_the_store(installation: Installation, tmp_path: Path) -> None:
    _, folder = learnt(tmp_path)
    installation.send(SHOP, identify("u1"), bought("o-1", "tea", "soap"))
    assert not lists(installation, folder, "u1", store="7").stock, "nobody told, so nothing is masked"
    stock = [("tea", 0), ("soap", 3), ("mug", 1)]
    installation.send(
        SHOP, *(track("Stock Updated", product_id=each, store_id="7", quantity=n) for each, n in stock)
    )  # fmt: skip
    found = lists(installation, folder, "u1", store="7")
    assert found.stock and ids(found) == ({"soap"}, {"mug"})
    assert ids(lists(installation, folder, "u1", store="7", without=frozenset({"soap", "mug"}))) == (set(), set())
    assert len(lists(installation, folder, "u1", limit=1).like) == 1
    assert lists(installation, folder, "u1", lists=("again",)).like == ()


def test_without_a_model_or_without_a_person(installation: Installation, tmp_path: Path) -> None:
    installation.send(SHOP, identify("u1"), bought("o-1", "tea"))
    alone = lists(installation, None, "u1")
    assert ids(alone) == ({"tea"}, set()) and alone.model is None
    assert ids(lists(installation, None, "")) == (set(), set())
    _, folder = learnt(tmp_path)
    nobody = lists(installation, folder, "", store="12")
    assert nobody.again == () and nobody.like and "Popular in store 12" in nobody.like[0].reasons[-1]


def test_old_data_are_looked_at_from_their_own_end() -> None:
    old, day = Taste((Purchase("tea", 17_000.5),)), time.time() / 86_400
    nothing = Model.nothing()
    assert 17_000.99 < present(nothing, old, "auto") <= 17_001 and 17_000.99 < present(nothing, old, "last") <= 17_001
    assert abs(present(nothing, old, "now") - day) < 1
    assert abs(present(nothing, Taste((Purchase("tea", day - 3),)), "auto") - day) < 1
    assert abs(present(nothing, Taste(), "auto") - day) < 1


def test_who_speaks_of_her(installation: Installation) -> None:
    installation.send(SITE, track("Product Viewed", "", "b-1", product_id="tea"))
    browser = installation.holder("anonymous_id", "b-1")
    assert browser is not None
    who = speaker(installation.connection, browser, RULES)
    assert (who.source.trust, who.source.group, who.identifier.value) == (0, "shop", "b-1")
    with pytest.raises(CannotSay):
        speaker(installation.connection, bytes(16), RULES)
    for name, about in (("Anything", {"products": ("a",)}), (GIFT, {}), (HIDDEN, {"order": "o"})):
        with pytest.raises(ValueError, match="must be one of"):
            say(installation.connection, browser, RULES, name, "user:1", NOW, **about)
