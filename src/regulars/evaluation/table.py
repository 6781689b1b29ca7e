"""The judgement on identity as a table that people read."""

from collections.abc import Mapping
from typing import Any

_SHARES = {
    "precision": "pair precision",
    "recall": "pair recall",
    "f1": "pair F1",
    "b3_precision": "B³ precision",
    "b3_recall": "B³ recall",
    "b3_f1": "B³ F1",
    "over_merged_share": "customers over-merged",
    "over_split_customer_share": "customers over-split",
    "over_split_share": "persons over-split",
    "household_confusion": "wrong pairs within one household",
    "unassigned_share": "events unassigned",
}
_COUNTS = {
    "events": "events",
    "persons": "persons",
    "customers": "customers",
    "largest_persons": "largest customer, persons",
    "largest_events": "largest customer, events",
}
_PARTS = {"strong": "Events with a strong identifier", "all": "All events"}


def render(result: Mapping[str, Any]) -> str:
    """The result of `evaluate` as text: both parts with the oracle beside, then a line a target."""
    lines = ["Simulated town: these figures say how the rules behave on it, not how they do on real customers."]
    if result["missing"] or result["unknown"]:
        lines.append(
            f"{result['missing']} events are missing from the assignments, {result['unknown']} in them unknown."
        )
    for part, title in _PARTS.items():
        lines += ["", f"{title:<36}{'measured':>12}{'oracle':>12}{'points':>10}"]
        lines += _rows(result[part])
    lines.append("")
    lines += [target_line(target) for target in result["targets"]]
    lines.append("passed" if result["passed"] else "FAILED")
    return "\n".join(lines) + "\n"


def _rows(part: Mapping[str, Any]) -> list[str]:
    measured, oracle, points = part["measured"], part["oracle"], part["difference_points"]
    rows = [
        f"  {label:<34}{measured[name]:>12.5f}{oracle[name]:>12.5f}{points[name]:>+10.2f}"
        for name, label in _SHARES.items()
    ]
    return rows + [f"  {label:<34}{measured[name]:>12,}{oracle[name]:>12,}" for name, label in _COUNTS.items()]


def target_line(target: Mapping[str, Any]) -> str:
    """One target as a line of text."""
    mark = "pass" if target["passed"] else "FAIL"
    return f"{mark}  {target['name']:<34}{target['value']:>10.5g}  {target['bound']} {target['wanted']:.5g}"
