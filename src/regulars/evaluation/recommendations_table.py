"""The judgement on recommendations as a table that people read."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from regulars.evaluation.table import target_line


def render(result: Mapping[str, Any], cut: date, days: int) -> str:
    """The result of `recommendations.evaluate` as text: a line a method, then a line a target."""
    lines = [
        f"The Complete Journey data set: learnt before {cut}, judged on the {days} days from then on.",
        f"{result['products']:,} products may be recommended; {result['households']:,} households bought in both parts,"
        f" {result['households_with_new']:,} of them something new to them.",
        "What was bought and could not be recommended counts as missed.",
        "",
        f"{'NDCG@10':<28}{'all':>10}{'new':>10}",
    ]
    lines += [f"  {name:<26}{each['all']:>10.4f}{each['new']:>10.4f}" for name, each in result["methods"].items()]
    lines += ["", *(target_line(each) for each in result["targets"]), "passed" if result["passed"] else "FAILED"]
    return "\n".join(lines) + "\n"
