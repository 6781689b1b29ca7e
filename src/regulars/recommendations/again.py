"""Time to buy again: how often she buys a thing, how lately, and after what time people need it anew.

A product's score is frequency × recency × need. Frequency and recency are one sum: each purchase counts half as much
every `HALF_LIFE` days. Need is the chance that the next purchase falls into the coming `HORIZON` days, given that none
fell into the days since the last one; gaps between purchases of a product are taken as log-logistic about its typical
gap (a closed form, heavier in its tail than an exponential, so that long pauses are forgiven).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from regulars.recommendations.columns import Floats, Ints, Purchases, Weights, sums

HALF_LIFE: Final = 90.0
"""Days after which a purchase counts half."""
HORIZON: Final = 28.0
"""Days for which is recommended."""
SHAPE: Final = 1.5
"""Of the log-logistic gaps: how closely they lie about the typical one."""
SAME_VISIT: Final = 0.5
"""Gaps of fewer days are one visit, not two needs."""
PRIOR: Final = 5.0
"""So many gaps of all products together are added to a product's own, so that one odd gap means little."""


@dataclass(frozen=True)
class Gaps:
    """For each product the typical days between two purchases by one customer, and how many gaps that rests on."""

    days: Weights
    seen: Ints


@dataclass(frozen=True)
class Due:
    """Products she has bought, best first: `score`, how often (`times`), the `last` day, the days `since` then."""

    product: Ints
    score: Floats
    times: Ints
    last: Floats
    since: Floats


def repeat_gaps(bought: Purchases, products: int) -> Gaps:
    """The typical gap of each of so many products: a geometric mean, drawn towards that of all products."""
    order = np.lexsort((bought.day, bought.product, bought.customer))
    customer, product, day = bought.customer[order], bought.product[order], bought.day[order]
    between = np.diff(day)
    again = (customer[1:] == customer[:-1]) & (product[1:] == product[:-1]) & (between > SAME_VISIT)
    lengths, of = np.log(between[again]), product[1:][again]
    overall = float(lengths.mean()) if len(lengths) else float(np.log(HALF_LIFE))
    seen = np.bincount(of, minlength=products)
    total = sums(of, lengths, products)
    days = np.exp((total + PRIOR * overall) / (seen + PRIOR))
    return Gaps(days.astype(np.float32), seen.astype(np.int32))


def need(since: Floats, gap: Floats) -> Floats:
    """The chance, 0 to 1, that somebody who bought `since` days ago buys again within `HORIZON`."""
    return 1 - (1 + (since / gap) ** SHAPE) / (1 + ((since + HORIZON) / gap) ** SHAPE)


def due(product: Ints, day: Floats, gap: Floats, now: float) -> Due:
    """Her purchases, a row a product and order, ranked at `now` (days since 1970); ties by product.

    `gap` has the typical days of each product, by its number.
    """
    found, of, times = np.unique(product, return_inverse=True, return_counts=True)
    age = np.maximum(now - day, 0.0)
    often = sums(of, 0.5 ** (age / HALF_LIFE), len(found))
    last = np.full(len(found), -np.inf)
    np.maximum.at(last, of, day)
    since = np.maximum(now - last, 0.0)
    score = often * need(since, gap[found])
    best = np.lexsort((found, -score))
    return Due(
        found[best].astype(np.int32), score[best], times[best].astype(np.int32), last[best], since[best]
    )  # fmt: skip
