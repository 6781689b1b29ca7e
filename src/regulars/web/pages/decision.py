"""One decision in words: what was weighed, what each candidate was dropped by, and what came of it."""

from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.decisioning import actions, ledger, outbox
from regulars.decisioning.ledger import Recorded
from regulars.identity.lookup import current_id, customer_id
from regulars.profiles.search import summaries
from regulars.storage import audit
from regulars.storage.database import Connection
from regulars.web.access import PEOPLE
from regulars.web.correcting import aside
from regulars.web.decision_words import STATES, asked_by, candidate_words, channel_words, held_words, outcome
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site

LAST = 12
"""So many contacts before it are shown."""


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/decisions/{id:str}", "decision", PEOPLE)
    async def show(request: Call, id: FromPath[str]) -> Answer:
        asked = customer_id(id)
        if asked is None:
            raise PageError(404, "There is no such decision")
        context = await aside(site, lambda connection: _read(connection, asked))
        found: Recorded = context["found"]
        async with site.reading() as connection:
            current = await current_id(connection, found.decision.customer, site.secret)
            who = await summaries(connection, [current], site.rules) if current is not None else ()
            await audit.record(connection, request.user.actor, "decision", [current or found.decision.customer])
        return site.render(
            request, "decision.html", who=who[0] if who else None, outcome=outcome(found, context["titles"]),
            asked_by=asked_by(found), channel_words=channel_words, held_words=held_words,
            candidate_words=candidate_words, states=STATES, last=LAST, **context,
        )  # fmt: skip

    return [show]


def _read(connection: Connection, id: bytes) -> dict[str, Any]:
    found = ledger.find(connection, id)
    if found is None:
        raise PageError(404, "There is no such decision", "The address is wrong, or the customer was deleted.")
    book = ledger.book_of(connection, found.decision.policy)
    titles = {each.action.name: each.action.title for each in actions.all_actions(connection)}
    if book is not None:
        titles |= {each.name: each.title or each.name for each in book.actions}
    ranked = sorted(
        enumerate(found.decision.candidates), key=lambda each: (bool(each[1].dropped), -each[1].score, each[0])
    )
    decision = found.decision
    return {
        "found": found, "d": decision, "titles": titles, "delivery": outbox.find(connection, id),
        "currency": "" if book is None else book.currency, "ranked": [each for _, each in ranked],
        "contacts": tuple(reversed(decision.known.contacts[-LAST:])),
    }  # fmt: skip
