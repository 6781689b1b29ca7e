"""A customer's suggested next step, what was decided for her of late, and why she did not get anything."""

import time
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.decisioning import actions, ledger
from regulars.decisioning.facts import Means
from regulars.decisioning.hers import ids_of
from regulars.decisioning.preview import next_step
from regulars.profiles.reader import SHARED_RECORD, customer_page
from regulars.recommendations.lists import AGAIN, Asked, lists_of
from regulars.storage.database import Connection
from regulars.web.access import PEOPLE
from regulars.web.correcting import aside
from regulars.web.customers import Moved, moved, opened, tabs
from regulars.web.decision_words import asked_by, channel_words, held_words, outcome
from regulars.web.overview import called
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, is_partial, page
from regulars.web.site import Site

BRIEF = 4
LONG = 50
DUE = 3


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/next", "customer.next", PEOPLE)
    async def show(request: Call, id: FromPath[str]) -> Answer:
        partial = is_partial(request)
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "next step")
            except Moved as to:
                return moved(site, request, id, to)
            found = await customer_page(connection, current)
            if found is None:
                raise PageError(404)
            asked = Asked((AGAIN,), DUE, as_of=site.composed.as_of)
            due = await lists_of(connection, site.composed.latest.model(), current, asked)
        facts = {"cart": [each.product for each in found.open_cart], "again": [each.product for each in due.again]}
        most = BRIEF if partial else LONG
        shared = found.kind == SHARED_RECORD
        context = await aside(site, lambda connection: _read(connection, site, current, facts, most, shared))
        context |= {
            "id": current.hex(), "c": found, "called": called(found), "tabs": tabs(request), "tab": "/next",
            "outcome": outcome, "asked_by": asked_by, "spoken": channel_words, "held_words": held_words,
            "whole": not partial,
        }  # fmt: skip
        template = "_customer_next.html" if partial else "customer_next.html"
        return site.render(request, template, **WORDS, **context)

    return [show]


def _read(
    connection: Connection, site: Site, customer: bytes, facts: dict[str, list[str]], most: int, shared: bool
) -> dict[str, Any]:
    said, means = site.options, Means(site.rules, site.secret)
    book = actions.present_book(connection, site.composed.contact, said.timezone, said.currency)
    now = time.time_ns() // 1000
    ids = ids_of(connection, [customer], site.secret)[customer]
    return {
        "step": None if shared else next_step(connection, customer, book, means, facts, now),
        "decisions": ledger.last_of(connection, ids, most),
        "titles": {each.name: each.title for each in book.actions},
    }  # fmt: skip
