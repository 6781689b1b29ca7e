"""How well persons are recognised in a generated town, beside an oracle that knows each identifier's main user."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from regulars.evaluation.metrics import SHARES, Figures, compare
from regulars.evaluation.oracle import attribute, owners
from regulars.evaluation.truth import Fact, Key, Value, calls, facts, possessions

PRECISION, RECALL, POINTS_OVER_ORACLE, PERSONS_IN_ONE = 0.994, 0.965, 0.01, 4
"""The targets on events with a strong identifier: pair precision and recall at least, over-merged customers at most
this share above the oracle's, persons in one customer at most."""


class Target(msgspec.Struct, frozen=True):
    """One bar to clear: what came out, what was wanted (`bound` says at least or at most), and whether it is met."""

    name: str
    value: float
    bound: str
    wanted: float
    passed: bool


def evaluate(
    truth_dir: Path,
    assignments: Mapping[Key, str | None],
    unaddressed: Collection[str] = (),
    shuffled: Mapping[Key, str | None] | None = None,
) -> dict[str, Any]:
    """Judge `assignments` ((source, message id) → customer id or None) against the town in the folder `truth_dir`.

    `unaddressed` names the records of kind *shared*: their events count as belonging to nobody, and so do events
    that `assignments` does not know (`missing`). What the shop says of its own things is nobody's and left out.
    `shuffled`, the assignments after another order of arrival, adds the number of differences and a target of 0. Hands
    back plain data: `events`, `missing`, `unknown`, `strong` and `all` (each with `measured`, `oracle`,
    `difference_points`), `targets`, `passed`. Raises OSError or ValueError where the town cannot be read.
    """
    said = facts(truth_dir)
    known = [fact for fact in said if fact.person]
    unaddressed = frozenset(unaddressed)
    predicted = {fact.key: _addressed(assignments.get(fact.key), unaddressed) for fact in known}
    best = _oracle(truth_dir, said)
    households = {fact.person: fact.household for fact in known}
    parts = {
        "strong": [fact for fact in known if fact.strong],
        "all": known,
    }
    measured = {name: _figures(part, predicted, households) for name, part in parts.items()}
    oracle = {name: _figures(part, best, households) for name, part in parts.items()}
    goals = targets(measured["strong"], oracle["strong"])
    if shuffled is not None:
        goals.append(_at_most("differences under shuffling", differences(assignments, shuffled), 0))
    return {
        "origin": "simulated",
        "events": len(known),
        "missing": sum(fact.key not in assignments for fact in known),
        "unknown": len(assignments.keys() - {fact.key for fact in said}),
        **{name: _beside(measured[name], oracle[name]) for name in parts},
        "targets": [msgspec.structs.asdict(goal) for goal in goals],
        "passed": all(goal.passed for goal in goals),
    }


def targets(measured: Figures, oracle: Figures) -> list[Target]:
    """The bars on events with a strong identifier, each with what came out."""
    most = oracle.over_merged_share + POINTS_OVER_ORACLE
    return [
        _at_least("pair precision", measured.precision, PRECISION),
        _at_least("pair recall", measured.recall, RECALL),
        _at_most("over-merged customers", measured.over_merged_share, most),
        _at_most("persons in the largest customer", measured.largest_persons, PERSONS_IN_ONE),
    ]


def differences(first: Mapping[Key, str | None], second: Mapping[Key, str | None]) -> int:
    """How many events have another customer, or are known, in only one of two assignments."""
    unknown = "\0"
    return sum(first.get(key, unknown) != second.get(key, unknown) for key in first.keys() | second.keys())


def _addressed(customer: str | None, unaddressed: Collection[str]) -> str | None:
    return None if customer in unaddressed else customer


def _oracle(folder: Path, known: list[Fact]) -> dict[Key, str | None]:
    persons = {fact.key: fact.person for fact in known}
    carried: dict[Key, tuple[Value, ...]] = {}
    for key, values in calls(folder):
        if key not in persons:
            raise ValueError(f"events.jsonl holds {key[1]!r} of {key[0]!r}, of which truth.jsonl says nothing")
        if persons[key]:
            carried[key] = values
    owner = owners(carried, persons, possessions(folder))
    return {key: attribute(values, owner) for key, values in carried.items()}


def _figures(part: list[Fact], found: Mapping[Key, str | None], households: Mapping[str, str]) -> Figures:
    return compare(((fact.person, found.get(fact.key)) for fact in part), households)


def _beside(measured: Figures, oracle: Figures) -> dict[str, Any]:
    """Both sets of figures; differences of shares are in points of a hundred, measured less oracle."""
    points = {name: round(100 * (getattr(measured, name) - getattr(oracle, name)), 6) for name in SHARES}
    return {"measured": measured.plain(), "oracle": oracle.plain(), "difference_points": points}


def _at_least(name: str, value: float, wanted: float) -> Target:
    return Target(name, value, "at least", wanted, value >= wanted)


def _at_most(name: str, value: float, wanted: float) -> Target:
    return Target(name, value, "at most", wanted, value <= wanted)
