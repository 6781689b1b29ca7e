"""`POST /v1/slot`: what to show in a place on the shop's site, and what became of it; asked with a public key."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
import psycopg
from litestar import Request, Response, Router, get, post, route
from litestar.datastructures.state import State
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from regulars.collection.bots import is_bot
from regulars.collection.limits import MAX_ID
from regulars.collection.ports import Keys, LogUnavailable
from regulars.measurement.touches import CLICKED, Touch
from regulars.messaging.data import By
from regulars.messaging.links import LONGEST, decision_of, is_target
from regulars.messaging.links import SHOWN as SHOWN_USE
from regulars.messaging.slots.signing import is_signed
from regulars.messaging.slots.slot import Asked, Settled, Shown, answer
from regulars.model.source import Source, Trust
from regulars.storage.database import Connection, DatabaseError, connect
from regulars.web.access import Door, declared
from regulars.web.assets import ROOT as STATIC
from regulars.web.assets import Asset
from regulars.web.site import Site
from regulars.web.tracking import CORS, header_key, ok, refusal, unknown_key
from regulars.web.tracking_schema import ANSWERS, SECURITY, ErrorAnswer, promised

T = TypeVar("T")
Call = Request[Any, Any, State]

MOST_BODY: Final = 8_192
AT_ONCE: Final = 2
MOST_WAITING: Final = 200
PATIENCE: Final = 2.0
"""Seconds that a report waits until it is on disk."""
LIMIT: Final = "SET statement_timeout = '3s'"

_Text = Annotated[str, msgspec.Meta(max_length=MAX_ID)]


class SlotCall(msgspec.Struct, rename="camel"):
    """Which place, and who is there; `signature` and `until` are the shop's word that it is this `user_id`."""

    placement: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    anonymous_id: _Text = ""
    user_id: _Text = ""
    signature: _Text = ""
    until: int = 0
    product: _Text = ""
    write_key: _Text = ""


class SlotReport(msgspec.Struct):
    """What became of it: `shown`, `clicked` or `dismissed`, by the decision's token; `url` is where a click led."""

    token: _Text
    what: Literal["shown", "clicked", "dismissed"]
    url: Annotated[str, msgspec.Meta(max_length=LONGEST)] = ""


class SlotAnswer(msgspec.Struct):
    """What to show; None for nothing."""

    show: Shown | None


_call = msgspec.json.Decoder(SlotCall).decode
_report = msgspec.json.Decoder(SlotReport).decode


class Busy(Exception):
    """Too many wait."""


class Workers:
    """A few threads with a connection each, for what is asked one at a time."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._threads: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self._waiting = 0

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What the work gives. Raises Busy, psycopg.Error or DatabaseError."""
        if self._waiting >= MOST_WAITING:
            raise Busy
        if self._threads is None:
            self._threads = ThreadPoolExecutor(AT_ONCE, "slots")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._within, work)
        finally:
            self._waiting -= 1

    async def stop(self) -> None:
        """End once what runs is done."""
        if self._threads is not None:
            await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def _within(self, work: Callable[[Connection], T]) -> T:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None or connection.closed:
            connection = self._own.connection = connect(self._conninfo, autocommit=True)
            connection.execute(LIMIT)
        try:
            return work(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            connection.close()
            raise


class Slots:
    """What places on the shop's site are answered by."""

    def __init__(self, site: Site, keys: Keys) -> None:
        said = site.options
        self._site, self._keys = site, keys
        self._workers = Workers(str(site.pool.conninfo))
        self._by = Settled(
            site.rules, site.policy, site.composed.contact, site.secret, said.timezone, said.currency
        )  # fmt: skip

    async def ask(self, request: Call) -> Response[Any]:
        """What to show."""
        try:
            call = _call(await _body(request))
        except msgspec.DecodeError as error:
            return refusal(400, "bad_request", str(error))
        try:
            source = await self._keys.find(header_key(request.headers.get("authorization", "")) or call.write_key)
        except LogUnavailable:
            return _unavailable()
        if source is None or source.trust is not Trust.CLIENT:
            # A secret key in a page is a leak: it must not work there even by chance.
            return unknown_key()
        if is_bot(request.headers.get("user-agent", "")):
            return _shown(None)
        try:
            return _shown(await self._answer(request, call, source))
        except Busy:
            return refusal(429, "busy", "too many ask at once; come back later", retry=True)
        except (psycopg.Error, DatabaseError, OSError):
            return _unavailable()

    async def report(self, request: Call) -> Response[Any]:
        """What became of it."""
        try:
            said = _report(await _body(request))
        except msgspec.DecodeError as error:
            return refusal(400, "bad_request", str(error))
        decision = decision_of(self._site.secret, SHOWN_USE, said.token)
        if decision is None:
            return refusal(404, "not_found", "token: is none that was given")
        url = said.url if said.what == CLICKED and is_target(said.url) else ""
        touch = Touch(decision, said.what, time.time_ns() // 1000, url, onsite=True)
        return ok() if await self._site.toucher.note(touch, PATIENCE) else _unavailable()

    async def stop(self) -> None:
        """Let go of threads."""
        await self._workers.stop()

    async def _answer(self, request: Call, call: SlotCall, source: Source) -> Shown | None:
        now = time.time_ns() // 1000
        signed = is_signed(
            self._site.secret, source.name, call.user_id, call.until, call.signature, now // 1_000_000
        )  # fmt: skip
        asked = Asked(source, call.placement, call.anonymous_id, call.user_id if signed else "", call.product)
        filling = self._filling(request)
        return await self._workers.run(lambda connection: answer(connection, self._by, filling, asked, now))

    def _filling(self, request: Call) -> By:
        said, base = self._site.options, self._site.base(request)
        return By(
            self._site.secret, base, said.shop.name, said.shop.url, said.shop.address, said.locale, said.timezone,
            said.currency, self._site.composed.as_of, self._site.composed.latest,
        )  # fmt: skip


async def _body(request: Call) -> bytes:
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > MOST_BODY:
            raise msgspec.DecodeError(f"the body has at most {MOST_BODY} bytes")
    if b"\\u0000" in kept:
        raise msgspec.DecodeError("no text may hold NUL")
    return bytes(kept)


def _shown(found: Shown | None) -> Response[Any]:
    return Response({"show": found}, status_code=200, headers={**CORS, "Cache-Control": "no-store"})


def _unavailable() -> Response[Any]:
    return refusal(503, "unavailable", "the database cannot be reached; come back later", retry=True)


def slots_router(slots: Slots) -> Router:
    """`/v1/slot` and `/v1/slot/report`."""

    told = {status: ANSWERS[status] for status in (400, 429, 503)}

    # The bound on the body is ours: the framework's would answer 413 with words of its own.
    @post(
        "/slot", name="slot.ask", summary="What to show in a place", status_code=200, request_max_body_size=None,
        responses={**told, 200: promised(SlotAnswer, "What to show, or null."), 401: ANSWERS[401]},
        operation_class=taking(SlotCall), security=SECURITY,
    )  # fmt: skip
    async def ask(request: Request[Any, Any, State]) -> Response[Any]:
        return await slots.ask(request)

    @post(
        "/slot/report", name="slot.report", summary="What became of it", status_code=200, request_max_body_size=None,
        responses={**told, 200: ANSWERS[200], 404: promised(ErrorAnswer, "The token was never given.")},
        operation_class=taking(SlotReport), security=[{}],
    )  # fmt: skip
    async def report(request: Request[Any, Any, State]) -> Response[Any]:
        return await slots.report(request)

    @route(
        ["/slot", "/slot/report"], http_method=[HttpMethod.OPTIONS], name="slot.preflight", status_code=204,
        include_in_schema=False,
    )  # fmt: skip
    async def preflight() -> Response[None]:
        return Response(None, status_code=204, headers=CORS)

    return Router("/v1", route_handlers=[preflight, ask, report], opt=declared(Door.KEY), tags=["slots"])


def taking(body: type[msgspec.Struct]) -> type[Operation]:
    """The OpenAPI operation of a call whose body is read raw, described by the struct that it is read into."""
    (schema,), named = msgspec.json.schema_components([body], ref_template="{name}")
    described = named[str(schema["$ref"])]
    properties = {name: _field(said) for name, said in described["properties"].items()}
    content = Schema(type=OpenAPIType.OBJECT, properties={**properties}, required=described.get("required"))

    @dataclass
    class SlotOperation(Operation):
        def __post_init__(self) -> None:
            media = OpenAPIMediaType(schema=content)
            self.request_body = RequestBody(content={"application/json": media}, required=True)

    return SlotOperation


def _field(said: dict[str, Any]) -> Schema:
    if "enum" in said:
        return Schema(type=OpenAPIType.STRING, enum=said["enum"])
    longest, least = said.get("maxLength"), said.get("minLength")
    return Schema(type=OpenAPIType(said["type"]), min_length=least, max_length=longest)


def snippet_handler() -> HTTPRouteHandler:
    """`GET /slot.js`: the snippet under an address that stays, since it stands in the shop's own pages."""
    asset = Asset(STATIC / "slot.js")

    @get("/slot.js", name="slot.snippet", opt=declared(Door.PUBLIC), include_in_schema=False)
    async def snippet() -> Response[bytes]:
        headers = {
            "Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin", "X-Content-Type-Options": "nosniff",
        }  # fmt: skip
        return Response(asset.plain, media_type="text/javascript", headers=headers)

    return snippet
