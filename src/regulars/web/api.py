"""The JSON API: customers for programs that hold a secret key; every look-up is audited before it is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
import psycopg
from litestar import Request, Router, get
from litestar.connection import ASGIConnection
from litestar.datastructures.state import State
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import Parameter
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from regulars.collection.keys import KeyDirectory
from regulars.decisioning.decider import Decider
from regulars.identity.blocked import Policy
from regulars.identity.lookup import BadLookup, current_id, customer_id, wanted, was_erased
from regulars.identity.rules import Rules
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.profiles.find import find
from regulars.profiles.history import MOST as MOST_EVENTS
from regulars.profiles.history import PLACE, TimelinePage, events_of
from regulars.profiles.reader import CustomerPage, customer_page
from regulars.profiles.search import LONGEST, MOST, CustomerSummary, search, summaries
from regulars.recommendations.files import Latest
from regulars.storage import audit
from regulars.web.access import Door, declared
from regulars.web.catalogue_api import catalogue_handlers
from regulars.web.claim_links import claim_link_handlers
from regulars.web.deciding import decision_handlers
from regulars.web.errors import PRIVATE, ApiError
from regulars.web.recommending import recommendation_handlers
from regulars.web.tracking import header_key
from regulars.web.tracking_schema import ErrorAnswer, promised

Call = Request[Source, Any, State]
Connection = psycopg.AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]]

WAIT_SECONDS = 5.0
READ_SECONDS = 30.0
"""A look-up that takes longer is given up: else one database that hangs would keep every caller waiting."""


class CustomerList(msgspec.Struct, frozen=True):
    """Customers that a look-up or a search leads to.

    For an identifier `shared` says that it belongs to nobody, `near` names who came together with it, and `note` says
    why nobody was found, where that is known.
    """

    customers: tuple[CustomerSummary, ...]
    shared: bool = False
    near: tuple[CustomerSummary, ...] = ()
    note: str = ""


ERRORS = {
    400: promised(ErrorAnswer, "A parameter is missing or wrong; `message` says which and why."),
    401: promised(ErrorAnswer, "No key, or one that is unknown or revoked."),
    403: promised(ErrorAnswer, "The key is public; only a secret key may read."),
    503: promised(ErrorAnswer, "The database cannot be reached; Retry-After says when to come back."),
}
NOT_FOUND = {
    404: promised(ErrorAnswer, "Nobody has this id, and nobody had it."),
    410: promised(ErrorAnswer, "The customer with this id was erased."),
}

_Identifier = Annotated[
    str | None,
    Parameter(description="`TYPE:VALUE` or `TYPE:SPACE:VALUE`, such as `email:ada@shop.example`; also a customer id."),
]
_Text = Annotated[
    str | None,
    Parameter(max_length=LONGEST, description="Part of a name, e-mail, phone or card; misspellings are found."),
]
_Most = Annotated[int, Parameter(ge=1, le=MOST, description="How many customers at most.")]
_MostEvents = Annotated[int, Parameter(ge=1, le=MOST_EVENTS, description="How many events at most.")]
_Before = Annotated[
    str | None, Parameter(pattern=PLACE, description="The `before` of the page before this one; none for the newest.")
]
_Id = Annotated[
    str,
    Parameter(pattern=r"^[0-9a-fA-F]{32}$", description="32 hexadecimal digits. An old id leads to who she is now."),
]


@dataclass(frozen=True)
class Api:
    """What the JSON API is wired to."""

    pool: Pool
    keys: KeyDirectory
    secret: Secret
    policy: Policy
    rules: Rules

    async def caller(self, authorization: str) -> Source:
        """The source of a secret key. Raises ApiError for any other key."""
        key = header_key(authorization)
        source = await self.keys.find(key) if key else None
        if source is None:
            words = "send a secret key: as Bearer, or as the user of Basic auth"
            raise ApiError(401, "unknown_key", words, {"WWW-Authenticate": 'Basic realm="regulars", Bearer'})
        if source.trust != Trust.SERVER:
            raise ApiError(403, "public_key", "this key is public: it may send, never read; use a secret key")
        return source

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """One snapshot of the database; what is written in it (the audit) is committed before it is left."""
        async with asyncio.timeout(READ_SECONDS), self.pool.connection(timeout=WAIT_SECONDS) as connection:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            async with connection.transaction():
                yield connection

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[Connection]:
        """For calls that must be quick: each statement, or what is sent together, is a transaction of its own."""
        async with asyncio.timeout(READ_SECONDS), self.pool.connection(timeout=WAIT_SECONDS) as connection:
            await connection.set_autocommit(True)
            try:
                yield connection
            finally:
                # One that broke off amid a statement is thrown away by the pool.
                if connection.info.transaction_status == TransactionStatus.IDLE:
                    await connection.set_autocommit(False)

    async def by_identifier(self, text: str, actor: str) -> CustomerList:
        """Whom an identifier leads to."""
        asked = wanted(text)
        async with self.reading() as connection:
            found = await find(connection, asked, self.policy, self.secret)
            customers = await summaries(connection, list(found.customers), self.rules)
            near = await summaries(connection, list(found.near), self.rules)
            await audit.record(connection, actor, "look up", (*found.customers, *found.near), asked.type or "id")
        return CustomerList(customers, any(each.shared for each in found.holdings), near, found.note)

    async def by_text(self, text: str, limit: int, actor: str) -> CustomerList:
        """Whom a search finds."""
        async with self.reading() as connection:
            customers = await search(connection, text, limit, self.policy, self.rules)
            await audit.record(connection, actor, "search", [bytes.fromhex(each.id) for each in customers])
        return CustomerList(customers)

    async def page(self, id: str, actor: str) -> CustomerPage:
        """One customer's page."""
        async with self.reading() as connection:
            current = await self._current(connection, id, actor, "show")
            page = await customer_page(connection, current)
        if page is None:
            raise _nobody()
        return page

    async def events(self, id: str, before: str, limit: int, actor: str) -> TimelinePage:
        """A page of one customer's timeline."""
        async with self.reading() as connection:
            current = await self._current(connection, id, actor, "events")
            try:
                return await events_of(connection, current, before, limit)
            except ValueError as error:
                raise ApiError(400, "bad_request", str(error)) from None

    async def _current(self, connection: Connection, text: str, actor: str, action: str) -> bytes:
        id = customer_id(text)
        if id is None:
            raise ApiError(400, "bad_request", "a customer id has 32 hexadecimal digits")
        current = await current_id(connection, id, self.secret)
        if current is None:
            if await was_erased(connection, id):
                raise ApiError(410, "gone", "this customer was erased")
            raise _nobody()
        await audit.record(connection, actor, action, [current])
        return current


def api_router(
    api: Api, latest: Latest, as_of: str, address: str = "", claim_days: int = 30, decider: Decider | None = None
) -> Router:
    """All paths of the JSON API, under /api; `latest` has the model that recommends, as of `as_of` (the setting).

    `address` and `claim_days` are the settings of links on receipts.
    """
    more = [*catalogue_handlers(api.reading, ERRORS), *recommendation_handlers(api, latest, as_of, ERRORS)]
    more += claim_link_handlers(api, address, claim_days, ERRORS)
    if decider is not None:
        more += decision_handlers(decider, str(api.pool.conninfo), api.secret, ERRORS)

    # A plain function: the framework copies its guards, and a copied pool would never be opened.
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        connection.scope["user"] = await api.caller(connection.headers.get("authorization", ""))

    return Router(
        "/api",
        route_handlers=[_list(api), _page(api), _events(api), *more],
        guards=[guard],
        opt=declared(Door.KEY),
        response_headers=PRIVATE,
        security=[{"secretKey": []}, {"bearer": []}],
        tags=["customers"],
    )


def _nobody() -> ApiError:
    return ApiError(404, "not_found", "nobody has this id")


def _list(api: Api) -> HTTPRouteHandler:
    @get("/customers", name="api.customers", summary="Find customers by identifier or by text", responses=ERRORS)
    async def customers(
        request: Call, identifier: _Identifier = None, q: _Text = None, limit: _Most = 20
    ) -> CustomerList:
        if (identifier is None) == (q is None):
            raise ApiError(400, "bad_request", "give either identifier=TYPE:VALUE or q=TEXT")
        try:
            if identifier is not None:
                return await api.by_identifier(identifier, request.user.name)
            return await api.by_text(q or "", limit, request.user.name)
        except BadLookup as error:
            raise ApiError(400, "bad_request", f"{'q' if identifier is None else 'identifier'}: {error}") from None

    return customers


def _page(api: Api) -> HTTPRouteHandler:
    @get(
        "/customers/{customer:str}",
        name="api.customer",
        summary="One customer's page",
        responses={**ERRORS, **NOT_FOUND},
    )
    async def page(request: Call, customer: _Id) -> CustomerPage:
        return await api.page(customer, request.user.name)

    return page


def _events(api: Api) -> HTTPRouteHandler:
    @get(
        "/customers/{customer:str}/events",
        name="api.events",
        summary="One customer's timeline, newest first",
        responses={**ERRORS, **NOT_FOUND},
    )
    async def events(request: Call, customer: _Id, before: _Before = None, limit: _MostEvents = 50) -> TimelinePage:
        return await api.events(customer, before or "", limit, request.user.name)

    return events
