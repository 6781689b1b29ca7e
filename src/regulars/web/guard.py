"""The one place at which a request is let in: by what its route declares, its session, and its form's token."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from regulars.model.user import User
from regulars.web.access import Door, access_of
from regulars.web.routes import FORM, local_path
from regulars.web.security import CSRF_FIELD, CSRF_HEADER, SESSION, VISIT, Connection, csrf_token, from_elsewhere
from regulars.web.security import same_token as same
from regulars.web.site import Site

Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


class NotSignedIn(Exception):
    """Nobody is signed in; `back` is the path to return to."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back

    @property
    def path(self) -> str:
        """Where one signs in."""
        return "/sign-in" if self.back == "/" else f"/sign-in?next={quote(self.back, safe='/')}"


class NotAllowed(Exception):
    """The page is not for this user's role, or its route declares nothing."""


class NotFromHere(Exception):
    """A form without its token, or sent from another site."""


def make_guard(site: Site) -> Guard:
    """The guard of all routes."""

    # A plain function: the framework copies its guards, and a copied pool would never be opened.
    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        if connection.scope.get("method") == "OPTIONS":
            return
        access = access_of(handler)
        if access is None:
            raise NotAllowed
        if access is Door.KEY:
            return
        token = site.cookies(connection).get(SESSION)
        if not isinstance(access, Door):
            user = await site.user_of(token)
            if user is None:
                raise NotSignedIn(_back(connection))
            connection.scope["user"], connection.scope["auth"] = user, token
            _require(user, access)
        if handler.opt.get(FORM):
            await _require_form(site, connection)

    return guard


def _require(user: User, access: frozenset[str]) -> None:
    if user.role not in access:
        raise NotAllowed


def _back(connection: ASGIConnection) -> str:  # type: ignore[type-arg]
    if connection.scope.get("method") != "GET" or connection.headers.get("hx-request"):
        return "/"
    query = connection.url.query
    return local_path(connection.url.path + (f"?{query}" if query else ""))


async def _require_form(site: Site, connection: Connection) -> None:
    if from_elsewhere(connection):
        raise NotFromHere
    cookies = site.cookies(connection)
    bound = cookies.get(SESSION) if connection.scope.get("user") else cookies.get(VISIT)
    given = connection.headers.get(CSRF_HEADER, "")
    if not given and isinstance(connection, Request):
        found = (await connection.form()).get(CSRF_FIELD, "")
        given = found if isinstance(found, str) else ""
    if not bound or not same(csrf_token(site.secret, bound), given):
        raise NotFromHere
