"""What is alike: BM25 held against the formula written out by hand, its bounds, and what nobody shares."""

from math import log

import numpy as np
import pytest

from regulars.recommendations import cooccurrence
from regulars.recommendations.alike import K1, NONE, B, Neighbours, alike
from regulars.recommendations.columns import places, texts
from regulars.recommendations.cooccurrence import counts, idf, neighbours

HAVE = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 1), (2, 3), (3, 4), (4, 4), (5, 4)]
CUSTOMERS = 6


def having() -> cooccurrence.Matrix:
    customer, product = (np.array(each, np.int32) for each in zip(*HAVE, strict=True))
    return counts(customer, product, 6)


def by_hand(a: int, b: int) -> float:
    baskets = {who: {p for w, p in HAVE if w == who} for who in range(CUSTOMERS)}
    mean = len(HAVE) / CUSTOMERS
    total = 0.0
    for basket in baskets.values():
        if a in basket and b in basket:
            tf = (K1 + 1) / (K1 * (1 - B + B * len(basket) / mean) + 1)
            total += tf * inverse(a) * tf * inverse(b)
    return total


def inverse(product: int) -> float:
    return max(log(CUSTOMERS) - log(1 + sum(p == product for _, p in HAVE)), 0.0)


def test_it_is_bm25() -> None:
    near = neighbours(having(), np.ones(6, bool), 3)
    assert idf(having()).tolist() == pytest.approx([inverse(p) for p in range(6)])
    for product in range(6):
        for other, strength in zip(near.product[product].tolist(), near.strength[product].tolist(), strict=True):
            assert other != product
            assert strength == pytest.approx(by_hand(product, other) if other != NONE else 0.0, rel=1e-5)
    assert near.product[4].tolist() == near.product[5].tolist() == [NONE] * 3


def test_only_wanted_products_and_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = np.array([True, True, False, True, True, True])
    near = neighbours(having(), wanted, 1)
    assert near.product[0].tolist() == [1] and near.product[2].tolist() == [NONE]
    assert 2 not in near.product
    monkeypatch.setattr(cooccurrence, "PAIRS", 1)
    bit_by_bit = neighbours(having(), wanted, 1)
    assert (bit_by_bit.product == near.product).all() and np.allclose(bit_by_bit.strength, near.strength)


def test_nobody_and_nothing() -> None:
    none = np.zeros(0, np.int32)
    near = neighbours(counts(none, none, 3), np.ones(3, bool), 2)
    assert (near.product == NONE).all()
    assert all(len(each) == 0 for each in alike(none, np.zeros(0), near))


def test_alike_adds_up_and_names_what_speaks_most() -> None:
    near = Neighbours(
        np.array([[2, 3], [3, NONE], [NONE, NONE], [NONE, NONE]], np.int32),
        np.array([[1.0, 0.5], [2.0, 0.0], [0.0, 0.0], [0.0, 0.0]], np.float32),
    )
    found, score, source = alike(np.array([0, 1], np.int32), np.array([1.0, 0.5]), near)
    assert found.tolist() == [2, 3]
    assert score.tolist() == [1.0, 1.5]
    assert source.tolist() == [0, 1]


def test_places_among_sorted_ids() -> None:
    known = texts(["a", "bb", "č"])
    assert places(known, ["bb", "a", "", "b", "bbb", "č", "zzzzzzzzzz"]).tolist() == [1, 0, -1, -1, -1, 2, -1]
    assert places(texts([]), ["a"]).tolist() == [-1] and places(known, []).tolist() == []
