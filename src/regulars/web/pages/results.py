"""Results: what campaigns, journeys and actions changed, and why of some nothing can be said."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from regulars.measurement.result import KINDS, OUTCOMES, SALES, Result
from regulars.measurement.store import read_all, read_one
from regulars.web import result_words as words
from regulars.web import variant_words
from regulars.web.access import FIGURES, declared
from regulars.web.csv_file import csv_answer, csv_line
from regulars.web.page_errors import PageError
from regulars.web.result_chart import HEIGHT, WIDTH, chart
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site

DAY: Final = 86_400_000_000

_Text = Annotated[str, QueryParameter(max_length=200)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/results", "results", FIGURES)
    async def show(request: Call) -> Answer:
        async with site.reading() as connection:
            found = await read_all(connection)
        found.sort(key=lambda each: (-each.last, each.kind, each.name))
        return site.render(request, "results.html", results=found, words=words, variant_words=variant_words, path=path)

    @page("/results/{kind:str}/{name:str}", "result", FIGURES)
    async def one(
        request: Call, kind: FromPath[str], name: FromPath[str], of: _Text = SALES, source: _Text = ""
    ) -> Answer:
        result = await _found(site, kind, name, source)
        outcome = of if of in OUTCOMES else SALES
        return site.render(
            request, "result.html", result=result, outcome=outcome, outcomes=OUTCOMES, words=words, path=path,
            chart=chart(result.points, outcome), width=WIDTH, height=HEIGHT, day=DAY, result_words=words,
            variant_words=variant_words,
        )  # fmt: skip

    @get(
        "/results/{kind:str}/{name:str}/days.csv", name="result.csv", opt=declared(FIGURES), include_in_schema=False,
        media_type="text/csv",
    )  # fmt: skip
    async def take(request: Call, kind: FromPath[str], name: FromPath[str], source: _Text = "") -> Stream:
        return csv_answer("result.csv", _csv(await _found(site, kind, name, source)))

    return [show, one, take]


def path(result: Result, part: str = "", **asked: str) -> str:
    """The address of a result's page, or of a part of it."""
    query = {name: value for name, value in {**asked, "source": result.source}.items() if value}
    return f"/results/{result.kind}/{_quoted(result.name)}{part}{'?' if query else ''}{urlencode(query)}"


def _quoted(name: str) -> str:
    return urlencode({"": name})[1:].replace("+", "%20")


async def _found(site: Site, kind: str, name: str, source: str) -> Result:
    async with site.reading() as connection:
        found = await read_one(connection, kind, name, source) if kind in KINDS and "\0" not in name + source else None
    if found is None:
        raise PageError(404, "There is no such result")
    return found


async def _csv(result: Result) -> AsyncIterator[str]:
    """A line a day: people, and of each outcome the extra of a person and its two ends, money in minor units."""
    heads = [f"{outcome}_{part}" for outcome in OUTCOMES for part in ("middle", "low", "high")]
    yield csv_line(["day", "treated", "held_back", "currency", *heads])
    for each in result.points:
        cells: list[Any] = []
        for found in each.lifts:
            cells += ["", "", ""] if found is None else [found.middle, found.low, found.high]
        numbers = [f"{cell:.6f}" if isinstance(cell, float) else cell for cell in cells]
        yield csv_line([_iso(each.day), str(each.treated), str(each.held), result.currency, *numbers])


def _iso(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
