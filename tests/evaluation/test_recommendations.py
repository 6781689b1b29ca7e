"""The judge of recommendations: what it wants, what stays in the denominator, and that each method is judged alike."""

from datetime import date

import numpy as np
import pytest

from regulars.evaluation.households import split
from regulars.evaluation.ranked import ndcg
from regulars.evaluation.recommendations import evaluate
from regulars.evaluation.recommendations_table import render

CUT = date(1970, 4, 11)  # day 100


def rows(*bought: tuple[int, str, float]) -> dict[str, np.ndarray]:
    households, products, days = zip(*bought, strict=True)
    return {
        "household": np.array(households), "product": np.array(products, object), "day": np.array(days, float),
        "store": np.array(["s"] * len(days), object),
    }  # fmt: skip


def test_ndcg() -> None:
    assert ndcg(["a", "b"], {"a", "b"}) == pytest.approx(1.0)
    assert ndcg(["x", "a"], {"a"}) == pytest.approx(1 / np.log2(3))
    assert ndcg(["a"], {"a", "never recommended"}) == pytest.approx(1 / (1 + 1 / np.log2(3)))
    assert ndcg(["x"] * 10 + ["a"], {"a"}) == 0.0
    with pytest.raises(ValueError, match="nothing is wanted"):
        ndcg(["a"], set())


def test_the_split_keeps_to_its_days_and_to_households_in_both_parts() -> None:
    data = split(rows((1, "a", 99.9), (1, "b", 100.0), (1, "c", 114.0), (2, "a", 50), (3, "b", 101)), CUT, least=2)
    assert data.households.tolist() == [1, 2] and data.wanted == {0: frozenset({"b"})}
    assert dict(zip(data.products.tolist(), data.eligible.tolist(), strict=True)) == {b"a": True}


def test_a_town_of_regulars() -> None:
    """Everybody buys tea weekly; half of them bread with butter, and butter comes to the others who buy bread."""
    bought = [(who, "tea", day) for who in range(20) for day in range(0, 113, 7)]
    bought += [(who, what, day) for who in range(10) for what in ("bread", "butter") for day in range(3, 112, 9)]
    bought += [(who, "bread", 96) for who in range(10, 14)] + [(who, "butter", 104) for who in range(10, 14)]
    bought += [(who, "soap", 50) for who in range(14, 20)] + [(who, "rare", 105) for who in range(14, 20)]
    result = evaluate(split(rows(*bought), CUT, least=4))
    methods = result["methods"]
    assert set(methods["Regulars"]) == {"all", "new"}
    assert result["households"] == 20 and result["households_with_new"] == 10 and result["products"] == 4
    assert methods["Regulars"]["new"] == pytest.approx(0.4), "butter first for four, nothing right for six"
    assert methods["Regulars"]["all"] >= methods["popularity"]["all"]
    assert result["passed"] == all(target["passed"] for target in result["targets"])
    text = render(result, CUT, 14)
    assert all(name in text for name in methods) and ("passed" in text) == result["passed"]
