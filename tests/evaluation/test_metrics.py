"""The figures against counting by hand, textbook examples and brute force over all pairs."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.evaluation.metrics import Figures, compare

Rows = list[tuple[str, str | None]]


def test_no_events_at_all() -> None:
    figures = compare([], {})
    assert (figures.events, figures.customers, figures.largest_persons) == (0, 0, 0)
    assert (figures.precision, figures.recall, figures.b3_f1, figures.unassigned_share) == (1.0, 1.0, 1.0, 0.0)


def test_everything_unassigned() -> None:
    figures = compare([("a", None), ("a", None), ("b", None)], {})
    assert (figures.precision, figures.recall, figures.f1) == (1.0, 0.0, 0.0)
    assert (figures.unassigned_share, figures.customers, figures.over_split_persons) == (1.0, 0, 0)
    assert figures.b3_precision == 1.0
    assert figures.b3_recall == pytest.approx(2 / 3)


def test_a_perfect_partition() -> None:
    figures = compare([("a", "1"), ("a", "1"), ("b", "2")], {"a": "h", "b": "h"})
    assert (figures.f1, figures.b3_f1, figures.over_merged, figures.over_split_persons) == (1.0, 1.0, 0, 0)
    assert figures.household_confusion == 0.0


def test_the_textbook_clusters_of_manning_raghavan_and_schuetze() -> None:
    """Introduction to Information Retrieval, figure 16.4: TP + FP = 40, TP = 20, FN = 24."""
    clusters = {"1": "xxxxxo", "2": "xooood", "3": "xxddd"}
    figures = compare([(point, cluster) for cluster, points in clusters.items() for point in points], {})
    assert (figures.predicted_pairs, figures.correct_pairs, figures.true_pairs) == (40, 20, 44)
    assert figures.precision == 0.5
    assert figures.recall == pytest.approx(0.455, abs=5e-4)
    assert figures.f1 == pytest.approx(0.476, abs=5e-4)
    assert (figures.over_merged, figures.largest_persons, figures.largest_events) == (3, 3, 6)


def test_the_textbook_example_of_b_cubed() -> None:
    """Bagga and Baldwin 1998: 12 mentions in chains of 5, 2 and 5; merging the small one with a large one: P .76."""
    mentions = "aaaaabbccccc"
    with_a_large_one = [(person, "1" if person == "a" else "2") for person in mentions]
    both_large = [(person, "2" if person == "b" else "1") for person in mentions]
    assert compare(with_a_large_one, {}).b3_precision == pytest.approx(0.762, abs=5e-4)
    assert compare(both_large, {}).b3_precision == pytest.approx(0.583, abs=5e-4)
    assert compare(with_a_large_one, {}).b3_recall == compare(both_large, {}).b3_recall == 1.0


def test_confusion_within_a_household_is_told_from_that_between_strangers() -> None:
    figures = compare([("a", "1"), ("b", "1"), ("c", "1"), ("a", "2")], {"a": "h", "b": "h", "c": "i"})
    assert figures.household_confusion == pytest.approx(1 / 3)
    assert (figures.over_split_persons, figures.over_split_customers, figures.over_merged) == (1, 2, 1)


def test_who_is_in_no_household_lives_alone() -> None:
    assert compare([("a", "1"), ("b", "1")], {}).household_confusion == 0.0


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3", None])), max_size=14),
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from("hi")),
)
def test_the_figures_equal_brute_force(rows: Rows, households: dict[str, str]) -> None:
    figures = compare(rows, households)
    predicted = [(x, y) for x, y in combinations(rows, 2) if x[1] is not None and x[1] == y[1]]
    assert figures.predicted_pairs == len(predicted)
    assert figures.true_pairs == sum(x[0] == y[0] for x, y in combinations(rows, 2))
    assert figures.correct_pairs == sum(x[0] == y[0] for x, y in predicted)
    wrong = [(x[0], y[0]) for x, y in predicted if x[0] != y[0]]
    assert figures.household_pairs == sum(x in households and households.get(x) == households.get(y) for x, y in wrong)
    assert figures.unassigned == sum(customer is None for _, customer in rows)
    check_clusters(figures, rows)
    check_b_cubed(figures, rows)


def check_clusters(figures: Figures, rows: Rows) -> None:
    customers = {customer for _, customer in rows if customer is not None}
    inside = {one: {person for person, customer in rows if customer == one} for one in customers}
    places = {one: {c for person, c in rows if person == one and c is not None} for one, _ in rows}
    assert (figures.customers, figures.persons) == (len(customers), len(places))
    assert figures.over_merged == sum(len(persons) > 1 for persons in inside.values())
    assert figures.over_split_persons == sum(len(found) > 1 for found in places.values())
    assert figures.over_split_customers == sum(any(len(places[p]) > 1 for p in inside[c]) for c in customers)
    assert figures.largest_persons == max(map(len, inside.values()), default=0)
    assert figures.largest_events == max((sum(c == one for _, c in rows) for one in customers), default=0)


def check_b_cubed(figures: Figures, rows: Rows) -> None:
    if not rows:
        return
    alone = [(person, customer or f"alone {place}") for place, (person, customer) in enumerate(rows)]
    precision = recall = 0.0
    for person, customer in alone:
        both = sum(row == (person, customer) for row in alone)
        precision += both / sum(c == customer for _, c in alone)
        recall += both / sum(p == person for p, _ in alone)
    assert figures.b3_precision == pytest.approx(precision / len(rows))
    assert figures.b3_recall == pytest.approx(recall / len(rows))
