"""What goes wrong on a page, told as a page."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import psycopg
from litestar import Response
from litestar.exceptions import HTTPException
from psycopg_pool import PoolTimeout

from regulars.identity.lookup import BadLookup
from regulars.web import errors
from regulars.web.errors import ApiError
from regulars.web.guard import NotAllowed, NotFromHere, NotSignedIn
from regulars.web.site import Asked, Site

_log = logging.getLogger("regulars.web")

MACHINES = ("/v1/", "/api/", "/schema", "/healthz", "/readyz", "/metrics")
"""Paths whose errors are told as JSON."""

WORDS: dict[int, tuple[str, str]] = {
    400: ("That can't be shown", "The address or the form holds something that does not fit."),
    403: ("Not for your role", "Ask an owner if you need this page for your work."),
    404: ("There is nothing here", "The address is wrong, or what was here is gone."),
    405: ("That can't be shown", "This address takes no such call."),
    410: ("Deleted", "The customer's data was deleted."),
    413: ("Too much at once", "The form holds more than is taken. Make it shorter."),
    429: ("Too many tries", "Wait a moment, then try again."),
    500: ("Something went wrong", "This is a fault of ours. It was written down; try again, or go back."),
    503: ("One moment", "The database does not answer just now. Try again in a few seconds."),
}

Handlers = dict[Any, Any]
Handler = Callable[[Asked, Any], Response[Any]]


class PageError(Exception):
    """An error to be told to a person: `title` and `words` stand for those of the status where they are given."""

    def __init__(self, status: int, title: str = "", words: str = "") -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.words = words


def page_handlers(site: Site) -> Handlers:
    """How the pages' own errors are told."""

    def told(request: Asked, status: int, title: str = "", words: str = "") -> Response[Any]:
        usual = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
        template = "_error.html" if request.headers.get("hx-request") else "error.html"
        headers = {"Retry-After": "5"} if status == 503 else None
        context = {"code": int(status), "title": title or usual[0], "words": words or usual[1]}
        return site.render(request, template, status, headers, **context)

    def own(request: Asked, error: PageError) -> Response[Any]:
        return told(request, error.status, error.title, error.words)

    def api(request: Asked, error: ApiError) -> Response[Any]:
        return told(request, error.status, words=error.message)

    def framework(request: Asked, error: HTTPException) -> Response[Any]:
        return told(request, error.status_code)

    def unavailable(request: Asked, error: Exception) -> Response[Any]:
        errors.unavailable(request, error)
        return told(request, HTTPStatus.SERVICE_UNAVAILABLE)

    def unexpected(request: Asked, error: Exception) -> Response[Any]:
        errors.unexpected(request, error)
        return told(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    return {
        **_doors(site, told),
        PageError: own,
        ApiError: api,
        BadLookup: lambda request, error: told(request, HTTPStatus.BAD_REQUEST),
        HTTPException: framework,
        psycopg.Error: unavailable,
        PoolTimeout: unavailable,
        TimeoutError: unavailable,
        Exception: unexpected,
    }


def _doors(site: Site, told: Callable[..., Response[Any]]) -> Handlers:
    def sign_in(request: Asked, error: NotSignedIn) -> Response[Any]:
        return site.see_other(request, error.path)

    def closed(request: Asked, error: NotAllowed) -> Response[Any]:
        return told(request, HTTPStatus.FORBIDDEN)

    def foreign(request: Asked, error: NotFromHere) -> Response[Any]:
        words = (
            "The form was open for too long, or came from elsewhere. Nothing was changed. Go back and send it again."
        )
        return told(request, HTTPStatus.FORBIDDEN, "The form is out of date", words)

    return {NotSignedIn: sign_in, NotAllowed: closed, NotFromHere: foreign}


def choosing(page: Handlers, api: Handlers) -> Handlers:
    """For what no route catches: a page for people's paths, JSON for those of programs and for who asks for it."""

    def handler(kind: Any) -> Handler:
        def choose(request: Asked, error: Any) -> Response[Any]:
            machine = request.url.path.startswith(MACHINES) or "text/html" not in request.headers.get("accept", "")
            found: Response[Any] = (api if machine else page)[kind](request, error)
            return found

        return choose

    api = {NotAllowed: lambda request, error: errors.answer(403, "forbidden", "this path is closed"), **api}
    return {kind: handler(kind) if kind in page else told for kind, told in api.items()}
