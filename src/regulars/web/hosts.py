"""Refuses calls whose Host header names no host, before anything reads an address out of it."""

import re

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?")
_BODY = b'{"code":"bad_request","message":"the Host header is no host; send the name of this server"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


def is_host(header: bytes) -> bool:
    """Whether a Host header is empty, or a name or an address with or without a port."""
    found = _HOST.fullmatch(header)
    return not header or (found is not None and int(found[1] or 0) < 65_536)


def is_call(scope: Scope) -> bool:
    """Whether this is a call over HTTP, which alone has such a header here."""
    return scope["type"] == ScopeType.HTTP


def only_hosts(app: ASGIApp) -> ASGIApp:
    """The application, asked only by calls that name a host; others are answered with 400."""

    async def within(scope: Scope, receive: Receive, send: Send) -> None:
        named = [value for name, value in scope["headers"] if name == b"host"] if is_call(scope) else []
        if not all(map(is_host, named)):
            await send({"type": "http.response.start", "status": 400, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": _BODY, "more_body": False})
            return
        await app(scope, receive, send)

    return within
