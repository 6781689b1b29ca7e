"""The SQL of insight: a file an idea, in DuckDB's dialect, each one SELECT over the lake's views and earlier files."""

from functools import cache
from importlib.resources import files
from typing import Final

FACTS: Final = (
    "by_currency", "money", "buying", "channels", "store_visits", "purchase_days", "gaps", "bought_lines", "bought",
    "looked_at", "looked", "tastes", "exposures",
)  # fmt: skip
"""What each customer's facts are made of, in order; tables that are dropped once the facts are there."""

WHOLE: Final = ("shop", "taste_rows", "base_rates", "affinities", "scores", "rhythms")
"""What is made of everybody's facts, in order."""

VIEWS: Final = frozenset({"purchases", "bought", "looked", "taste_rows", "by_currency"})
"""Read once, so made as views; everything else is a table."""

TOTALS: Final = (
    "insight_stages", "insight_rfm", "insight_cohorts", "insight_months", "insight_channels", "insight_till",
    "insight_origins",
)  # fmt: skip
BESIDE_TOTALS: Final = ("firsts", "cost_periods", "costed_lines", "returned_costs", "order_costs")
"""What the totals are made of, in order."""


@cache
def statement(name: str) -> str:
    """The SELECT of one file."""
    return (files("regulars.insights") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def create(name: str) -> str:
    """The statement that makes a file's table or view."""
    kind = "TEMP VIEW" if name in VIEWS else "TEMP TABLE"
    return f'CREATE OR REPLACE {kind} "{name}" AS\n{statement(name)}'
