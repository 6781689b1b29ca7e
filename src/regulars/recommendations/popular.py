"""What sells: everywhere, in each store, and more than usual just now."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from regulars.recommendations.columns import NOWHERE, Floats, Ints, Purchases, Weights, sums

LATELY: Final = 14.0
USUALLY: Final = 180.0
"""Days after which a sale counts half for what sells lately, and for what sells usually."""
CALM: Final = 12.0
"""So many usual sales are added to both sides, so that a single sale makes no fashion."""
STORE_PRIOR: Final = 1_000.0
"""So many sales of all stores are added to a store's own."""


@dataclass(frozen=True)
class Popular:
    """Shares of the sales of lately: `overall` a product each; of store s those from `start[s]` to `start[s + 1]`.

    `trend` is how much more than usual a product sells lately, 1 for as usual.
    """

    overall: Weights
    trend: Weights
    start: Ints
    product: Ints
    share: Weights


def popularity(bought: Purchases, products: int, stores: int, now: float) -> Popular:
    """What sells as of `now` (days since 1970)."""
    age = np.maximum(now - bought.day, 0.0)
    lately = _sales(bought.product, age, LATELY, products)
    usually = _sales(bought.product, age, USUALLY, products) * (LATELY / USUALLY)
    calm = CALM * LATELY / USUALLY
    trend = (lately + calm) / (usually + calm)
    overall = lately / max(float(lately.sum()), 1e-12)
    start, product, share = _by_store(bought, age, products, stores)
    return Popular(overall.astype(np.float32), trend.astype(np.float32), start, product, share)


def in_store(popular: Popular, store: int) -> Floats:
    """The share of each product in the sales of one store, drawn towards that of all; `NOWHERE`: of all."""
    shares = popular.overall.astype(np.float64)
    if store == NOWHERE:
        return shares
    own = slice(int(popular.start[store]), int(popular.start[store + 1]))
    total = float(popular.share[own].sum())
    # What is kept is the store's part of the sum; the rest is of all stores together.
    shares *= max(1.0 - total, 0.0)
    shares[popular.product[own]] += popular.share[own]
    return shares


def _by_store(bought: Purchases, age: Floats, products: int, stores: int) -> tuple[Ints, Ints, Weights]:
    inside = bought.store != NOWHERE
    place = bought.store[inside].astype(np.int64) * products + bought.product[inside]
    found, of = np.unique(place, return_inverse=True)
    sold = sums(of, 0.5 ** (age[inside] / LATELY), len(found))
    store = found // max(products, 1)
    share = sold / (sums(store, sold, stores)[store] + STORE_PRIOR)
    start = np.searchsorted(store, np.arange(stores + 1))
    return start.astype(np.int32), (found % max(products, 1)).astype(np.int32), share.astype(np.float32)


def _sales(product: Ints, age: Floats, half_life: float, products: int) -> Floats:
    return sums(product, 0.5 ** (age / half_life), products)
