"""Insight: all customers together, as charts with their definitions, and each chart's data as CSV."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from regulars.insights.insight import NOTHING, Totals, Understood
from regulars.insights.reader import understood
from regulars.web import insight_view as view
from regulars.web import insight_words as words
from regulars.web.access import FIGURES, PEOPLE, declared
from regulars.web.csv_file import csv_answer, csv_line
from regulars.web.formats import Formats
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site

_Currency = Annotated[str, QueryParameter(max_length=10)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/insights", "insights", FIGURES)
    async def show(request: Call, currency: _Currency = "") -> Answer:
        async with site.reading() as connection:
            found = await understood(connection)
        fmt = site.formats(request.user)
        context = {} if found is None else _context(found, currency, fmt)
        may_open = request.user.role in PEOPLE
        return site.render(request, "insights.html", found=found, may_open=may_open, words=words, **context)

    @get(
        "/insights/{name:str}", name="insights.csv", opt=declared(FIGURES), include_in_schema=False,
        media_type="text/csv",
    )  # fmt: skip
    async def take(request: Call, name: FromPath[str]) -> Stream:
        chart, dot, kind = name.partition(".")
        if chart not in view.CHARTS or f"{dot}{kind}" != ".csv":
            raise PageError(404)
        async with site.reading() as connection:
            found = await understood(connection)
        return csv_answer(f"{chart}.csv", _csv(chart, NOTHING if found is None else found.totals))

    return [show, take]


async def _csv(chart: str, totals: Totals) -> AsyncIterator[str]:
    for line in view.lines(chart, totals):
        yield csv_line(line)


def _context(found: Understood, asked: str, fmt: Formats) -> dict[str, Any]:
    totals = found.totals
    codes = view.currencies(totals.insight_months)
    own = fmt.currency if fmt.currency in codes else next(iter(codes), "")
    currency = asked if asked in codes else own
    months = view.months(totals.insight_months, currency)
    stages: dict[str, int] = {}
    for each in totals.insight_stages:
        stages[each.stage] = stages.get(each.stage, 0) + each.customers
    [(orders, example)] = totals.insight_origins or [(0, 0)]
    return {
        "as_of": words.as_of_words(found, fmt), "stages": stages, "bought": sum(stages.values()), "orders": orders,
        "example": example, "cohorts": view.cohorts(totals.insight_cohorts), "grid": view.grid(totals.insight_rfm),
        "months": months, "currencies": codes, "currency": currency, "groups": view.GROUPS,
        "costed": sum(each.costed for each in months), "revenue": sum(each.total for each in months),
        "overlaps": view.overlaps(totals.insight_channels), "both": words.both_ways(totals),
    }  # fmt: skip
