"""Sources and their keys, for the owner: who may send, when each was last heard, and making and revoking keys."""

import re
import time
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.storage import key_list
from regulars.storage.sources import TRUST_OF
from regulars.web.access import OWNER
from regulars.web.flash import Flash, Undo
from regulars.web.home_signs import is_silent
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

KINDS = {
    "secret": "for your servers, tills and imports: it may send all, and read customers; keep it to yourself",
    "write": "for browsers and apps: anybody can see it, so it may only send what a visitor may say",
}
LONGEST = 100
_ID = re.compile("[0-9a-f]{16}")


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/sources", "sources", OWNER)
    async def show(request: Call) -> Answer:
        return await _show(site, request)

    @action("/sources", "sources.make", OWNER)
    async def make(request: Call) -> Answer:
        form = await fields(request)
        name, kind, group = form.get("name", ""), form.get("kind", ""), form.get("group", "") or "main"
        fault = _fault(name, "the source") or _fault(group, "the group")
        if kind not in TRUST_OF:
            raise PageError(400, words="There is no such kind of key.")
        if fault:
            return await _show(site, request, 422, fault=fault, name=name, kind=kind, group=group)
        async with site.writing() as connection:
            key = await key_list.make_key(connection, kind, name, group)
            await site.audit(connection, request.user, "make key", f"{kind} for {name}")
        words = f"This is the new key of {name}. It is not shown again."
        return site.see_other(request, "/sources", Flash(words, "info", copy=key))

    @action("/sources/keys/{id:str}/revoke", "sources.revoke", OWNER)
    async def revoke(request: Call, id: FromPath[str]) -> Answer:
        async with site.writing() as connection:
            source = await key_list.revoke(connection, id) if _ID.fullmatch(id) else None
            if source is None:
                raise PageError(404, "There is no such key", "Or it was revoked already.")
            await site.audit(connection, request.user, "revoke key", f"of {source}")
        undo = Undo(f"/sources/keys/{id}/give-back")
        return site.see_other(request, "/sources", Flash(f"A key of {source} no longer works.", undo=undo))

    @action("/sources/keys/{id:str}/give-back", "sources.give-back", OWNER)
    async def give_back(request: Call, id: FromPath[str]) -> Answer:
        async with site.writing() as connection:
            source = await key_list.give_back(connection, id) if _ID.fullmatch(id) else None
            if source is None:
                raise PageError(404, "There is no such key", "Or it works already.")
            await site.audit(connection, request.user, "give key back", f"of {source}")
        return site.see_other(request, "/sources", Flash(f"The key of {source} works again."))

    return [show, make, revoke, give_back]


async def _show(site: Site, request: Call, status: int = 200, **context: Any) -> Answer:
    now = time.time_ns() // 1000
    async with site.reading() as connection:
        found = await key_list.senders(connection, now)
    said = {"fault": "", "name": "", "kind": "secret", "group": "", **context}
    silent = {each.name for each in found if each.open_keys and is_silent(each, now)}
    return site.render(request, "sources.html", status, senders=found, silent=silent, kinds=KINDS, **said)


def _fault(text: str, of: str) -> str:
    good = 0 < len(text) <= LONGEST and text.isprintable()
    return "" if good else f"Give {of} a name of 1 to {LONGEST} letters."
