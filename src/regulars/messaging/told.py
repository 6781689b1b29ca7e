"""What a message can say of a customer, her things and the shop: the words that templates know."""

from typing import Any, Final

import msgspec


class Person(msgspec.Struct, frozen=True):
    """Whom it is for; '' where nobody said."""

    first_name: str = ""
    name: str = ""


class ShopWords(msgspec.Struct, frozen=True):
    """The shop as its customers know it: name, its own site, its postal address in one line, how it writes numbers."""

    name: str = ""
    url: str = ""
    address: str = ""
    locale: str = "en-GB"


class Item(msgspec.Struct, frozen=True):
    """One product as a message shows it: money as words, addresses absolute; '' where nobody said."""

    id: str
    name: str = ""
    brand: str = ""
    url: str = ""
    image_url: str = ""
    price: str = ""
    list_price: str = ""
    why: str = ""


class OrderWords(msgspec.Struct, frozen=True):
    """The order that it is about; dates as words."""

    id: str = ""
    date: str = ""
    expected: str = ""
    tracking_url: str = ""
    store: str = ""


class StoreWords(msgspec.Struct, frozen=True):
    """The store that it is about."""

    id: str = ""
    name: str = ""
    address: str = ""
    phone: str = ""
    url: str = ""


class ArticleWords(msgspec.Struct, frozen=True):
    """The article or how-to that it is about; `html` is made safe."""

    id: str = ""
    title: str = ""
    summary: str = ""
    url: str = ""
    html: str = ""


class Data(msgspec.Struct, frozen=True):
    """All that one message may say to one customer, as of the moment when it was read.

    `product` is the one of the occasion, `items` fill the block. `why` says in words why she gets it; `today` is the
    day (`2026-11-30`) by the shop's clock, '' where offers are not to be held against it. `simulated` says that she is
    example data.
    """

    customer: Person = Person()
    shop: ShopWords = ShopWords()
    product: Item | None = None
    items: tuple[Item, ...] = ()
    order: OrderWords | None = None
    store: StoreWords | None = None
    article: ArticleWords | None = None
    facts: dict[str, str] = {}
    why: str = ""
    preferences_url: str = ""
    unsubscribe_url: str = ""
    today: str = ""
    simulated: bool = False


_GROUPS: Final = ("customer", "shop", "product", "order", "store", "article")
_UNSAID: Final = ("html", "locale")
_KINDS: Final = (Person, ShopWords, Item, OrderWords, StoreWords, ArticleWords)
OFFER: Final = ("title", "price", "was", "percent", "code", "from", "until", "terms")
NAMES: Final = frozenset(
    f"{group}.{field}"
    for group, kind in zip(_GROUPS, _KINDS, strict=True)
    for field in kind.__struct_fields__
    if field not in _UNSAID
) | {f"offer.{field}" for field in OFFER} | {"items", "count", "why"}  # fmt: skip
"""The names that a text may use, beside `facts.` and what a message's own facts are called."""


def words_of(data: Data, facts: dict[str, str], offer: dict[str, str]) -> dict[str, Any]:
    """What templates are given, by name, as far as it is known; `facts` and `offer` are the message's."""
    said: dict[str, Any] = {group: _known(getattr(data, group)) for group in _GROUPS}
    said = {group: words for group, words in said.items() if words}
    said["facts"] = {**facts, **data.facts}
    if offer:
        said["offer"] = offer
    if data.items:
        said["items"] = [_known(each) for each in data.items]
        said["count"] = len(data.items)
    if data.why:
        said["why"] = data.why
    return said


def known(words: dict[str, Any], name: str) -> bool:
    """Whether something of this name, such as `order.id`, is known."""
    found: Any = words
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found not in (None, "", [], {})


def _known(words: msgspec.Struct | None) -> dict[str, str]:
    if words is None:
        return {}
    return {
        name: value for name in words.__struct_fields__ if name not in _UNSAID and (value := getattr(words, name)) != ""
    }
