"""The catalogue brought from a snapshot into the lake: what has changed of it, or all where something is gone."""

from collections.abc import Iterable

from regulars.catalogue.reader import products, stores
from regulars.lake import queries
from regulars.lake.discreet import NOTHING, word
from regulars.lake.reading import Reader, chunks
from regulars.lake.thing_rows import product_rows, store_row
from regulars.lake.writing import gathering
from regulars.storage.binary import texts
from regulars.storage.lake.shelf import Shelf

TABLES = ("products", "variants", "prices", "stores", "stock")
BY_PRODUCT = ("products", "variants", "prices", "stock")
MANY = 50_000
"""Of more products that have changed all are written anew."""
_COUNTED = ("catalogue", "amounts", "seen_products", "stock")


class Things:
    """Brings the catalogue of one snapshot into a shelf."""

    def __init__(self, reader: Reader, shelf: Shelf, currency: str) -> None:
        self._reader = reader
        self._shelf = shelf
        self._currency = currency

    def bring(self, whole: bool, progress: dict[str, int]) -> bool:
        """Follow what has changed since `progress`, which is brought up to date; returns whether anything had."""
        counts = dict(zip(_COUNTED, self._reader.one(queries.COUNTS), strict=True))
        gone = any(counts[name] < progress.get(f"rows.{name}", 0) for name in counts)
        ids, any_store = self._changed(progress) if not (whole or gone) else (set(), True)
        progress.update({f"rows.{name}": n for name, n in counts.items()})
        if whole or gone or len(ids) >= MANY:
            self._everything()
            return True
        if ids:
            self._shelf.keys("changed_products", {"product": "VARCHAR"}, ((id,) for id in ids))
            for table in BY_PRODUCT:
                self._shelf.take_out(table, ("product",), "changed_products")
            self._products(ids)
        if any_store:
            self._stores()
        return bool(ids) or any_store

    def _changed(self, progress: dict[str, int]) -> tuple[set[str], bool]:
        since, at = progress.get("transaction", 0), progress.get("clock", 0)
        ids: set[str] = set()
        any_store = False
        for query in queries.THINGS.values():
            for id, kind in self._reader.all(query, since, MANY):
                any_store = any_store or kind == "store"
                if kind in ("", "product", "variant"):
                    ids.add(id)
        ids.update(id for (id,) in self._reader.all(queries.BECOME_VALID, at, self._reader.now.clock))
        return ids, any_store

    def _everything(self) -> None:
        for table in TABLES:
            self._shelf.clear(table)
        ids: set[str] = set()
        for query in (queries.PRODUCT_IDS, queries.STOCKED):
            for rows in self._reader.parts(query):
                ids.update(id for (id,) in rows)
        self._products(ids)
        self._stores()

    def _products(self, ids: Iterable[str]) -> None:
        reader = self._reader
        with gathering(self._shelf, *BY_PRODUCT) as gathered:
            for part in chunks(ids):
                for product in reader.run(products, part, reader.now.clock, self._currency).values():
                    for table, row in product_rows(product):
                        gathered.put(table, row)
                for product, variant, kind, currency, valid_from, minor in reader.all(queries.AMOUNTS_OF, texts(part)):
                    if word(product, NOTHING, True) is not None:
                        said = {"kind": kind, "currency": currency, "valid_from": valid_from, "amount": minor}
                        gathered.put("prices", {"product": product, "variant": variant or None, **said})
                for store, product, variant, quantity, time in reader.all(queries.STOCK_OF, texts(part)):
                    if word(product, NOTHING, True) is not None and word(store, NOTHING, True) is not None:
                        said = {"quantity": float(quantity), "time": time}
                        gathered.put("stock", {"store": store, "product": product, "variant": variant or None, **said})

    def _stores(self) -> None:
        self._shelf.clear("stores")
        with gathering(self._shelf, "stores") as gathered:
            for rows in self._reader.parts(queries.STORE_IDS):
                for store in self._reader.run(stores, [id for (id,) in rows]).values():
                    row = store_row(store)
                    if row is not None:
                        gathered.put("stores", row)
