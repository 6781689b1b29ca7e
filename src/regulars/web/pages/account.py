"""One's own account: name, password, how numbers and times are written, and where one is signed in."""

from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from litestar.handlers import HTTPRouteHandler

from regulars.storage import users
from regulars.storage.sessions import LONGEST_SECONDS, end_all, end_one, session_id, sessions_of, start_session
from regulars.web.access import EVERYONE
from regulars.web.agents import described
from regulars.web.flash import Flash
from regulars.web.formats import LOCALES
from regulars.web.passwords import fault_of
from regulars.web.people import name_fault
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.security import SESSION
from regulars.web.site import Site

ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
LANGUAGES = [(name, Locale.parse(name, sep="-").get_display_name("en") or name) for name in LOCALES]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/account", "account", EVERYONE)
    async def show(request: Call) -> Answer:
        return await _show(site, request)

    @action("/account", "account.do", EVERYONE)
    async def save(request: Call) -> Answer:
        form = await fields(request)
        name, locale, timezone = form.get("name", ""), form.get("locale", ""), form.get("timezone", "")
        fault = name_fault(name)
        if locale and locale not in LOCALES:
            fault = fault or "Choose one of the languages."
        if timezone and timezone not in ZONES:
            fault = fault or "Choose one of the time zones."
        if fault:
            return await _show(site, request, 422, fault=fault)
        async with site.writing() as connection:
            await users.change(connection, request.user.id, name=name, locale=locale, timezone=timezone)
            await site.audit(connection, request.user, "change own account")
        return site.see_other(request, "/account", Flash("Saved."))

    @action("/account/password", "account.password", EVERYONE)
    async def password(request: Call) -> Answer:
        form, user = await request.form(), request.user
        old, new, again = (str(form.get(name, "")) for name in ("old", "password", "again"))
        async with site.reading() as connection:
            kept = await users.password_hash(connection, user.id)
        fault = fault_of(new, again, user.name, user.email)
        if not fault and not await site.passwords.matches(kept, old):
            fault = "Your present password is another one."
        if fault:
            return await _show(site, request, 422, password_fault=fault)
        hashed = await site.passwords.hashed(new)
        async with site.writing() as connection:
            await users.change(connection, user.id, password=hashed)
            await end_all(connection, user.id)
            token = await start_session(connection, user.id, request.headers.get("user-agent", ""))
            await site.audit(connection, user, "set password")
        cookie = site.cookies(request).make(SESSION, token, LONGEST_SECONDS)
        words = "Your password is changed. Everywhere else you were signed out."
        return site.see_other(request, "/account", Flash(words), [cookie])

    @action("/account/sessions/end", "account.sessions.end", EVERYONE)
    async def end(request: Call) -> Answer:
        id = (await fields(request)).get("id", "")
        async with site.writing() as connection:
            if id:
                await end_one(connection, request.user.id, id)
            else:
                await end_all(connection, request.user.id, request.auth)
            await site.audit(connection, request.user, "end own session")
        return site.see_other(request, "/account", Flash("Signed out there."))

    return [show, save, password, end]


async def _show(site: Site, request: Call, status: int = 200, **faults: Any) -> Answer:
    async with site.reading() as connection:
        found = await sessions_of(connection, request.user.id)
    context = {"fault": "", "password_fault": "", **faults}
    here = session_id(request.auth)
    rows = [(each, described(each.agent), each.id == here) for each in found]
    return site.render(request, "account.html", status, sessions=rows, languages=LANGUAGES, zones=ZONES, **context)
