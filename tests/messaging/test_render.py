"""One message in every channel: hostile values, what is missing, offers that are over, links and text parts."""

import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from regulars.messaging.example import example
from regulars.messaging.message import CART, CHANNELS, Block, CallToAction, Message, Offer, Variant
from regulars.messaging.render.render import CannotRender, render
from regulars.messaging.render.spoken import line
from regulars.messaging.shipped import shipped
from regulars.messaging.told import ArticleWords, Data, Item, Person, ShopWords

SHOP = ShopWords("Lund & Sons", "https://shop.example", "12 Market Street")
EVIL = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
OFFER = Offer("Warm feet", "12.90 EUR", "15.90 EUR", 20, "SOCKS20", "2026-11-20", "2026-11-30", "Once a customer.")


class _Active(HTMLParser):
    """Finds what would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag] if tag in ("script", "iframe", "object", "form", "svg") else []
        self.found += [name for name, value in attrs if name.startswith("on") or "script:" in (value or "")]

    @staticmethod
    def found_in(html: str) -> list[str]:
        reader = _Active()
        reader.feed(html)
        return reader.found


def message(**more: Any) -> Message:
    said: dict[str, Any] = {
        "name": "test", "title": "Test", "subject": ("Hello {{ customer.first_name }}", "Hello"),
        "paragraphs": ("Dear {{ customer.first_name }}. Look at {{ product.name }}.",), "channels": CHANNELS, **more,
    }  # fmt: skip
    return Message(**said)


def data(**more: Any) -> Data:
    return msgspec.structs.replace(example(SHOP, CART), **more)


@pytest.mark.parametrize("channel", CHANNELS)
def test_hostile_values_stay_words(channel: str) -> None:
    item = Item(EVIL, EVIL, EVIL, "javascript:alert(1)", "javascript:alert(1)", EVIL, EVIL, EVIL)
    shop = ShopWords(EVIL, "https://shop.example", EVIL)
    told = data(
        customer=Person(EVIL, EVIL), shop=shop, product=item, items=(item,), why=EVIL,
        preferences_url='https://x/"><script>', unsubscribe_url='https://x/"><script>', facts={"a": EVIL},
    )  # fmt: skip
    said = message(
        block=Block(CART, EVIL), action=CallToAction("{{ facts.a }}", "/x"), facts={"a": EVIL}, preheader=EVIL,
        heading=("{{ customer.name }}",), offer=Offer(EVIL, terms=EVIL),
    )  # fmt: skip
    found = render(said, channel, told)
    assert not _Active.found_in(found.html)
    assert "javascript:" not in found.html + found.text + str(found.data) + "".join(found.links)


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: all@shop.example", "a\n\tb", "a\x00b", "a\u2028b", "a\u202eb\u2066c", "a\x85b"]
)
def test_a_subject_is_one_line_whatever_is_in_it(evil: str) -> None:
    found = render(message(preheader="{{ customer.first_name }}"), "email", data(customer=Person(evil)))
    for text in (found.subject, found.preheader):
        assert text.isprintable() and "\n" not in text and "\r" not in text and "\u202e" not in text
    assert len(line("x" * 400)) == 150


def test_the_first_subject_that_can_be_said_is_taken() -> None:
    assert render(message(), "email", data()).subject == "Hello Greta"
    assert render(message(), "email", data(customer=Person())).subject == "Hello"
    with pytest.raises(CannotRender, match=r"the subject cannot be said without customer\.first_name"):
        render(message(subject=("Hello {{ customer.first_name }}",)), "email", data(customer=Person()))


def test_what_is_missing_is_told_and_falls_out() -> None:
    found = render(message(), "email", data(customer=Person()))
    assert found.missing == ("customer.first_name",)
    assert "Dear" not in found.text and "Look at Blue scarf." in found.text
    with pytest.raises(CannotRender, match=r"nothing is left to say without customer\.city"):
        render(message(paragraphs=("In {{ customer.city }}.",)), "email", data(items=(), article=None))


def test_what_it_needs_must_be_known() -> None:
    with pytest.raises(CannotRender, match=r"it needs order\.id, which is not known"):
        render(message(requires=("order.id",)), "email", data(order=None))
    with pytest.raises(CannotRender, match="no product to show"):
        render(message(requires=("items",)), "email", data(items=()))
    with pytest.raises(CannotRender, match="there is no channel fax"):
        render(message(), "fax", data())


def test_an_offer_is_not_sent_before_or_after_its_days() -> None:
    said = message(offer=OFFER)
    with pytest.raises(CannotRender, match="ended on 30 November 2026"):
        render(said, "email", data(today="2026-12-01"))
    with pytest.raises(CannotRender, match="begins on 20 November 2026"):
        render(said, "email", data(today="2026-11-19"))
    assert render(said, "email", data(today="2026-11-30")).subject


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_says_the_whole_offer_in_the_same_words(channel: str) -> None:
    found = render(message(offer=OFFER), channel, data())
    for words in ("€12.90", "€15.90", "20%", "SOCKS20", "20 November 2026", "30 November 2026", "Once a customer."):
        for part in (found.html, found.text) if channel == "email" else (found.html or str(found.data),):
            assert words in part


def test_links_are_whole_wrapped_once_and_never_those_of_preferences() -> None:
    said = message(action=CallToAction("Go", "/cart"), paragraphs=("See [it]({{ product.url }}) and [it](/cart).",))
    told = data(preferences_url="https://r.example/me/x", unsubscribe_url="https://r.example/me/x/unsubscribe")
    asked = list[str]()

    def wrap(url: str) -> str:
        asked.append(url)
        return f"https://r.example/t/{len(asked)}"

    found = render(said, "email", told, wrap)
    assert found.links == tuple(asked)
    assert found.links[:2] == ("https://shop.example/products/example-1", "https://shop.example/cart")
    assert 'href="https://r.example/t/2"' in found.html and "Go: https://r.example/t/2" in found.text
    assert 'href="https://r.example/me/x/unsubscribe"' in found.html and "me/x" not in "".join(asked)
    assert "shop.example/cart" not in found.html


def test_an_email_loads_nothing_but_product_pictures() -> None:
    picture = "https://cdn.shop.example/p.jpg"
    article = ArticleWords(
        "a", "A", "", "", f'<p>Hi</p><img src="{picture}"><a href="javascript:x">x</a><a href="/y">y</a>'
    )
    item = Item("1", "Scarf", image_url=picture)
    html = render(message(block=Block(CART)), "email", data(article=article, items=(item,))).html
    assert re.findall(r'(?:src|background)="([^"]*)"', html) == [picture]
    assert 'alt="Scarf"' in html and "@import" not in html and "url(" not in html and "<script" not in html
    assert 'lang="en"' in html and "prefers-color-scheme" in html


def test_without_an_address_there_is_no_button() -> None:
    said = message(action=CallToAction("Look", "{{ product.url }}"))
    found = render(said, "email", data(product=Item("1", "Scarf")))
    assert "Look" not in found.text.replace("Look at", "") and found.missing == ("product.url",)


def test_a_channel_can_say_it_otherwise() -> None:
    said = message(variants={"onsite": Variant(paragraphs=("Shorter, {{ customer.name }}.",))})
    assert "Shorter, Greta Example." in render(said, "onsite", data()).html
    assert "Shorter" not in render(said, "email", data()).html


def test_bounds_hold_for_the_whole_message() -> None:
    many = tuple("{% for a in items %}{{ a.name }}{% endfor %}" * 40 for _ in range(12))
    items = tuple(Item(str(at), "x" * 200) for at in range(12))
    with pytest.raises(CannotRender, match=r"cannot be worked out|more than"):
        render(message(paragraphs=many), "email", data(items=items))


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_messages_come_out_for_somebody_of_whom_little_is_known(name: str) -> None:
    said = shipped()[name]
    told = data(customer=Person(), store=None)
    for channel in said.channels:
        found = render(said, channel, told)
        text = found.text or found.html
        assert "{{" not in text and "  " not in found.subject and found.subject
        assert not re.search(r"\b(?:he|she|his|her|Mr|Mrs)\b", text), "it guesses somebody's gender"
