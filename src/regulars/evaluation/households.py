"""The Complete Journey data set cut in time: what households bought before a day, and what in the days after."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from regulars.collection.completejourney import CONFIG
from regulars.collection.completejourney_files import find_files, installed
from regulars.evaluation import queries
from regulars.recommendations.columns import Flags, Purchases, Texts, purchases

CUT: Final = date(2017, 12, 4)
DAYS: Final = 14
LEAST: Final = 10
"""Products that fewer households bought before are not recommended."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Split:
    """Purchases before `now` (days since 1970), and what each household bought in the days after, by product id.

    `products`, `stores` and `households` are sorted; `eligible` says which products may be recommended. `wanted` has
    the households that bought in both parts, by their number.
    """

    now: float
    before: Purchases
    households: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    products: Texts
    stores: Texts
    eligible: Flags
    wanted: dict[int, frozenset[str]]


def read(folder: Path | None = None) -> dict[str, Any]:
    """The columns household, product, store and day of the whole data set. Raises ImportFailed without it."""
    file = find_files(folder if folder is not None else installed())["transactions"]
    with duckdb.connect(":memory:", config=CONFIG) as connection:
        found: dict[str, Any] = connection.execute(queries.BASKETS, [str(file)]).fetchnumpy()
    return found


def split(rows: dict[str, Any], cut: date = CUT, days: int = DAYS, least: int = LEAST) -> Split:
    """The data cut at the beginning of a day (UTC)."""
    now = float((cut - _EPOCH).days)
    day = rows["day"]
    past, future = day < now, (day >= now) & (day < now + days)
    households, who = np.unique(rows["household"][past], return_inverse=True)
    products, what = np.unique(rows["product"][past].astype(np.bytes_), return_inverse=True)
    stores, where = np.unique(rows["store"][past].astype(np.bytes_), return_inverse=True)
    having = np.unique(np.stack([what, who]), axis=1)[0]
    eligible = np.bincount(having, minlength=len(products)) >= least
    wanted: dict[int, set[str]] = defaultdict(set)
    number = {int(id): at for at, id in enumerate(households)}
    for household, product in zip(rows["household"][future].tolist(), rows["product"][future].tolist(), strict=True):
        if household in number:
            wanted[number[household]].add(product)
    return Split(
        now,
        purchases(who, what, where, day[past]),
        households,
        products,
        stores,
        eligible,
        {who: frozenset(each) for who, each in sorted(wanted.items())},
    )
