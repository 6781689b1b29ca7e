"""All that is known of one product, as one answer."""

import msgspec

from regulars.catalogue.reader import AsyncConnection, articles_about, price_history, products, stock_of
from regulars.model.article import Article
from regulars.model.product import PricePoint, Product, Stock

HISTORY = 200
ARTICLES = 50


class ArticleSummary(msgspec.Struct, frozen=True):
    """An article without its body."""

    id: str
    title: str
    kind: str
    summary: str
    url: str
    topics: tuple[str, ...]


class ProductPage(msgspec.Struct, frozen=True):
    """A product with what stands around it: its prices and costs (newest first), its stock, the articles about it."""

    product: Product
    history: tuple[PricePoint, ...]
    stock: tuple[Stock, ...]
    articles: tuple[ArticleSummary, ...]


async def product_page(connection: AsyncConnection, id: str, at: int, currency: str = "") -> ProductPage | None:
    """The page of a product as of `at` (microseconds UTC); None where nothing is known of it.

    The articles are those that name it, or one of its topics. To be read in one snapshot, as a customer's page.
    """
    found = (await products(connection, [id], at, currency)).get(id)
    if found is None:
        return None
    about = await articles_about(connection, [id], found.topics, ARTICLES)
    return ProductPage(
        found,
        await price_history(connection, id, limit=HISTORY),
        await stock_of(connection, [id]),
        tuple(_summary(each) for each in about),
    )


def _summary(article: Article) -> ArticleSummary:
    return ArticleSummary(article.id, article.title, article.kind, article.summary, article.url, article.topics)
