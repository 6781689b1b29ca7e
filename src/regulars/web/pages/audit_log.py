"""The audit log: every look at a customer and every change, for the owner."""

import re
from typing import Annotated, Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from regulars.storage import users
from regulars.storage.audit import Look, looks
from regulars.web.access import OWNER
from regulars.web.routes import Answer, Call, is_partial, page
from regulars.web.site import Site

PAGE = 50
_USER = re.compile(r"user:([0-9]{1,18})")

_Before = Annotated[int, QueryParameter(ge=0, le=2**62)]
_Text = Annotated[str, QueryParameter(max_length=200)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/audit", "audit", OWNER)
    async def show(
        request: Call, who: _Text = "", what: _Text = "", customer: _Text = "", before: _Before = 0
    ) -> Answer:
        wanted = bytes.fromhex(customer) if re.fullmatch("[0-9a-f]{32}", customer) else None
        clean = who.replace("\0", ""), what.replace("\0", "")
        async with site.reading() as connection:
            rows = await looks(connection, PAGE + 1, before, *clean, wanted)
            everybody = await users.all_users(connection)
        names = {each.actor: each.name or each.email or "the owner to be" for each in everybody}
        shown = [(row, names.get(row.actor, row.actor), _readable(row, names)) for row in rows[:PAGE]]
        context: dict[str, Any] = {
            "rows": shown, "who": clean[0], "what": clean[1], "customer": customer if wanted else "",
            "names": names, "next": rows[PAGE - 1].id if len(rows) > PAGE else 0, "before": before,
        }  # fmt: skip
        return site.render(request, "_audit_rows.html" if is_partial(request) else "audit.html", **context)

    return [show]


def _readable(row: Look, names: dict[str, str]) -> str:
    """The detail with users' names for their numbers."""
    return _USER.sub(lambda found: names.get(found[0], found[0]), row.detail)
