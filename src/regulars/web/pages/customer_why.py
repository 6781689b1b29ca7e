"""How we know: what somebody is known by, where each came from, and why it is all one person's."""

from typing import Annotated, Any, NamedTuple

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.identity.explained import Explained, explained
from regulars.identity.lookup import BadLookup
from regulars.identity.queries import ANCHOR
from regulars.profiles import corrections
from regulars.profiles.corrections import SaidByHand
from regulars.profiles.customer_view import IdentifierView
from regulars.profiles.reader import CustomerPage, customer_head
from regulars.storage import users
from regulars.storage.database import Connection
from regulars.web.access import PEOPLE
from regulars.web.correcting import aside, correcting, end, plain, reference
from regulars.web.customers import CARERS, Moved, moved, opened, tabs
from regulars.web.overview import called, known_as
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site

PATHS = 12
"""So many identifiers are explained at once; of any two others one asks."""

_Reference = Annotated[str, QueryParameter(max_length=40)]


class Known(NamedTuple):
    """One identifier: how addresses name it, what is known of it, and why it is this person's (None: not asked)."""

    reference: str
    view: IdentifierView
    why: Explained | None


class Found(NamedTuple):
    """What is told: the identifier that all hangs on, all of them, what was said by hand, and the two asked about."""

    anchor: str
    known: list[Known]
    said: list[SaidByHand]
    asked: Explained | None
    fault: str


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/why", "customer.why", PEOPLE)
    async def why(request: Call, id: FromPath[str], a: _Reference = "", b: _Reference = "") -> Answer:
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "explain")
            except Moved as to:
                return moved(site, request, id, to)
            customer = await customer_head(connection, current)
            everybody = await users.all_users(connection)
        if customer is None:
            raise PageError(404)
        found = await aside(site, lambda connection: _found(site, connection, customer, a, b))
        context: dict[str, Any] = {
            "c": customer, "id": customer.id, "called": called(customer), "tabs": tabs(request), "tab": "/why",
            "found": found, "people": {each.actor: each.name or each.email for each in everybody},
            "a": a, "b": b, "may_correct": request.user.role in CARERS,
            "beside": [(reference(site, each.type, each.space, each.value), each) for each in customer.beside[:30]],
        }  # fmt: skip
        return site.render(request, "customer_why.html", **WORDS, **context)

    return [why]


def _found(site: Site, connection: Connection, customer: CustomerPage, a: str, b: str) -> Found:
    views = known_as(customer)
    named = [(reference(site, each.type, each.space, each.value), each) for each in views]
    mine = [(name, each) for name, each in named if not each.shared]
    row = connection.cursor(binary=True).execute(ANCHOR, (bytes.fromhex(customer.id),)).fetchone()
    anchor = reference(site, row[0], row[1], row[2]) if row else mine[0][0] if mine else ""
    asked_about = {name for name, _ in mine if name != anchor}
    known: list[Known] = []
    for name, each in named:
        tell = anchor and name in asked_about and sum(one.why is not None for one in known) < PATHS
        known.append(Known(name, each, _explained(site, connection, anchor, name) if tell else None))
    said = corrections.said_about(connection, [bytes.fromhex(name[2:]) for name, _ in mine])
    asked, fault = None, ""
    if a and b:
        try:
            asked = _explained(site, connection, a, b)
        except BadLookup as error:
            fault = plain(error)
    return Found(anchor, known, said, asked, fault)


def _explained(site: Site, connection: Connection, a: str, b: str) -> Explained:
    by = correcting(site)
    one, two = end(connection, by, a), end(connection, by, b)
    return explained(connection, corrections.explained_by(connection, by, (one, two)), one.customer, two.customer)
