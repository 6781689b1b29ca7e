"""How well a partition of events agrees with the true one: exact counts over a contingency table."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import msgspec


class Figures(msgspec.Struct, frozen=True):
    """Agreement between true persons and predicted customers, over a set of events.

    Pairs are unordered pairs of two events. An unassigned event is in no predicted pair and, for B³, a cluster of
    its own. A customer is over-merged when it holds events of two or more persons; a person is over-split when her
    assigned events lie in two or more customers, and so is each customer that holds some of them.
    """

    events: int
    unassigned: int
    persons: int
    customers: int
    true_pairs: int
    predicted_pairs: int
    correct_pairs: int
    household_pairs: int
    over_merged: int
    over_split_customers: int
    over_split_persons: int
    largest_persons: int
    largest_events: int
    b3_precision: float
    b3_recall: float

    @property
    def precision(self) -> float:
        """Share of predicted pairs that are true; 1 where none is predicted."""
        return share(self.correct_pairs, self.predicted_pairs, 1.0)

    @property
    def recall(self) -> float:
        """Share of true pairs that are predicted; 1 where there is none."""
        return share(self.correct_pairs, self.true_pairs, 1.0)

    @property
    def f1(self) -> float:
        """Harmonic mean of pair precision and recall."""
        return harmonic(self.precision, self.recall)

    @property
    def b3_f1(self) -> float:
        """Harmonic mean of B³ precision and recall."""
        return harmonic(self.b3_precision, self.b3_recall)

    @property
    def over_merged_share(self) -> float:
        """Share of customers that hold events of several persons."""
        return share(self.over_merged, self.customers)

    @property
    def over_split_customer_share(self) -> float:
        """Share of customers that hold a person who is also found elsewhere."""
        return share(self.over_split_customers, self.customers)

    @property
    def over_split_share(self) -> float:
        """Share of persons found in several customers."""
        return share(self.over_split_persons, self.persons)

    @property
    def household_confusion(self) -> float:
        """Share of the wrongly predicted pairs whose two persons live in one household."""
        return share(self.household_pairs, self.predicted_pairs - self.correct_pairs)

    @property
    def unassigned_share(self) -> float:
        """Share of events that belong to no customer."""
        return share(self.unassigned, self.events)

    def plain(self) -> dict[str, Any]:
        """All counts and all shares, by name."""
        shares = {name: getattr(self, name) for name in SHARES}
        return {**msgspec.structs.asdict(self), **shares}


SHARES = (
    "precision",
    "recall",
    "f1",
    "b3_precision",
    "b3_recall",
    "b3_f1",
    "over_merged_share",
    "over_split_customer_share",
    "over_split_share",
    "household_confusion",
    "unassigned_share",
)
"""The figures that lie between 0 and 1, in the order they are shown."""


def share(part: int, whole: int, empty: float = 0.0) -> float:
    """`part` of `whole`, or `empty` where there is no whole."""
    return part / whole if whole else empty


def harmonic(left: float, right: float) -> float:
    """The harmonic mean of two numbers ≥ 0; 0 where both are 0."""
    return 2 * left * right / (left + right) if left + right else 0.0


def pairs(count: int) -> int:
    """How many unordered pairs `count` things form."""
    return count * (count - 1) // 2


def compare(rows: Iterable[tuple[str, str | None]], households: Mapping[str, str]) -> Figures:
    """Figures for `rows` of (true person, predicted customer or None), one row an event.

    `households` names each person's household; who is not in it lives alone. Pairs after Menestrina et al. (2010);
    B³ after Bagga and Baldwin (1998). Memory grows with distinct (person, customer) cells, not with events.
    """
    cells: Counter[tuple[str, str | None]] = Counter(rows)
    persons: Counter[str] = Counter()
    customers: Counter[str] = Counter()
    homes: Counter[tuple[str, str]] = Counter()
    members: defaultdict[str, set[str]] = defaultdict(set)
    found_in: defaultdict[str, set[str]] = defaultdict(set)
    for (person, customer), count in cells.items():
        persons[person] += count
        if customer is not None:
            customers[customer] += count
            homes[households.get(person, "?" + person), customer] += count
            members[customer].add(person)
            found_in[person].add(customer)
    assigned = {cell: count for cell, count in cells.items() if cell[1] is not None}
    correct = sum(pairs(count) for count in assigned.values())
    split = {person for person, places in found_in.items() if len(places) > 1}
    events = sum(persons.values())
    b3_precision, b3_recall = _b_cubed(cells, persons, customers)
    return Figures(
        events=events,
        unassigned=events - sum(customers.values()),
        persons=len(persons),
        customers=len(customers),
        true_pairs=sum(pairs(count) for count in persons.values()),
        predicted_pairs=sum(pairs(count) for count in customers.values()),
        correct_pairs=correct,
        household_pairs=sum(pairs(count) for count in homes.values()) - correct,
        over_merged=sum(len(inside) > 1 for inside in members.values()),
        over_split_customers=sum(not split.isdisjoint(inside) for inside in members.values()),
        over_split_persons=len(split),
        largest_persons=max(map(len, members.values()), default=0),
        largest_events=max(customers.values(), default=0),
        b3_precision=b3_precision,
        b3_recall=b3_recall,
    )


def _b_cubed(
    cells: Mapping[tuple[str, str | None], int], persons: Mapping[str, int], customers: Mapping[str, int]
) -> tuple[float, float]:
    """B³ precision and recall, summed exactly by denominator; 1 and 1 where there are no events."""
    precise: Counter[int] = Counter()
    recalled: Counter[int] = Counter()
    for (person, customer), count in cells.items():
        if customer is None:
            precise[1] += count
            recalled[persons[person]] += count
        else:
            precise[customers[customer]] += count * count
            recalled[persons[person]] += count * count
    events = sum(cells.values())
    if not events:
        return 1.0, 1.0
    return _mean(precise, events), _mean(recalled, events)


def _mean(sums: Mapping[int, int], events: int) -> float:
    return float(sum((Fraction(total, size) for size, total in sums.items()), Fraction()) / events)
