"""From the lake to the model in use; as much memory as the settings here say, however large the shop."""

import time
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import numpy as np

from regulars.recommendations import queries
from regulars.recommendations.columns import Purchases, purchases, texts
from regulars.recommendations.files import save
from regulars.recommendations.learn import learn
from regulars.recommendations.model import Catalogue
from regulars.storage.engine import open_lake
from regulars.storage.lake.manifest import read_manifest

MOST_ROWS: Final = 3_000_000
"""So many purchases are learnt from, the latest; of older days none."""
NAME: Final = 120
"""Names are kept up to so many characters."""
MEMORY: Final = "1GB"


class Trained(msgspec.Struct, frozen=True):
    """What a model was made of, and how long that took; `as_of` in days since 1970 UTC."""

    as_of: float
    customers: int
    products: int
    purchases: int
    seconds: float


def train(lake: Path, folder: Path) -> Trained:
    """Learn from the lake's present state, and publish the model in `folder`. Raises LakeError without a lake."""
    started = time.perf_counter()
    lines = lines_in(lake)
    with open_lake(lake, threads=1, memory=MEMORY) as connection:
        catalogue, bought, wished, now = read(connection)
    model = learn(bought, wished, catalogue, now)
    save(model, folder, lines)
    return Trained(now, model.customers, len(catalogue.product), len(bought), time.perf_counter() - started)


def lines_in(lake: Path) -> int:
    """How many lines of orders the lake has now; 0 where there is none."""
    manifest = read_manifest(lake)
    return 0 if manifest is None else sum(part.rows for part in manifest.parts.get("order_lines", ()))


def read(connection: duckdb.DuckDBPyConnection) -> tuple[Catalogue, Purchases, Purchases, float]:
    """What is to be learnt from: products and stores, purchases and wishes, and the day of the last purchase."""
    for query in (queries.NUMBERED, queries.NUMBERED_STORES, queries.GIFTS):
        connection.execute(query)
    [(now,)] = connection.execute(queries.LAST_TIME).fetchall()
    first = _first_day(connection)
    bought = once(_purchases(connection, queries.BOUGHT, first))
    wished = _purchases(connection, queries.WISHED, first)
    return _catalogue(connection), bought, wished, float(now)


def once(rows: Purchases) -> Purchases:
    """Without a product's further lines in one order, which is one moment: grouped here, in less memory than by SQL."""
    order = np.lexsort((rows.day, rows.product, rows.customer))
    first = np.zeros(len(rows), bool)
    for column in (rows.customer, rows.product, rows.day):
        ranked = column[order]
        first[1:] |= ranked[1:] != ranked[:-1]
    first[:1] = True
    kept = np.zeros(len(rows), bool)
    kept[order[first]] = True
    return rows.where(kept)


def _first_day(connection: duckdb.DuckDBPyConnection) -> str:
    total, first = 0, "9999-12-31"
    for day, rows in connection.execute(queries.ROWS_BY_DAY).fetchall():
        total += rows
        if total > MOST_ROWS and first != "9999-12-31":
            break
        first = str(day)
    return first


def _purchases(connection: duckdb.DuckDBPyConnection, query: str, first: str) -> Purchases:
    found: dict[str, Any] = connection.execute(query, [first]).fetchnumpy()
    return purchases(found["customer"], found["product"], found["store"], found["day"])


def _catalogue(connection: duckdb.DuckDBPyConnection) -> Catalogue:
    products, names, of, offered = [], [], [], []
    places: dict[str, int] = {}
    for product, name, category, on_offer in connection.execute(queries.PRODUCTS).fetchall():
        products.append(product)
        names.append(name[:NAME])
        of.append(places.setdefault(category, len(places)) if category else -1)
        offered.append(on_offer)
    stores = [store for (store,) in connection.execute(queries.STORES).fetchall()]
    return Catalogue(
        texts(products), texts(names), np.array(of, np.int32), texts(list(places)), texts(stores),
        np.array(offered, bool),
    )  # fmt: skip
