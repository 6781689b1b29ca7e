"""The tracking API (DESIGN §7): what the SDKs in the field send, and the answers they understand."""

import base64
import binascii
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, Router, get, post, route
from litestar.datastructures.state import State
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.collection.body import Unreadable, read_text
from regulars.collection.decode import decode_frame
from regulars.collection.limits import MAX_DRAIN, MAX_WIRE
from regulars.collection.ports import Appender, Busy, Keys, LogUnavailable
from regulars.collection.receive import MANY, body_key, keep, refused_frame
from regulars.collection.redaction import IpPolicy
from regulars.model.frame import Frame
from regulars.model.rejection import Reason, Rejection
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.web.access import Door, declared
from regulars.web.tracking_schema import ANSWERS, SECURITY, operation_for

CALLS = {
    "identify": "i", "track": "t", "page": "p", "screen": "s", "group": "g", "alias": "a", "batch": "b", "import": "",
}  # fmt: skip
"""Each call and its short form, where it has one."""

RETRY_SECONDS = 1
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Retry-Count",
    "Access-Control-Max-Age": "86400",
}
_HOST = re.compile(r"[A-Za-z0-9.\-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")

Call = Request[Any, Any, State]
Answer = Response[bytes]


def _now() -> int:
    return time.time_ns() // 1000


def _uncounted(status: int) -> None:
    pass


@dataclass(frozen=True)
class Tracking:
    """What the tracking API is wired to; `now` gives microseconds since 1970, `answered` counts by status."""

    keys: Keys
    appender: Appender
    secret: Secret
    policy: IpPolicy = IpPolicy.MASK
    now: Callable[[], int] = _now
    answered: Callable[[int], None] = _uncounted

    async def take(self, request: Call, call: str) -> Answer:
        """Answers one call: 200 only once its frame is durable."""
        answer = await self._answer(request, call)
        self.answered(answer.status_code or 200)
        return answer

    async def _answer(self, request: Call, call: str) -> Answer:
        received = self.now()
        try:
            return await self._take(request, call, received)
        except Busy:
            return refusal(429, "busy", "too many calls at once; send again later", retry=True)
        except LogUnavailable:
            return refusal(503, "unavailable", "the log cannot be written; send again later", retry=True)

    async def _take(self, request: Call, call: str, received: int) -> Answer:
        body = await read_bounded(request)
        key = header_key(request.headers.get("authorization", ""))
        try:
            text = read_text(body, request.headers.get("content-encoding", ""))
        except Unreadable as why:
            return await self._unreadable(key or body_key(why.kept), received, why)
        source = await self.keys.find(key or body_key(text))
        if source is None:
            return unknown_key()
        try:
            frame = keep(source, call, text, received, self.policy)
        except Unreadable as why:
            return await self._refuse(source, received, why)
        await self.appender.append(frame)
        return ok() if call in MANY else self._judge(frame, source)

    def _judge(self, frame: Frame, source: Source) -> Answer:
        """A single call is told at once what is wrong with it; it is in the log, so it shows under rejected too."""
        (outcome,) = decode_frame(frame, source, self.secret, "")
        if isinstance(outcome, Rejection):
            return refusal(400, outcome.reason, f"{outcome.where}: {outcome.message}")
        return ok()

    async def _unreadable(self, key: str, received: int, why: Unreadable) -> Answer:
        if not key:
            return refusal(400, why.reason, f"{why.where}: {why.message}")
        source = await self.keys.find(key)
        return unknown_key() if source is None else await self._refuse(source, received, why)

    async def _refuse(self, source: Source, received: int, why: Unreadable) -> Answer:
        await self.appender.append(refused_frame(source, received, why, self.policy))
        return refusal(400, why.reason, f"{why.where}: {why.message}")

    async def settings(self, request: Call, key: str) -> Response[Any]:
        """What the browser's SDK needs to start, pointing back at the host that was asked."""
        try:
            source = await self.keys.find(key)
        except LogUnavailable:
            return refusal(503, "unavailable", "the keys cannot be read; ask again later", retry=True)
        if source is None or source.trust is not Trust.CLIENT:
            # A secret key in a page is a leak: it must not work there even by chance.
            return unknown_key()
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            return refusal(400, Reason.MALFORMED, "the Host header is no host; send the name of this server")
        return Response(browser_settings(key, request.url.scheme, host), headers=CORS)


async def read_bounded(request: Call) -> bytes:
    """The first MAX_WIRE + 1 bytes of the body, whatever its length is said to be; more is read and dropped."""
    kept = bytearray()
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if len(kept) <= MAX_WIRE:
            kept += chunk[: MAX_WIRE + 1 - len(kept)]
        if seen > MAX_DRAIN:
            break
    return bytes(kept)


def header_key(authorization: str) -> str:
    """The key in an Authorization header: `Basic base64(key:)` or `Bearer key`; '' where there is none."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def ok() -> Answer:
    """Exactly this: an SDK in use sends again on 202 and 204."""
    return Response(b'{"success":true}', media_type="application/json", status_code=200, headers=CORS)


def refusal(status: int, code: str, message: str, retry: bool = False) -> Response[Any]:
    """An error as `{"code", "message"}`: an SDK in use raises when one of them is missing."""
    headers = {**CORS, "Retry-After": str(RETRY_SECONDS)} if retry else CORS
    return Response({"code": str(code), "message": message}, status_code=status, headers=headers)


def unknown_key() -> Response[Any]:
    """The answer to a key that is missing, unknown, revoked, or of the wrong kind."""
    return refusal(401, "unknown_key", "the key is not known; send a write key as the user of Basic auth")


def browser_settings(key: str, scheme: str, host: str) -> dict[str, Any]:
    """The settings file of analytics.js for one write key: our API as its only destination, its metrics off."""
    destination = {
        "apiKey": key,
        "apiHost": f"{host}/v1",
        "protocol": scheme,
        "unbundledIntegrations": [],
        "addBundledMetadata": True,
        "maybeBundledConfigIds": {},
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
    }
    return {
        "integrations": {"Segment.io": destination},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}, "identify": {}, "group": {}},
        "edgeFunction": {},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0, "host": f"{host}/v1"},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def tracking_router(tracking: Tracking) -> Router:
    """All paths of the tracking API, under /v1."""
    # The preflight comes first: else the framework adds an answer of its own to OPTIONS, without our headers.
    handlers = [_preflight(), *_calls(tracking), _metrics, _settings(tracking)]
    return Router("/v1", route_handlers=handlers, opt=declared(Door.KEY), tags=["tracking"])


def _calls(tracking: Tracking) -> list[HTTPRouteHandler]:
    return [_call(tracking, call, [f"/{call}", *([f"/{short}"] if short else [])]) for call, short in CALLS.items()]


def _call(tracking: Tracking, call: str, paths: list[str]) -> HTTPRouteHandler:
    # The bound on the body is ours (`read_bounded`): the framework's would answer 413 with words of its own.
    @post(
        paths,
        name=f"tracking.{call}",
        summary=f"Send {'a batch of calls' if call in MANY else call}",
        status_code=200,
        responses=ANSWERS,
        operation_class=operation_for(call),
        security=SECURITY,
        request_max_body_size=None,
    )
    async def take(request: Request[Any, Any, State]) -> Response[Any]:
        return await tracking.take(request, call)

    return take


@post("/m", name="tracking.metrics", summary="Metrics of an SDK, not kept", status_code=200, request_max_body_size=None)
async def _metrics(request: Request[Any, Any, State]) -> Response[Any]:
    await read_bounded(request)
    return ok()


def _settings(tracking: Tracking) -> HTTPRouteHandler:
    @get(
        "/projects/{write_key:str}/settings",
        name="tracking.settings",
        summary="What the browser's SDK needs to start",
        responses={status: ANSWERS[status] for status in (400, 401, 503)},
    )
    async def settings(request: Request[Any, Any, State], write_key: FromPath[str]) -> Response[Any]:
        return await tracking.settings(request, write_key)

    return settings


def _preflight() -> HTTPRouteHandler:
    paths = [f"/{name}" for pair in CALLS.items() for name in pair if name]

    @route(
        [*paths, "/m", "/projects/{write_key:str}/settings"],
        http_method=[HttpMethod.OPTIONS],
        name="tracking.preflight",
        status_code=204,
        include_in_schema=False,
    )
    async def preflight() -> Response[None]:
        return Response(None, status_code=204, headers=CORS)

    return preflight
