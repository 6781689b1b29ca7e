"""Signing in and out, and the choice between light and dark."""

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from regulars.model.user import User
from regulars.storage import audit, users
from regulars.storage.failed_sign_ins import Limit, begin_try, succeeded
from regulars.storage.sessions import LONGEST_SECONDS, end_session, start_session
from regulars.web.access import EVERYONE, Door
from regulars.web.passwords import outdated
from regulars.web.routes import Answer, Call, action, fields, local_path, page
from regulars.web.security import SESSION, THEME, VISIT
from regulars.web.site import THEMES, Asked, Site

NOBODY = "That e-mail address and password do not go together."
YEAR_SECONDS = 365 * 24 * 3600


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/sign-in", "sign-in", Door.PUBLIC)
    async def show(request: Call, next: FromQuery[str] = "/") -> Answer:
        if await site.user_of(site.cookies(request).get(SESSION)):
            return site.see_other(request, local_path(next))
        async with site.reading() as connection:
            fresh = not await users.anybody_active(connection)
        return site.render(request, "sign_in.html", email="", fault="", next=local_path(next), fresh=fresh)

    @action("/sign-in", "sign-in.do", Door.PUBLIC)
    async def sign_in(request: Call) -> Answer:
        form = await fields(request)
        email, back = form.get("email", "").lower(), local_path(form.get("next", "/"))
        wait, user = await _try(site, request, email, (await _password(request)))
        if user is None:
            words = (
                f"Too many tries. Wait {site.formats(None).number(wait)} seconds, then try again." if wait else NOBODY
            )
            context = {"email": email, "fault": words, "next": back, "fresh": False}
            headers = {"Retry-After": str(wait)} if wait else None
            return site.render(request, "sign_in.html", 429 if wait else 422, headers, **context)
        return await enter(site, request, user, back)

    @action("/sign-out", "sign-out", EVERYONE)
    async def sign_out(request: Call) -> Answer:
        async with site.writing() as connection:
            await end_session(connection, request.auth)
            await site.audit(connection, request.user, "sign out")
        return site.see_other(request, "/sign-in", cookies=[site.cookies(request).forget(SESSION)])

    @action("/theme", "theme", EVERYONE)
    async def theme(request: Call) -> Answer:
        form = await fields(request)
        chosen, cookies = form.get("theme", ""), site.cookies(request)
        cookie = cookies.make(THEME, chosen, YEAR_SECONDS) if chosen in THEMES else cookies.forget(THEME)
        return site.see_other(request, local_path(form.get("next", "/")), cookies=[cookie])

    return [show, sign_in, sign_out, theme]


async def enter(site: Site, request: Asked, user: User, path: str) -> Answer:
    """Sign a user in with a new session, whatever this browser held before, and go on to a path."""
    cookies = site.cookies(request)
    old = cookies.get(SESSION)
    async with site.writing() as connection:
        if old:
            await end_session(connection, old)
        token = await start_session(connection, user.id, request.headers.get("user-agent", ""))
        await site.audit(connection, user, "sign in")
    given = [cookies.make(SESSION, token, LONGEST_SECONDS), cookies.forget(VISIT)]
    return site.see_other(request, path, cookies=given)


async def _password(request: Asked) -> str:
    """As it was typed: unlike other fields, with the space around it."""
    value = (await request.form()).get("password", "")
    return value if isinstance(value, str) else ""


async def _try(site: Site, request: Asked, email: str, password: str) -> tuple[int, User | None]:
    """The seconds to wait before a try may be made, and who signed in."""
    pair, account, address = _limits(site, request, email)
    async with site.writing() as connection:
        wait = await begin_try(connection, (pair, account, address))
        user = await users.by_email(connection, email) if email else None
        kept = await users.password_hash(connection, user.id) if user and not user.ended else ""
    if wait:
        return wait, None
    good = await site.passwords.matches(kept, password)
    async with site.writing() as connection:
        if user is None or not good:
            if user is not None:
                await audit.record(connection, "somebody", "sign in refused", (), user.actor)
            return 0, None
        await succeeded(connection, (pair, account), (address,))
        if outdated(kept):
            await users.change(connection, user.id, password=await site.passwords.hashed(password))
    return 0, user


def _limits(site: Site, request: Asked, email: str) -> tuple[Limit, Limit, Limit]:
    host = request.client.host if request.client else ""
    key = email.replace("\0", "")[:500]
    pair = Limit(site.secret.mac("sign-in pair", key, host), 5)
    # Short, so that nobody can lock an owner out from afar.
    account = Limit(site.secret.mac("sign-in account", key), 50, 30)
    return pair, account, Limit(site.secret.mac("sign-in address", host), 30)
