"""The figures of the page of insight, laid out as its tables and charts show them."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from regulars.insights.insight import Cell, Cohort, Month, Overlap, Totals
from regulars.web.csv_file import amount
from regulars.web.customers import channel_words

COHORTS, MONTHS_AFTER, MONTHS, SETS = 18, 12, 24, 12
"""How much is shown: the latest cohorts, months after the first, the latest months, the largest sets of channels."""
SHADES: Final = 9
GROUPS: Final = {"new": "New customers", "returning": "Returning customers", "unnamed": "Without a name"}


class Shade(NamedTuple):
    """A cell of a heat map: a count, a share of 1, and how dark it is, from 0 to 9."""

    people: int
    share: float
    shade: int


class CohortRow(NamedTuple):
    """One month's new customers, and of each month after it who bought again; None where that is still to come."""

    cohort: str
    customers: int
    after: list[Shade | None]


class MonthRow(NamedTuple):
    """One month in one currency: revenue by group, in minor units; contribution None where no unit cost is known."""

    month: str
    revenue: dict[str, int]
    orders: int
    costed: int
    contribution: int | None

    @property
    def total(self) -> int:
        """Revenue of all groups."""
        return sum(self.revenue.values())


def cohorts(rows: Sequence[Cohort]) -> list[CohortRow]:
    """The latest cohorts, each up to the last month in which anybody bought."""
    counts = {(each.cohort, each.months): each.customers for each in rows}
    names = sorted({each.cohort for each in rows})
    last = max((_number(each.cohort) + each.months for each in rows), default=0)
    found = []
    for name in names[-COHORTS:]:
        size = counts[name, 0]
        after: list[Shade | None] = []
        for months in range(1, MONTHS_AFTER + 1):
            count = counts.get((name, months), 0)
            share = count / size
            is_there = _number(name) + months <= last
            after.append(Shade(count, share, round(share * SHADES)) if is_there else None)
        found.append(CohortRow(name, size, after))
    return found


def grid(rows: Sequence[Cell]) -> list[list[Shade]]:
    """Customers by frequency (rows, 5 first) and recency (columns, 1 first); all currencies together."""
    counts: dict[tuple[int, int], int] = {}
    for each in rows:
        counts[each.r, each.f] = counts.get((each.r, each.f), 0) + each.customers
    total, most = sum(counts.values()) or 1, max(counts.values(), default=0) or 1
    return [
        [Shade(n := counts.get((r, f), 0), n / total, round(n / most * SHADES)) for r in range(1, 6)]
        for f in range(5, 0, -1)
    ]


def currencies(rows: Sequence[Month]) -> list[str]:
    """The currencies of revenue, that of most orders first."""
    orders: dict[str, int] = {}
    for each in rows:
        orders[each.currency] = orders.get(each.currency, 0) + each.orders
    return sorted(orders, key=lambda each: (-orders[each], each))


def months(rows: Sequence[Month], currency: str) -> list[MonthRow]:
    """The latest months in one currency."""
    own = [each for each in rows if each.currency == currency]
    found = []
    for name in sorted({each.month for each in own})[-MONTHS:]:
        of = [each for each in own if each.month == name]
        known = [each.contribution for each in of if each.contribution is not None]
        found.append(
            MonthRow(
                name,
                {each.who: each.revenue for each in of},
                sum(each.orders for each in of),
                sum(each.costed_revenue or 0 for each in of),
                sum(known) if known else None,
            )
        )
    return found


def overlaps(rows: Sequence[Overlap]) -> list[tuple[list[str], int]]:
    """The largest sets of channels and how many bought in exactly these; all currencies together."""
    counts: dict[tuple[str, ...], int] = {}
    for each in rows:
        counts[tuple(each.channels)] = counts.get(tuple(each.channels), 0) + each.customers
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [([channel_words(one) for one in channels], count) for channels, count in ranked[:SETS]]


def lines(name: str, totals: Totals) -> Iterator[list[str]]:
    """The data of one chart as lines of a table, the heading first. Raises KeyError for no such chart."""
    yield list(_HEADS[name])
    if name == "cohorts":
        yield from ([each.cohort[:7], str(each.months), str(each.customers)] for each in totals.insight_cohorts)
    elif name == "rfm":
        for cell in totals.insight_rfm:
            spend = amount(cell.spend, cell.currency)
            yield [str(cell.r), str(cell.f), cell.currency, str(cell.customers), spend, str(cell.money)]
    elif name == "revenue":
        yield from map(_month_line, totals.insight_months)
    elif name == "channels":
        for each in totals.insight_channels:
            spend = amount(each.spend, each.currency)
            yield [" ".join(each.channels), each.currency, str(each.customers), str(each.orders), spend]
    else:
        for stage in totals.insight_stages:
            spend, regular = amount(stage.spend_year, stage.currency), "yes" if stage.regular else "no"
            yield [stage.stage, regular, stage.currency, str(stage.customers), spend]


_HEADS: Final = {
    "stages": ("stage", "regular", "currency", "customers", "spend in the year"),
    "cohorts": ("first purchase", "months later", "customers who bought"),
    "rfm": ("recency", "frequency", "currency", "customers", "spend", "mean fifth of money"),
    "revenue": (
        "month", "customers are", "currency", "orders", "customers", "revenue", "discount", "given back",
        "revenue of known cost", "cost", "contribution",
    ),
    "channels": ("channels", "currency", "customers", "orders", "spend"),
}  # fmt: skip
CHARTS: Final = tuple(_HEADS)


def _month_line(each: Month) -> list[str]:
    money = (each.revenue, each.discount, each.refunded, each.costed_revenue, each.cost, each.contribution)
    cells = ("" if minor is None else amount(minor, each.currency) for minor in money)
    return [each.month[:7], each.who, each.currency, str(each.orders), str(each.customers), *cells]


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7])
