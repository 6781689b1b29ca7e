"""The SQL of insight: a file an idea, in DuckDB's dialect, each one SELECT over the lake's views and earlier files."""

from functools import cache
from importlib.resources import files
from typing import Final

ALL: Final = ("names", "labels", "sales", "lines", "looks", "prints")
"""What is read of the lake, in order: everybody's."""

FACTS: Final = (
    "purchases", "by_currency", "money", "buying", "by_channel", "several_channels", "channels", "by_store",
    "several_stores", "store_visits", "purchase_days", "gaps", "bought_lines", "bought", "looked_at", "looked",
    "category_counts", "exposures",
)  # fmt: skip
"""What `facts` and `tastes` of each customer who is computed are made of, in order."""

KEPT: Final = ("facts_kept", "tastes_kept")
"""What was known before of the others."""

WHOLE: Final = ("shop", "base_rates", "lifts", "affinities", "scores", "rhythms")
"""What is made of everybody's facts, in order; `insights` are made of it."""

VIEWS: Final = frozenset({"purchases", "looked", "lifts", "several_channels", "several_stores"})
"""Read once, so made as views; everything else is a table."""

PASSING: Final = (
    "facts_before", "tastes_before", "facts_kept", "tastes_kept", "bought", "bought_lines", "looked_at", "by_currency",
    "money", "by_channel", "channels", "by_store", "store_visits", "purchase_days", "gaps", "labels", "lines",
    "looks", "prints", "exposures",
)  # fmt: skip
"""Tables that are needed no more once the facts are there."""

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
