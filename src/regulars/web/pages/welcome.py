"""What a one-time link opens: the page on which a user sets a password."""

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from psycopg.errors import UniqueViolation

from regulars.model.user import User
from regulars.storage import users
from regulars.storage.one_time_links import use_link, user_of_link
from regulars.storage.sessions import end_all
from regulars.web.access import Door
from regulars.web.page_errors import PageError
from regulars.web.pages.sign_in import enter
from regulars.web.passwords import fault_of
from regulars.web.people import email_fault, name_fault
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

WORDS = (
    "It was used already, or is too old. Ask an owner for a new one; `regulars users link` prints one for the owner."
)


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/welcome/{token:str}", "welcome", Door.PUBLIC)
    async def show(request: Call, token: FromPath[str]) -> Answer:
        async with site.reading() as connection:
            user = await user_of_link(connection, token)
        if user is None:
            raise PageError(404, "This link no longer works", WORDS)
        return site.render(request, "welcome.html", who=user, name=user.name, email=user.email, fault="")

    @action("/welcome/{token:str}", "welcome.do", Door.PUBLIC)
    async def welcome(request: Call, token: FromPath[str]) -> Answer:
        form, typed = await fields(request), await request.form()
        async with site.reading() as connection:
            user = await user_of_link(connection, token)
        if user is None:
            raise PageError(404, "This link no longer works", WORDS)
        name = form.get("name", "") or user.name
        email = user.email or form.get("email", "").lower()
        password, again = str(typed.get("password", "")), str(typed.get("again", ""))
        fault = name_fault(name) or email_fault(email) or fault_of(password, again, name, email)
        fault = fault or await _set(site, user, token, name, email, password)
        if fault:
            return site.render(request, "welcome.html", 422, who=user, name=name, email=email, fault=fault)
        return await enter(site, request, user, "/")

    return [show, welcome]


async def _set(site: Site, user: User, token: str, name: str, email: str, password: str) -> str:
    """Set what the form says, using up the link; what went wrong, in words."""
    kept = await site.passwords.hashed(password)
    try:
        async with site.writing() as connection:
            if not await use_link(connection, token):
                raise PageError(404, "This link no longer works", WORDS)
            await users.change(connection, user.id, name=name, email=email, password=kept)
            # Whoever had the old password is out.
            await end_all(connection, user.id)
            await site.audit(connection, user, "set password", "by one-time link")
    except UniqueViolation:
        return "Somebody with this e-mail address is here already."
    return ""
