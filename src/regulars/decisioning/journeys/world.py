"""What journeys ask of the shop: when a product is bought again, what tells about it, whether it lies somewhere."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from regulars.decisioning.journeys import queries
from regulars.recommendations.model import Model
from regulars.storage.database import Connection

REMEMBERED: Final = 60.0
"""Seconds for which an answer is kept."""
MOST: Final = 50_000
SURE: Final = 3
"""A product's gap counts from so many repeated purchases on."""


class ShopWorld:
    """The shop as it is now, from PostgreSQL and the model of recommendations; answers are kept for a minute."""

    def __init__(self, connection: Connection, model: Callable[[], Model | None]) -> None:
        """`connection` is in autocommit or in the caller's transaction."""
        self._connection = connection
        self._model = model
        self._stock: dict[str, bool] = {}
        self._articles: dict[tuple[str, ...], str] = {}
        self._since = 0.0

    def gap(self, product: str) -> float | None:
        """The typical days between two purchases of a product."""
        model = self._model()
        if model is None:
            return None
        number = int(model.products([product])[0])
        if number < 0 or int(model.gaps.seen[number]) < SURE:
            return None
        return float(model.gaps.days[number])

    def article(self, products: Sequence[str]) -> str:
        """The id of an article about any of these, of several the first by id."""
        self._forget()
        asked = tuple(products[:50])
        if asked not in self._articles:
            refs = [f"product:{each}" for each in asked]
            row = self._connection.cursor(binary=True).execute(queries.ARTICLES, (refs,)).fetchone()
            self._articles[asked] = row[0] if row else ""
        return self._articles[asked]

    def in_stock(self, products: Sequence[str]) -> bool:
        """Whether any of these lies somewhere; of a product whose stock nobody tells, it is taken that it does."""
        self._forget()
        unknown = [each for each in products if each not in self._stock]
        if unknown:
            rows = self._connection.cursor(binary=True).execute(queries.LIES, (unknown,))
            self._stock.update({product: lies or not told for product, lies, told in rows})
        return any(self._stock[each] for each in products) or not products

    def _forget(self) -> None:
        now = time.monotonic()
        if now - self._since > REMEMBERED or len(self._stock) + len(self._articles) > MOST:
            self._stock.clear()
            self._articles.clear()
            self._since = now
