"""How a page is declared: its path, its name and the roles that it is for."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures.state import State
from litestar.handlers import HTTPRouteHandler

from regulars.model.user import User
from regulars.web.access import Access, declared

Call = Request[User, str, State]
"""A request of a page: `user` is who is signed in, `auth` the token of the session."""

Answer = Response[Any]
Handler = Callable[..., Any]

MAX_FORM = 64 * 1024
FORM = "form"


def page(path: str | list[str], name: str, access: Access) -> Callable[[Handler], HTTPRouteHandler]:
    """Declare a page: a GET that changes nothing."""
    # What a stream says of itself counts for nothing beside this.
    kind = "text/csv" if isinstance(path, str) and path.endswith(".csv") else "text/html"
    return get(path, name=name, opt=declared(access), include_in_schema=False, media_type=kind)


def action(path: str | list[str], name: str, access: Access) -> Callable[[Handler], HTTPRouteHandler]:
    """Declare what a form does: a POST that is refused without the form's token, and ends in a redirect."""
    return post(
        path,
        name=name,
        opt={**declared(access), FORM: True},
        include_in_schema=False,
        media_type="text/html",
        status_code=303,
        request_max_body_size=MAX_FORM,
    )


def is_partial(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks for a part of the page only."""
    return request.headers.get("hx-request-type") == "partial"


async def fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form, without NUL and without space around them; of a repeated one the last."""
    form = await request.form()
    return {name: value.replace("\0", "").strip() for name, value in form.items() if isinstance(value, str)}


def local_path(text: str) -> str:
    """A path of this site to go on to; `/` for everything else, such as another site's address."""
    good = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isascii()
    return text if good and text.isprintable() and len(text) <= 2_000 else "/"
