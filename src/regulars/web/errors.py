"""Every error as `{"code", "message"}`, with headers that keep what is personal out of caches and frames."""

import logging
from http import HTTPStatus
from typing import Any

import psycopg
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from psycopg_pool import PoolTimeout

from regulars.collection.ports import LogUnavailable
from regulars.identity.lookup import BadLookup

_log = logging.getLogger("regulars.web")

PRIVATE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On everything under /api."""


class ApiError(Exception):
    """An error to be told to the caller."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def answer(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response[Any]:
    """The error as it is sent."""
    return Response({"code": code, "message": message}, status_code=status, headers={**PRIVATE, **(headers or {})})


def told(request: Request[Any, Any, Any], error: ApiError) -> Response[Any]:
    """An error of ours."""
    return answer(error.status, error.code, error.message, error.headers)


def bad_lookup(request: Request[Any, Any, Any], error: BadLookup) -> Response[Any]:
    """A text that can name nobody."""
    return answer(400, "bad_request", str(error))


def framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """An error of the framework, such as an unknown path or a parameter of a wrong type."""
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    message = error.detail
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        said = [f"{each.get('key', '')}: {each.get('message', '')}" for each in error.extra if isinstance(each, dict)]
        message = "; ".join(said) or message
    kept = {name: value for name, value in (error.headers or {}).items() if name.lower() in ("allow", "retry-after")}
    return answer(error.status_code, code, message, kept)


def unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The database does not answer, or is not prepared yet."""
    # Its own words may quote a value.
    why = error.__cause__ or error
    state = why.sqlstate if isinstance(why, psycopg.Error) else None
    _log.warning("database_unavailable", extra={"fields": {"error": type(why).__name__, "sqlstate": state or ""}})
    return answer(503, "unavailable", "the database cannot be reached; ask again later", {"Retry-After": "1"})


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of this program; what it is stands in the log, without any value, not in the answer."""
    # The path as it was declared: as it was asked it may hold a key or a customer's id.
    fields = {"method": request.method, "path": request.scope.get("path_template", "")}
    _log.error("request_failed", extra={"fields": fields}, exc_info=error)
    return answer(500, "internal", "this is a fault of the server; its log says more")


HANDLERS: dict[Any, Any] = {
    ApiError: told,
    BadLookup: bad_lookup,
    HTTPException: framework,
    psycopg.Error: unavailable,
    PoolTimeout: unavailable,
    TimeoutError: unavailable,
    LogUnavailable: unavailable,
    Exception: unexpected,
}
