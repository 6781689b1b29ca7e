"""The two lists of one customer: what she will need again, and what she may like; pure, best first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np

from regulars.recommendations.again import due
from regulars.recommendations.alike import K1, B, alike
from regulars.recommendations.columns import NOWHERE, Flags, Floats, Ints, sums
from regulars.recommendations.model import UNKNOWN_GAP, Model
from regulars.recommendations.taste import Taste

TASTE_HALF_LIFE: Final = 90.0
"""Days after which something that she likes counts half."""
TREND: Final = 0.75
"""The power of the trend: 0 would leave it out, 1 would follow it wholly."""
AFFINITY: Final = 4.0
"""A product of the only category that she likes counts so many times more, where nothing but its sales is known."""
POOL: Final = 300
"""So many candidates of a list are looked at where they are masked by what lies in a store."""


@dataclass(frozen=True)
class Again:
    """Products to buy again: ids, and for each how often she bought it, days since then, its typical gap."""

    product: list[str]
    number: Ints
    score: Floats
    times: Ints
    since: Floats
    gap: Floats


@dataclass(frozen=True)
class Like:
    """Products she may like, by number; `source` is the liked product that speaks most for each, -1 for its sales."""

    number: Ints
    score: Floats
    source: Ints


def rank_again(model: Model, taste: Taste, now: float) -> Again:
    """Her own purchases, as of `now` (days since 1970), without what is barred or no longer offered."""
    ids = sorted({each.product for each in taste.own} - taste.barred)
    number = model.products(ids)
    known = number >= 0
    offered = ~known
    offered[known] = model.catalogue.offered[number[known]]
    place = {ids[at]: at for at in np.flatnonzero(offered).tolist()}
    rows = [(place[each.product], each.day) for each in taste.own if each.product in place]
    local = np.array([at for at, _ in rows], np.int32)
    gaps = np.full(len(ids), UNKNOWN_GAP)
    gaps[known] = model.gaps.days[number[known]]
    ranked = due(local, np.array([day for _, day in rows]), gaps, now)
    chosen = ranked.product
    return Again(
        [ids[at] for at in chosen.tolist()], number[chosen], ranked.score, ranked.times, ranked.since, gaps[chosen]
    )  # fmt: skip


def rank_like(
    model: Model, taste: Taste, now: float, store: int, without: Collection[str] = (), many: int = POOL
) -> Like:  # fmt: skip
    """What she has never had, at most so `many`: what is alike to her taste, then what sells in the store."""
    liked, weight = _liked(model, taste, now)
    closed = np.zeros(len(model.catalogue.product), bool)
    known = model.products([*taste.had, *taste.barred, *without])
    closed[known[known >= 0]] = True
    found, score, source = alike(liked, weight, model.near) if len(liked) else _NOTHING
    open_ = ~closed[found] & model.catalogue.offered[found]
    found, source = found[open_], source[open_]
    score = score[open_] * model.popular.trend[found].astype(np.float64) ** TREND
    best = np.lexsort((found, -score))[:many]
    found, score, source = found[best], score[best], source[best]
    closed[found] = True
    more = _selling(model, liked, weight, store, closed, many - len(found))
    return Like(
        np.concatenate([found, more]), np.concatenate([score, np.zeros(len(more))]),
        np.concatenate([source, np.full(len(more), NOWHERE, np.int32)]),
    )  # fmt: skip


_NOTHING: Final = (np.zeros(0, np.int32), np.zeros(0), np.zeros(0, np.int32))


def _liked(model: Model, taste: Taste, now: float) -> tuple[Ints, Floats]:
    """The products she likes, each once, and BM25 of how much: half as much every `TASTE_HALF_LIFE` days."""
    rows = [(each.product, 1.0, each.day) for each in taste.own]
    rows += [(each.product, each.weight, each.day) for each in taste.likings]
    number = model.products([product for product, _, _ in rows])
    there = number >= 0
    amounts = np.array([weight for _, weight, _ in rows])[there] if rows else np.zeros(0)
    days = np.array([day for _, _, day in rows])[there] if rows else np.zeros(0)
    liked, of = np.unique(number[there], return_inverse=True)
    age = np.maximum(now - days, 0.0)
    much = sums(of, amounts * 0.5 ** (age / TASTE_HALF_LIFE), len(liked))
    damping = K1 * ((1 - B) + B * float(much.sum()) / model.length)
    return liked.astype(np.int32), much * (K1 + 1) / (damping + much) * model.inverse[liked]


def _selling(model: Model, liked: Ints, weight: Floats, store: int, closed: Flags, many: int) -> Ints:
    """What sells lately in a store, sooner of the categories that she likes."""
    if many <= 0:
        return np.zeros(0, np.int32)
    number, share = model.selling_in(store)
    open_ = ~closed[number]
    number, share = number[open_], share[open_]
    category = model.catalogue.category
    of = category[liked]
    # One place more than there are categories: -1, for none, leads to it.
    affinity = sums(of[of >= 0], weight[of >= 0], len(model.catalogue.categories) + 1)
    affinity /= max(float(affinity.sum()), 1e-12)
    score = share * (1 + AFFINITY * affinity[category[number]])
    return number[np.lexsort((number, -score))[:many]]
