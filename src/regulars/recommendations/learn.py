"""From purchases to a model; pure."""

from typing import Final

import numpy as np

from regulars.recommendations.again import repeat_gaps
from regulars.recommendations.alike import NEIGHBOURS
from regulars.recommendations.columns import Flags, Ints, Purchases
from regulars.recommendations.cooccurrence import MOST_PURCHASES, counts, idf, neighbours
from regulars.recommendations.model import Catalogue, Model
from regulars.recommendations.popular import popularity
from regulars.recommendations.ranking import TASTE_HALF_LIFE

LEAST: Final = (2, 10)
"""Products that fewer customers have are alike to none: one in `SHARE` of the customers, within these bounds."""
SHARE: Final = 200


def least_customers(customers: int) -> int:
    """So many of this many customers must have a product before it is alike to another."""
    return min(max(customers // SHARE, LEAST[0]), LEAST[1])


def learn(bought: Purchases, wished: Purchases, catalogue: Catalogue, now: float, many: int = NEIGHBOURS) -> Model:
    """The model as of `now` (days since 1970 UTC), from purchases and from what customers wished for.

    `customer` must mean the same in both. Wishes count for what is alike, not for what sells or how often.
    """
    products, stores = len(catalogue.product), len(catalogue.store)
    bought, wished = _latest(bought), _latest(wished)
    customers = np.concatenate([bought.customer, wished.customer])
    having = counts(customers, np.concatenate([bought.product, wished.product]), products)
    having.data[:] = 1
    per_product = np.bincount(having.indices, minlength=products)
    wanted = (per_product >= least_customers(having.shape[0])) & catalogue.offered
    weight = 0.5 ** (np.maximum(now - bought.day, 0.0) / TASTE_HALF_LIFE)
    buyers = max(len(np.unique(bought.customer)), 1)
    return Model(
        now,
        having.shape[0],
        max(float(weight.sum()) / buyers, 1e-6),
        catalogue,
        idf(having),
        repeat_gaps(bought, products),
        neighbours(having, wanted, many),
        popularity(bought, products, stores, now),
    )


def _latest(rows: Purchases) -> Purchases:
    """Without all but the latest `MOST_PURCHASES` rows of each customer."""
    order = np.lexsort((-rows.day, rows.customer))
    return rows.where(_kept(rows.customer[order], order))


def _kept(customer: Ints, order: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Flags:
    start = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]]) if len(customer) else np.zeros(0, np.int64)
    lengths = np.diff(np.append(start, len(customer)))
    place = np.arange(len(customer)) - np.repeat(start, lengths)
    kept = np.zeros(len(customer), bool)
    kept[order[place < MOST_PURCHASES]] = True
    return kept
