"""What an event says of the shop's own things."""

from typing import Any, Final

from regulars.catalogue.given import Known, address_text, fields_of, long_text, moment, texts, topics
from regulars.catalogue.product_words import product_words
from regulars.catalogue.store_words import store_words
from regulars.model.catalogue import (
    ARTICLE,
    CAMPAIGN,
    COUPON,
    FORMATS,
    PRODUCT,
    STORE,
    CatalogueWords,
    Rank,
    StockWord,
    ThingWord,
)
from regulars.model.event import Event
from regulars.model.fields import identity, objects, quantity, text
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Trust

STOCK: Final = "Stock Updated"
NAMES: Final = {
    "Product Updated": (PRODUCT, "product_id"),
    "Store Updated": (STORE, "store_id"),
    STOCK: (PRODUCT, "product_id"),
    "Article Updated": (ARTICLE, "article_id"),
    "Campaign Updated": (CAMPAIGN, "campaign_id"),
    "Coupon Updated": (COUPON, "coupon_id"),
}
"""Event name → (kind, the property that names the thing; `id` does as well)."""

_WHERE = "$.properties"
_PARTS = ("campaign_id", "part")


def words_of(event: Event, currency: str = "") -> CatalogueWords | None:
    """What a catalogue event says, None for any other event; `currency` is that of amounts which state none.

    A coupon's id is `coupon_id`, followed by `/campaign_id` and `/part` where stated, since a long list of products
    comes in parts. Raises Refused: NOT_ALLOWED_FOR_CLIENT from a public key, MISSING_FIELD without an id, and what
    the readers of its fields raise.
    """
    named = NAMES.get(event.name) if event.kind == "track" else None
    if named is None:
        return None
    if event.source.trust is Trust.CLIENT:
        raise Refused(Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", f"a public key may not send '{event.name}'")
    kind, field = named
    properties, source = event.properties, event.source
    rank = Rank(source.precedence, event.time, event.message_id, source.name, event.origin == "simulated")
    if event.name == STOCK:
        return CatalogueWords(rank, stock=_stock(properties))
    key = identity(properties, field, _WHERE) or identity(properties, "id", _WHERE)
    if not key:
        raise Refused(Reason.MISSING_FIELD, f"{_WHERE}.{field}", f"'{event.name}' needs the id of the {kind}")
    ids = frozenset({field, "id"})
    if kind == PRODUCT:
        return CatalogueWords(rank, *product_words(properties, key, event.time, currency))
    if kind == STORE:
        return CatalogueWords(rank, store_words(properties, key))
    if kind == ARTICLE:
        return CatalogueWords(rank, (ThingWord(ARTICLE, key, "", fields_of(properties, _ARTICLE, ids, _WHERE)),))
    if kind == COUPON:
        key = "/".join([key, *filter(None, (identity(properties, each, _WHERE) for each in _PARTS))])
    return CatalogueWords(rank, (ThingWord(kind, key, "", fields_of(properties, {}, ids, _WHERE)),))


def _stock(properties: dict[str, Any]) -> tuple[StockWord, ...]:
    entries = objects(properties, "stock", _WHERE)
    if entries is None:
        return (_stock_word(properties, {}, _WHERE),)
    return tuple(_stock_word(item, properties, f"{_WHERE}.stock[{n}]") for n, item in enumerate(entries))


def _stock_word(item: dict[str, Any], around: dict[str, Any], where: str) -> StockWord:
    def named(field: str) -> str:
        return identity(item, field, where) or identity(around, field, _WHERE)

    product, store = named("product_id"), named("store_id")
    for field, value in (("product_id", product), ("store_id", store)):
        if not value:
            raise Refused(Reason.MISSING_FIELD, f"{where}.{field}", f"'{STOCK}' needs the {field}")
    if "quantity" not in item or item["quantity"] == "":
        raise Refused(Reason.MISSING_FIELD, f"{where}.quantity", f"'{STOCK}' needs the quantity, or null")
    return StockWord(product, named("variant_id"), store, quantity(item, "quantity", where))


def _format(fields: dict[str, Any], name: str, where: str) -> str:
    value = text(fields, name, where).lower()
    if value and value not in FORMATS:
        raise Refused(Reason.WRONG_TYPE, f"{where}.{name}", f"must be one of {', '.join(FORMATS)}")
    return value


_ARTICLE: Final[Known] = {
    "title": (("title", "name"), text),
    "body": (("body",), long_text),
    "format": (("format",), _format),
    "kind": (("kind",), text),
    "summary": (("summary",), long_text),
    "author": (("author",), text),
    "language": (("language",), text),
    "image_url": (("image_url", "image"), address_text),
    "url": (("url",), address_text),
    "status": (("status",), text),
    "products": (("products",), texts),
    "topics": (("topics",), topics),
    "published": (("published_at",), moment),
}
