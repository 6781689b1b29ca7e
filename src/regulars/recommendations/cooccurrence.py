"""Which products are alike, learnt from who has what: apart from `alike`, since only learning needs SciPy."""

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import numpy as np
from scipy.sparse import csr_array

from regulars.recommendations.alike import K1, NEIGHBOURS, NONE, B, Neighbours
from regulars.recommendations.columns import Flags, Floats, Ints, Weights

MOST_PURCHASES: Final = 5_000
"""Of one customer no more purchases count than these, the latest: one reseller must not cost more than a whole town."""
PAIRS: Final = 20_000_000
"""So many pairs of products are multiplied out at a time at most, in about eight bytes each."""

Matrix: TypeAlias = "csr_array[Any]"


def counts(customer: Ints, product: Ints, products: int, weight: Floats | None = None) -> Matrix:
    """A row a customer who occurs, a column a product: how often, or how much, each has of it."""
    _, row = np.unique(customer, return_inverse=True)
    values = np.ones(len(row)) if weight is None else weight
    made = csr_array((values, (row, product)), shape=(int(row.max(initial=-1)) + 1, products))
    made.sum_duplicates()
    return made


def idf(bought: Matrix) -> Floats:
    """How much a product says, by the share of customers who have it: ln N − ln(1 + n)."""
    having = np.bincount(bought.indices, minlength=bought.shape[1])
    says: Floats = np.maximum(np.log(max(bought.shape[0], 1)) - np.log1p(having), 0.0)
    return says


def weighed(bought: Matrix, inverse: Floats) -> Matrix:
    """BM25 of each value; the length of a row is the sum of its values."""
    per_row = np.diff(bought.indptr)
    length = bought.sum(axis=1)
    relative = length / max(float(length.mean()), 1e-12) if len(length) else length
    damping = K1 * ((1 - B) + B * np.repeat(relative, per_row))
    values = bought.data * (K1 + 1) / (damping + bought.data) * inverse[bought.indices]
    return csr_array((values.astype(np.float32), bought.indices, bought.indptr), shape=bought.shape)


def neighbours(bought: Matrix, wanted: Flags, many: int = NEIGHBOURS) -> Neighbours:
    """Those most alike to each product, among the `wanted` ones; `bought` holds who has what at all, as ones."""
    found = np.full((bought.shape[1], many), NONE, np.int32)
    strength = np.zeros((bought.shape[1], many), np.float32)
    kept = np.flatnonzero(wanted)
    weights = weighed(bought, idf(bought))[:, kept].tocsc()
    rows = weights.tocsr()
    for start, end in _stretches(weights, rows):
        block = (weights[:, start:end].T @ rows).tocsr()
        for at in range(end - start):
            own = slice(block.indptr[at], block.indptr[at + 1])
            near, value = _strongest(block.indices[own], block.data[own], start + at, many)
            found[kept[start + at], : len(near)] = kept[near]
            strength[kept[start + at], : len(near)] = value
    return Neighbours(found, strength)


def _stretches(columns: Any, rows: Matrix) -> Iterator[tuple[int, int]]:
    """Ranges of products whose pairs fit into memory together."""
    lengths = np.diff(rows.indptr)
    pairs = np.add.reduceat(
        np.append(lengths[columns.indices], 0), np.minimum(columns.indptr[:-1], len(columns.indices))
    ) if columns.shape[1] else np.zeros(0)  # fmt: skip
    pairs = np.minimum(np.where(np.diff(columns.indptr) > 0, pairs, 0), columns.shape[1])
    start, total = 0, 0
    for at, each in enumerate(pairs.tolist()):
        if total + each > PAIRS and at > start:
            yield start, at
            start, total = at, 0
        total += each
    if start < len(pairs):
        yield start, len(pairs)


def _strongest(near: Ints, value: Weights, own: int, many: int) -> tuple[Ints, Weights]:
    """The `many` largest but the product itself, best first; ties by product."""
    others = near != own
    near, value = near[others], value[others]
    if len(near) > 2 * many:
        floor = np.partition(value, len(value) - many)[len(value) - many]
        near, value = near[value >= floor], value[value >= floor]
    best = np.lexsort((near, -value))[:many]
    return near[best], value[best]
