"""The SQL of insight: a file an idea, in DuckDB's dialect, each one SELECT over the lake's views and earlier files."""

from functools import cache
from importlib.resources import files
from typing import Final

ALL: Final = ("people", "sales", "places")
"""What is read of customers and orders, in order: everybody's."""

CHANGED: Final = ("prints", "moved", "who_changed")
"""What tells whose facts are no longer what they were, in order."""

KEPT: Final = ("facts_kept",)
"""What was known before of the others."""

FACTS: Final = (
    "purchases", "buying", "by_currency", "several_currencies", "money", "channels", "store_visits", "purchase_days",
    "gaps",
)  # fmt: skip
"""What `facts` of each customer who is computed are made of, in order."""

TASTES: Final = (
    "names", "labels", "lines", "bought", "bought_again", "bought_days", "category_counts", "looks", "looked_at",
    "looked_again", "tastes", "exposures", "base_rates", "lifts", "affinities",
)  # fmt: skip
"""What is made of lines and looks, in order: everybody's, since what is usual rests on all."""

WHOLE: Final = ("shop", "scores", "rhythms")
"""What is made of everybody's facts, in order; `insights` are made of it."""

VIEWS: Final = frozenset({"rhythms", "purchase_days", "looks", "looked_again", "lifts"})
"""Read once, so made as views; everything else is a table."""

PASSING: Final = (
    "facts_before", "facts_kept", "purchases", "buying", "by_currency", "several_currencies", "money", "channels",
    "store_visits", "gaps", "prints",
)  # fmt: skip
"""Tables that are needed no more once the facts are there."""

PASSING_TASTES: Final = (
    "labels", "lines", "bought", "bought_again", "bought_days", "looked_at", "tastes", "exposures",
)  # fmt: skip
"""The same once what is known of tastes is there."""

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
