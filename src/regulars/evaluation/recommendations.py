"""How well the two lists foretell what households buy next, beside popularity, personal frequency and BM25."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
import numpy as np

from regulars.evaluation.bm25 import bm25
from regulars.evaluation.households import Split
from regulars.evaluation.identity import Target
from regulars.evaluation.ranked import DEPTH, ndcg
from regulars.recommendations.columns import purchases
from regulars.recommendations.learn import learn
from regulars.recommendations.model import Catalogue, Model
from regulars.recommendations.ranking import rank_again, rank_like
from regulars.recommendations.taste import Purchase, Taste

ALL, NEW = 0.330, 0.026
"""The targets: NDCG@10 over everything that is bought, and over what the household never bought before."""

OURS: Final = "Regulars"

Ranker = Callable[[int], list[str]]


def evaluate(data: Split) -> dict[str, Any]:
    """Judge the lists on a split; hands back plain data: `methods` (name → all, new), counts, `targets`, `passed`.

    *All*: of the households that bought in both parts, everything bought later is wanted. *New*: what a household had
    never bought before, of the households that bought any such thing; what it had is not recommended. Products that
    may not be recommended stay wanted.
    """
    had = _had(data)
    new = {who: frozenset(wanted - had[who].keys()) for who, wanted in data.wanted.items()}
    new = {who: wanted for who, wanted in new.items() if wanted}
    methods: dict[str, dict[str, float]] = {}
    for name, everything, unknown in _methods(data, had):
        methods[name] = {"all": _mean(everything, data.wanted), "new": _mean(unknown, new)}
    goals = [_at_least("all", methods[OURS]["all"], ALL), _at_least("new to the household", methods[OURS]["new"], NEW)]
    return {
        "households": len(data.wanted),
        "households_with_new": len(new),
        "products": int(data.eligible.sum()),
        "methods": methods,
        "targets": [msgspec.structs.asdict(goal) for goal in goals],
        "passed": all(goal.passed for goal in goals),
    }


def model_of(data: Split) -> Model:
    """The model that production would make of the purchases before."""
    many = len(data.products)
    catalogue = Catalogue(
        data.products, np.zeros(many, "S1"), np.full(many, -1, np.int32), np.zeros(0, "S1"), data.stores, data.eligible
    )  # fmt: skip
    return learn(data.before, purchases([], [], [], []), catalogue, data.now)


def _methods(data: Split, had: list[dict[str, int]]) -> Iterator[tuple[str, Ranker, Ranker]]:
    popular = _popular(data)
    rank = {product: at for at, product in enumerate(popular)}

    def unknown(who: int) -> list[str]:
        own = had[who]
        return [each for each in popular if each not in own][:DEPTH]

    def frequent(who: int) -> list[str]:
        own = sorted((-times, rank[each]) for each, times in had[who].items() if each in rank)
        found = [popular[at] for _, at in own[:DEPTH]]
        return found + [each for each in popular[: 2 * DEPTH] if each not in found]

    yield "popularity", lambda who: popular[:DEPTH], unknown
    yield "personal frequency", frequent, unknown
    yield bm25(data)
    yield OURS, *_ours(data)


def _ours(data: Split) -> tuple[Ranker, Ranker]:
    model = model_of(data)
    tastes = _tastes(data)

    def like(who: int) -> list[str]:
        found = rank_like(model, tastes[who], data.now, model.store(tastes[who].store))
        return [model.id_of(each) for each in found.number[:DEPTH].tolist()]

    def again(who: int) -> list[str]:
        found = rank_again(model, tastes[who], data.now).product[:DEPTH]
        return found if len(found) == DEPTH else (found + like(who))[:DEPTH]

    return again, like


def _tastes(data: Split) -> list[Taste]:
    """What production knows of each household: its purchases, and the store of most of the latest."""
    own: list[list[Purchase]] = [[] for _ in data.households]
    stores = np.zeros((len(data.households), len(data.stores)))
    before = data.before
    np.add.at(stores, (before.customer, before.store), 0.5 ** ((data.now - before.day) / 90))
    ids = [bytes(each).decode() for each in data.products.tolist()]
    for who, what, day in zip(before.customer.tolist(), before.product.tolist(), before.day.tolist(), strict=True):
        own[who].append(Purchase(ids[what], day))
    best = stores.argmax(axis=1).tolist()
    return [
        Taste(tuple(each), frozenset(row.product for row in each), store=bytes(data.stores[best[who]]).decode())
        for who, each in enumerate(own)
    ]


def _had(data: Split) -> list[dict[str, int]]:
    """Of each household how many baskets had each product."""
    had: list[dict[str, int]] = [{} for _ in data.households]
    ids = [bytes(each).decode() for each in data.products.tolist()]
    for who, what in zip(data.before.customer.tolist(), data.before.product.tolist(), strict=True):
        had[who][ids[what]] = had[who].get(ids[what], 0) + 1
    return had


def _popular(data: Split) -> list[str]:
    """The products that may be recommended, by the number of households that bought them; ties by id."""
    pairs = np.unique(np.stack([data.before.product, data.before.customer]), axis=1)[0]
    buyers = np.bincount(pairs, minlength=len(data.products))
    eligible = np.flatnonzero(data.eligible)
    best = eligible[np.lexsort((eligible, -buyers[eligible]))]
    return [bytes(each).decode() for each in data.products[best].tolist()]


def _mean(rank: Ranker, wanted: Mapping[int, frozenset[str]]) -> float:
    return float(np.mean([ndcg(rank(who), each) for who, each in wanted.items()])) if wanted else 0.0


def _at_least(name: str, value: float, wanted: float) -> Target:
    return Target(name, value, "at least", wanted, value >= wanted)
