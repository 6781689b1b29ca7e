"""Who works here: the owner invites, gives roles, ends access and sessions."""

import time
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.model.user import Role, User
from regulars.storage import users
from regulars.storage.one_time_links import forget_links, make_link
from regulars.storage.sessions import end_all, uses
from regulars.storage.users import Connection
from regulars.web.access import OWNER
from regulars.web.flash import Flash, Undo
from regulars.web.page_errors import PageError
from regulars.web.people import email_fault, name_fault
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

ROLES = {
    Role.OWNER: "everything, users and the audit log too",
    Role.MARKETER: "customers, segments and messages",
    Role.ASSOCIATE: "customers in a store",
    Role.CARE: "customers and their cases",
    Role.ANALYST: "numbers, no single customers",
}
LAST_OWNER = "This is the only owner. Make somebody else an owner first."


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/users", "users", OWNER)
    async def show(request: Call) -> Answer:
        return await _show(site, request)

    @action("/users", "users.invite", OWNER)
    async def invite(request: Call) -> Answer:
        form = await fields(request)
        name, email = form.get("name", ""), form.get("email", "").lower()
        role = _role(form)
        fault = name_fault(name) or email_fault(email)
        if fault:
            return await _show(site, request, 422, fault=fault, name=name, email=email, role=role)
        async with site.writing() as connection:
            id = await users.add_user(connection, email, name, role)
            if id is not None:
                token = await make_link(connection, id)
                await site.audit(connection, request.user, "invite user", f"user:{id} as {role}")
        if id is None:
            fault = "Somebody with this e-mail address is here already."
            return await _show(site, request, 422, fault=fault, name=name, email=email, role=role)
        return site.see_other(request, "/users", _link_flash(site, request, name, token))

    @action("/users/{id:int}/link", "users.link", OWNER)
    async def link(request: Call, id: FromPath[int]) -> Answer:
        async with site.writing() as connection:
            user = await _user(connection, id)
            token = await make_link(connection, id)
            await site.audit(connection, request.user, "make one-time link", user.actor)
        return site.see_other(request, "/users", _link_flash(site, request, user.name, token))

    return [show, invite, link, *_changes(site)]


def _changes(site: Site) -> list[HTTPRouteHandler]:
    @action("/users/{id:int}/role", "users.role", OWNER)
    async def role(request: Call, id: FromPath[int]) -> Answer:
        wanted = _role(await fields(request))
        async with site.writing() as connection:
            user = await _user(connection, id)
            if user.role == Role.OWNER and wanted != Role.OWNER and await users.is_last_owner(connection, id):
                raise PageError(422, "That would leave nobody", LAST_OWNER)
            await users.change(connection, id, role=str(wanted))
            await site.audit(connection, request.user, "change role", f"{user.actor} from {user.role} to {wanted}")
        undo = Undo(f"/users/{id}/role", {"role": str(user.role)})
        return site.see_other(request, "/users", Flash(f"{user.name} is now {wanted}.", undo=undo))

    @action("/users/{id:int}/end", "users.end", OWNER)
    async def end(request: Call, id: FromPath[int]) -> Answer:
        async with site.writing() as connection:
            user = await _user(connection, id)
            if user.role == Role.OWNER and await users.is_last_owner(connection, id):
                raise PageError(422, "That would leave nobody", LAST_OWNER)
            await users.change(connection, id, ended=time.time_ns() // 1000)
            await end_all(connection, id)
            await forget_links(connection, id)
            await site.audit(connection, request.user, "end access", user.actor)
        words = f"{user.name} was signed out everywhere and can no longer sign in."
        return site.see_other(request, "/users", Flash(words, undo=Undo(f"/users/{id}/restore")))

    @action("/users/{id:int}/restore", "users.restore", OWNER)
    async def restore(request: Call, id: FromPath[int]) -> Answer:
        async with site.writing() as connection:
            user = await _user(connection, id)
            await users.change(connection, id, ended=None)
            await site.audit(connection, request.user, "give access back", user.actor)
        return site.see_other(request, "/users", Flash(f"{user.name} can sign in again."))

    @action("/users/{id:int}/sessions/end", "users.sessions.end", OWNER)
    async def end_sessions(request: Call, id: FromPath[int]) -> Answer:
        async with site.writing() as connection:
            user = await _user(connection, id)
            count = await end_all(connection, id, request.auth)
            await site.audit(connection, request.user, "end sessions", user.actor)
        words = f"{user.name} was signed out everywhere." if count else f"{user.name} was not signed in."
        return site.see_other(request, "/users", Flash(words))

    return [role, end, restore, end_sessions]


async def _show(site: Site, request: Call, status: int = 200, **context: Any) -> Answer:
    async with site.reading() as connection:
        found = await users.all_users(connection)
        used = await uses(connection)
    said = {"fault": "", "name": "", "email": "", "role": Role.ASSOCIATE, **context}
    rows = [(each, used.get(each.id)) for each in found]
    return site.render(request, "users.html", status, rows=rows, roles=ROLES, **said)


def _link_flash(site: Site, request: Call, name: str, token: str) -> Flash:
    words = f"Give {name} this link. It works once, for seven days, and is not shown again."
    return Flash(words, "info", copy=f"{site.base(request)}/welcome/{token}")


def _role(form: dict[str, str]) -> Role:
    try:
        return Role(form.get("role", ""))
    except ValueError:
        raise PageError(400, words="There is no such role.") from None


async def _user(connection: Connection, id: int) -> User:
    user = await users.by_id(connection, id) if 0 < id < 2**63 else None
    if user is None:
        raise PageError(404, "Nobody here has this number")
    return user
