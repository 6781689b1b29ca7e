"""`POST /inbound/email`: a mail server hands over what came in, with a secret key."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.datastructures.state import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from regulars.messaging.inbound.letter import MOST
from regulars.messaging.inbound.take import Means, Taken, take
from regulars.model.source import Source
from regulars.storage import database
from regulars.web.access import Door, declared
from regulars.web.errors import PRIVATE, ApiError
from regulars.web.tracking_schema import ErrorAnswer, promised

Call = Request[Any, Any, State]
Caller = Callable[[str], Awaitable[Source]]

AT_ONCE = 2
"""E-mails may be large; so many are read at the same time, and others wait."""
_turns = asyncio.Semaphore(AT_ONCE)
_Address = Annotated[str, Parameter(max_length=320, description="What SMTP said (RCPT TO, MAIL FROM).")]

_ERRORS = {
    400: promised(
        ErrorAnswer, "There is no e-mail in the body, or a parameter is wrong; `message` says which and why."
    ),
    401: promised(ErrorAnswer, "No key, or one that is unknown or revoked."),
    403: promised(ErrorAnswer, "The key is public; only a secret key may hand over e-mails."),
    503: promised(ErrorAnswer, "The database cannot be reached; Retry-After says when to come back."),
}


class TakenEmail(msgspec.Struct, frozen=True):
    """What came of an e-mail: what it was taken for, why, and the number of the question that it belongs to, or 0."""

    came: str
    why: str
    question: int
    again: bool


def inbound_handler(caller: Caller, conninfo: str, means: Means) -> HTTPRouteHandler:
    """The route; `caller` finds the source of a secret key, and raises ApiError for any other."""

    @post(
        "/inbound/email", name="inbound.email", opt=declared(Door.KEY), status_code=200, request_max_body_size=MOST + 1,
        summary="Hand over an e-mail that came in, as its bytes", tags=["e-mail"], response_headers=PRIVATE,
        security=[{"secretKey": []}, {"bearer": []}], responses=_ERRORS,
    )  # fmt: skip
    async def email(request: Call, recipient: _Address = "", sender: _Address = "") -> TakenEmail:
        await caller(request.headers.get("authorization", ""))
        async with _turns:
            raw = await request.body()
            if not raw:
                raise ApiError(400, "bad_request", "the body must be an e-mail, as its bytes")
            taken = await asyncio.to_thread(_take, conninfo, means, raw, recipient, sender)
        return TakenEmail(taken.came, taken.why, taken.question, taken.again)

    return email


def _take(conninfo: str, means: Means, raw: bytes, recipient: str, sender: str) -> Taken:
    with database.connect(conninfo, autocommit=True) as connection:
        return take(connection, means, raw, time.time_ns() // 1000, recipient, sender)
