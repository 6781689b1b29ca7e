"""Time to buy again: what is due comes first, whatever order the purchases come in."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.recommendations.again import due, need, repeat_gaps
from regulars.recommendations.columns import purchases

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5), st.integers(0, 300)), min_size=1, max_size=40)


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        purchases([1, 2], [1], [0], [1.0])


def test_nothing_bought_has_default_gaps_and_nothing_due() -> None:
    gaps = repeat_gaps(purchases([], [], [], []), 3)
    assert gaps.days.tolist() == pytest.approx([90.0] * 3) and gaps.seen.tolist() == [0, 0, 0]
    assert len(due(np.zeros(0, np.int32), np.zeros(0), np.zeros(0), 5.0).product) == 0


def test_gaps_are_a_products_own_drawn_towards_all() -> None:
    weekly = [(0, 0, day) for day in range(0, 140, 7)]
    monthly = [(0, 1, day) for day in range(0, 140, 30)]
    customer, product, day = zip(*weekly, *monthly, strict=True)
    gaps = repeat_gaps(purchases(customer, product, [-1] * len(day), day), 3)
    assert 7 <= gaps.days[0] < gaps.days[2] < gaps.days[1] <= 30
    assert gaps.seen.tolist() == [19, 4, 0]


def test_one_visit_is_not_two_needs_and_two_customers_share_no_gap() -> None:
    rows = purchases([0, 0, 1], [0, 0, 0], [-1] * 3, [1.0, 1.1, 20.0])
    assert repeat_gaps(rows, 1).seen.tolist() == [0]


def test_need_is_a_chance_that_is_largest_when_due() -> None:
    since = np.array([0.0, 30.0, 3_000.0])
    chance = need(since, np.full(3, 30.0))
    assert ((chance > 0) & (chance < 1)).all()
    assert chance[1] > chance[2]


def test_oftener_and_later_comes_first() -> None:
    product = np.array([0, 0, 0, 1, 2], np.int32)
    day = np.array([70.0, 80.0, 90.0, 90.0, 1.0])
    found = due(product, day, np.full(3, 20.0), 100.0)
    assert found.product.tolist() == [0, 1, 2]
    assert found.times.tolist() == [3, 1, 1] and found.since.tolist() == [10.0, 10.0, 99.0]


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, int, int]], random: Random) -> None:
    shuffled = random.sample(rows, len(rows))
    both = []
    for each in (rows, shuffled):
        customer, product, day = zip(*each, strict=True)
        gaps = repeat_gaps(purchases(customer, product, [-1] * len(day), day), 6)
        both.append(due(np.array(product, np.int32), np.array(day, float), gaps.days.astype(float), 301.0))
    assert both[0].product.tolist() == both[1].product.tolist()
    assert np.allclose(both[0].score, both[1].score) and (both[0].score >= 0).all()
