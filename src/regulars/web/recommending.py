"""The JSON API of recommendations, for programs that hold a secret key; each look-up of a customer is audited."""

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Annotated, Any, Protocol

import msgspec
from litestar import Request, post
from litestar.datastructures.state import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from regulars.identity.blocked import Policy
from regulars.identity.lookup import BadLookup, clean, current_id, customer_id, wanted, was_erased
from regulars.model.fields import ID_LENGTH
from regulars.model.secret import Secret
from regulars.model.source import Source
from regulars.profiles.find import find
from regulars.recommendations.files import Latest
from regulars.recommendations.lists import LISTS, MOST, Asked, Lists, lists_of
from regulars.recommendations.reader import AsyncConnection, taste_of
from regulars.storage import audit
from regulars.web.errors import ApiError
from regulars.web.tracking_schema import ErrorAnswer, promised

Call = Request[Source, Any, State]

MOST_WITHOUT = 500
MAX_BODY = 256 * 1024

_Product = Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LENGTH)]


class Reads(Protocol):
    """What the JSON API lends: a snapshot of the database, and what identifiers are read by."""

    @property
    def secret(self) -> Secret:
        """The installation's."""

    @property
    def policy(self) -> Policy:
        """How values are normalised."""

    def at_once(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection on which every statement is committed at once."""


class RecommendationCall(msgspec.Struct, forbid_unknown_fields=True):
    """For whom: a `customer` id or an `identifier` (`TYPE:VALUE`), or neither for somebody unknown; and what.

    `list` is `again`, `like` or `both`; `store` masks by what lies there; `limit` is for each list; `exclude` names
    products that are not wanted, such as those on the page already.
    """

    customer: str = ""
    identifier: str = ""
    which: Annotated[str, msgspec.Meta(pattern="^(again|like|both)$")] = msgspec.field(default="both", name="list")
    store: Annotated[str, msgspec.Meta(max_length=ID_LENGTH)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 10
    exclude: Annotated[list[_Product], msgspec.Meta(max_length=MOST_WITHOUT)] = []


class RecommendationAnswer(msgspec.Struct, frozen=True):
    """The two lists, and whose they are: '' for somebody unknown, to whom what sells is recommended."""

    customer: str
    lists: Lists


def recommendation_handlers(
    api: Reads, latest: Latest, as_of: str, errors: dict[int, Any]
) -> list[HTTPRouteHandler]:  # fmt: skip
    """The paths of recommendations; `as_of` is the setting, `errors` is what every path of the API may answer."""

    @post(
        "/recommendations",
        name="api.recommendations",
        summary="What to recommend to a customer",
        status_code=200,
        request_max_body_size=MAX_BODY,
        responses={**errors, 404: promised(ErrorAnswer, "Nobody is known so."), 410: promised(ErrorAnswer, "Erased.")},
    )
    async def recommendations(request: Call, data: JSONBody[RecommendationCall]) -> RecommendationAnswer:
        lists = LISTS if data.which == "both" else (data.which,)
        store = _cleaned(data.store) if data.store else ""
        asked = Asked(lists, data.limit, store, frozenset(data.exclude), as_of)
        async with api.at_once() as connection:
            who = await _meant(connection, api, data)
            taste = None
            if who is not None:
                # Sent together with the reading, and on disk before it is answered.
                noted = partial(audit.record, connection, request.user.name, "recommend", [who])
                taste = await taste_of(connection, who, noted)
            found = await lists_of(connection, latest.model(), who, asked, read=taste)
        return RecommendationAnswer("" if who is None else who.hex(), found)

    return [recommendations]


def _cleaned(store: str) -> str:
    try:
        return clean(store, ID_LENGTH)
    except BadLookup as error:
        raise ApiError(400, "bad_request", f"store: {error}") from None


async def _meant(connection: AsyncConnection, api: Reads, call: RecommendationCall) -> bytes | None:
    """The customer who is meant; None where nobody is named. Raises ApiError."""
    if call.customer and call.identifier:
        raise ApiError(400, "bad_request", "give either customer or identifier, not both")
    if call.customer:
        id = customer_id(call.customer)
        if id is None:
            raise ApiError(400, "bad_request", "customer: a customer id has 32 hexadecimal digits")
        current = await current_id(connection, id, api.secret)
        if current is None and await was_erased(connection, id):
            raise ApiError(410, "gone", "this customer was erased")
    elif call.identifier:
        try:
            found = await find(connection, wanted(call.identifier), api.policy, api.secret)
        except BadLookup as error:
            raise ApiError(400, "bad_request", f"identifier: {error}") from None
        current = found.customers[0] if len(found.customers) == 1 else None
        if len(found.customers) > 1:
            raise ApiError(400, "bad_request", "identifier: several customers have it; name one by its id")
    else:
        return None
    if current is None:
        raise ApiError(404, "not_found", "nobody is known by this")
    return current
