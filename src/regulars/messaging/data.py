"""What is known now of customers, for their messages: read for many of them at once, in a few queries."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import psycopg

from regulars.catalogue.reader import articles, articles_about, stores
from regulars.catalogue.render import article_html
from regulars.messaging.block import RECOMMENDED, Choice, Site, choices, item, items, on_sale
from regulars.messaging.context import Occasion, occasion_of
from regulars.messaging.message import ARTICLE, BOUGHT, CART, SAVED, VIEWED, Message
from regulars.messaging.people import Known, known_of
from regulars.messaging.render.links import target
from regulars.messaging.told import ArticleWords, OrderWords, Person, ShopWords, StoreWords
from regulars.messaging.told import Data as Data
from regulars.messaging.wording import day
from regulars.model.article import Article
from regulars.model.product import Product
from regulars.model.secret import Secret
from regulars.model.store import Store
from regulars.recommendations.files import Latest
from regulars.recommendations.reader import tastes_of
from regulars.segments.moment import AUTO
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

_WITH_ORDERS = (CART, VIEWED, BOUGHT)
_WITH_TOUCHES = (VIEWED, SAVED)
_NOBODY = Known()


class Wanted(msgspec.Struct, frozen=True):
    """One message for one customer (her present id, b"" for somebody unknown), and what is said of the occasion.

    `context` may hold `product`, `order`, `store`, `article` (ids), `products` (ids), `why` (words), `expected`,
    `tracking_url` and `facts` (words by name); the rest is left aside. The two addresses are whole ones.
    """

    message: Message
    customer: bytes
    context: Mapping[str, Any] = {}
    preferences_url: str = ""
    unsubscribe_url: str = ""


class By(msgspec.Struct, frozen=True):
    """What data are gathered by: the secret, this server's address, the shop's words (`[shop]` of the settings)."""

    secret: Secret
    base: str = ""
    name: str = ""
    url: str = ""
    address: str = ""
    locale: str = "en-GB"
    timezone: str = "UTC"
    currency: str = ""
    as_of: str = AUTO
    latest: Latest = Latest()

    @property
    def shop(self) -> ShopWords:
        """The shop as messages call it."""
        return ShopWords(self.name, self.url or self.base, self.address, self.locale)

    @property
    def site(self) -> Site:
        """Where its things lie."""
        return Site(self.url or self.base, self.base, self.locale, self.currency)


async def data_of(connection: AsyncConnection, wanted: Sequence[Wanted], by: By, now: int) -> list[Data]:
    """The data of each, in their order: a few queries for all of them; `now` in microseconds since 1970 UTC."""
    occasions = [occasion_of(each.context) for each in wanted]
    known = await known_of(
        connection,
        [each.customer for each in wanted if each.customer],
        {each.customer for each, of in zip(wanted, occasions, strict=True) if of.order or _kind(each) in _WITH_ORDERS},
        {each.customer for each in wanted if _kind(each) in _WITH_TOUCHES},
    )
    model = by.latest.model()
    advised = [each.customer for each in wanted if each.customer and _kind(each) in RECOMMENDED]
    tastes = await tastes_of(connection, advised) if advised else {}
    chosen = [
        await choices(
            connection, each.message.block, each.customer, known.get(each.customer, _NOBODY), of, model, by.as_of,
            tastes.get(each.customer),
        )
        for each, of in zip(wanted, occasions, strict=True)
    ]  # fmt: skip
    ids = {each.product for of in chosen for each in of} | {id for of in occasions for id in of.every_product[:1]}
    shelf = await on_sale(connection, ids, {of.store for of in occasions if of.store}, now, by.site)
    places = await stores(connection, {of.store for of in occasions if of.store})
    found = await _articles(connection, wanted, occasions)
    today = _today(now, by.timezone)
    return [
        _data(each, of, known.get(each.customer, _NOBODY), picked, shelf, places.get(of.store), article, by, today)
        for each, of, picked, article in zip(wanted, occasions, chosen, found, strict=True)
    ]


def data_now(connection: Connection, wanted: Sequence[Wanted], by: By, now: int) -> list[Data]:
    """As `data_of`, on a connection that waits."""
    return finish(data_of(awaited(connection), wanted, by, now))


def _kind(wanted: Wanted) -> str:
    return wanted.message.block.kind


def _data(
    wanted: Wanted, occasion: Occasion, known: Known, chosen: list[Choice],
    shelf: tuple[dict[str, Product], dict[str, frozenset[str]]], store: Store | None, article: Article | None, by: By,
    today: str,
) -> Data:  # fmt: skip
    products, out = shelf
    named = next(iter(occasion.every_product), "")
    shown = items(chosen, products, out.get(occasion.store, frozenset()), wanted.message.block.most, by.site)
    found = products.get(named)
    about = item(found, by.site) if found is not None and found.name and not found.claimed else None
    return Data(
        Person(known.first_name, known.name),
        by.shop,
        about or (shown[0] if shown else None),
        shown,
        _order(occasion, known, by),
        _store(store, by),
        _article(article, by),
        occasion.facts,
        occasion.why,
        wanted.preferences_url,
        wanted.unsubscribe_url,
        today,
        known.whole.simulated,
    )


def _order(occasion: Occasion, known: Known, by: By) -> OrderWords | None:
    """The order of the occasion, as far as it is hers, and more than a public key's claim: it may carry an address."""
    its = (each for each in known.orders if each.order_id == occasion.order and not each.claimed)
    found = next(its, None) if occasion.order else None
    if found is None:
        return None
    return OrderWords(
        found.order_id[:60],
        day(_today(found.time, by.timezone), by.locale),
        day(occasion.expected[:10] if _is_time(occasion.expected) else occasion.expected, by.locale),
        target(occasion.tracking_url),
    )


def _is_time(text: str) -> bool:
    return len(text) > 10 and text[:4].isdecimal() and text[10] in "T "


def _store(store: Store | None, by: By) -> StoreWords | None:
    if store is None:
        return None
    parts = (str(value) for value in store.address.values() if isinstance(value, str) and value)
    return StoreWords(store.id, store.name, ", ".join(parts)[:200], store.phone, target(store.url, by.site.shop))


async def _articles(
    connection: AsyncConnection, wanted: Sequence[Wanted], occasions: Sequence[Occasion]
) -> list[Article | None]:  # fmt: skip
    """The article of each: the one that the occasion names, else where the block shows one, one about the product."""
    by_id = await articles(connection, {of.article for of in occasions if of.article})
    found: list[Article | None] = []
    for each, of in zip(wanted, occasions, strict=True):
        article = by_id.get(of.article)
        if article is None and _kind(each) == ARTICLE and of.every_product:
            about = await articles_about(connection, of.every_product, limit=20)
            article = next(iter(sorted(about, key=lambda one: ("how" not in one.kind.casefold(), one.id))), None)
        found.append(article)
    return found


@lru_cache(256)
def _html(article_id: str, title: str, body: str, format: str) -> str:
    return article_html(Article(article_id, title, body=body, format=format))


def _article(article: Article | None, by: By) -> ArticleWords | None:
    if article is None or article.status.casefold() in ("draft", "archived", "deleted"):
        return None
    return ArticleWords(
        article.id, article.title[:200], article.summary[:500], target(article.url, by.site.shop),
        _html(article.id, article.title, article.body, article.format),
    )  # fmt: skip


@lru_cache(1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _today(moment: int, timezone: str) -> str:
    return datetime.fromtimestamp(moment / 1_000_000, UTC).astimezone(_zone(timezone)).date().isoformat()
