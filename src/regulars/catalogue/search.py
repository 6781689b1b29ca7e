"""Search: from part of a name, brand, number or id to products."""

from typing import Final

from regulars.catalogue import queries
from regulars.catalogue.reader import AsyncConnection, products, referring
from regulars.catalogue.refer import gtin_ref, sku_ref
from regulars.model.catalogue import PRODUCT, VARIANT
from regulars.model.product import Product

LONGEST: Final = 200
MOST: Final = 100
_CANDIDATES: Final = 1000
_WORDS: Final = 10


async def search_products(
    connection: AsyncConnection, text: str, limit: int, at: int, currency: str = ""
) -> tuple[Product, ...]:
    """The products whose words hold all words of the text, likeliest first, as of `at` (microseconds UTC).

    A whole sku or GTIN comes before all others, be it of a variant; products merely seen come after the catalogue's.
    """
    plain = text.strip()[:LONGEST]
    if not plain:
        return ()
    exact = await referring(connection, [PRODUCT, VARIANT], [sku_ref(plain), gtin_ref(plain)], limit)
    words = plain.casefold().split()[:_WORDS]
    likes = {f"like_{n}": _like(word) for n, word in enumerate(words)}
    asked = {"text": plain.casefold(), "many": _CANDIDATES, "limit": limit, **likes}
    cursor = await connection.cursor(binary=True).execute(queries.find_products(len(words)).encode(), asked)
    ids = dict.fromkeys([*(id for _, id, _ in exact), *(row[0] for row in await cursor.fetchall())])
    found = await products(connection, list(ids)[:limit], at, currency)
    return tuple(found[id] for id in list(ids)[:limit] if id in found)


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
