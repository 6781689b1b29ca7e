"""BM25 of the library `implicit`, to hold our lists against; where that is not installed, the same formula by SciPy."""

import warnings
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix

from regulars.evaluation.households import Split
from regulars.evaluation.ranked import DEPTH

NEIGHBOURS: Final = 100
K1, B = 1.2, 0.75

Ranker = Callable[[int], list[str]]


def bm25(data: Split) -> tuple[str, Ranker, Ranker]:
    """Its name, and its lists with and without what a household had, by the household's number."""
    eligible = np.flatnonzero(data.eligible)
    place = np.full(len(data.products), -1)
    place[eligible] = np.arange(len(eligible))
    what = place[data.before.product]
    there = what >= 0
    baskets = csr_matrix(
        (np.ones(int(there.sum())), (data.before.customer[there], what[there])),
        shape=(len(data.households), len(eligible)),
    )
    baskets.sum_duplicates()
    ids = [bytes(each).decode() for each in data.products[eligible].tolist()]
    name, recommend = _implicit(baskets)
    return (
        name,
        lambda who: [ids[at] for at in recommend(who, False)],
        lambda who: [ids[at] for at in recommend(who, True)],
    )


def _implicit(baskets: Any) -> tuple[str, Callable[[int, bool], list[int]]]:
    try:
        from implicit.nearest_neighbours import BM25Recommender
    except ImportError:
        return "BM25 (implicit's formula)", _plain(baskets)
    model = BM25Recommender(K=NEIGHBOURS, K1=K1, B=B, num_threads=1)
    with warnings.catch_warnings():
        # It warns of a conversion that it makes itself.
        warnings.simplefilter("ignore")
        model.fit(baskets, show_progress=False)

    def recommend(who: int, new: bool) -> list[int]:
        found, _ = model.recommend(who, baskets[who], N=DEPTH, filter_already_liked_items=new)
        return [int(each) for each in found if each >= 0]

    return "implicit BM25", recommend


def _plain(baskets: Any) -> Callable[[int, bool], list[int]]:
    """As `implicit` 0.7 does it: the document is the household, the similarity of two products a sum of products."""
    counts = baskets.tocoo()
    length = np.asarray(baskets.sum(axis=1)).ravel()
    inverse = np.log(baskets.shape[0]) - np.log1p(np.bincount(counts.col, minlength=baskets.shape[1]))
    damping = K1 * ((1 - B) + B * length / length.mean())
    value = counts.data * (K1 + 1) / (damping[counts.row] + counts.data) * inverse[counts.col]
    weights = csr_matrix((value, (counts.row, counts.col)), shape=baskets.shape)
    near = _strongest((weights.T @ weights).tocsr())

    def recommend(who: int, new: bool) -> list[int]:
        score = np.asarray((baskets[who] @ near).todense()).ravel()
        if new:
            score[baskets[who].indices] = -1.0
        best: list[int] = np.lexsort((np.arange(len(score)), -score))[:DEPTH].tolist()
        return best

    return recommend


def _strongest(near: Any) -> Any:
    """Each row cut to its largest `NEIGHBOURS`."""
    for at in range(near.shape[0]):
        values = near.data[near.indptr[at] : near.indptr[at + 1]]
        if len(values) > NEIGHBOURS:
            values[values < np.partition(values, -NEIGHBOURS)[-NEIGHBOURS]] = 0.0
    near.eliminate_zeros()
    return near
