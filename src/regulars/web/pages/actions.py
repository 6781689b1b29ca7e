"""Next steps: what may be done for customers, what each did of late; switched on and off, and weighed."""

import time
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.decisioning import actions
from regulars.decisioning.actions import MOST_LEVER, NAME, BadAction, Stored
from regulars.model.contact import DAY
from regulars.storage.database import Connection
from regulars.web.access import EVERYONE, SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.decision_words import channel_words, policy_words
from regulars.web.flash import Flash, Undo
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

DAYS = 30


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/actions", "actions", EVERYONE)
    async def show(request: Call) -> Answer:
        context = await aside(site, _read)
        context |= {
            "may_change": request.user.role in SEGMENTERS, "days": DAYS, "channel_words": channel_words,
            "policy": policy_words(site.composed.contact), "most_lever": MOST_LEVER,
        }  # fmt: skip
        return site.render(request, "actions.html", **context)

    @action("/actions/{name:str}/off", "action.off", SEGMENTERS)
    async def off(request: Call, name: FromPath[str]) -> Answer:
        made = await aside(site, lambda connection: _change(connection, request, name, enabled=False))
        undo = Undo(f"/actions/{name}/on")
        return site.see_other(request, "/actions", Flash(f"“{made.action.title}” is off: nobody gets it.", undo=undo))

    @action("/actions/{name:str}/on", "action.on", SEGMENTERS)
    async def on(request: Call, name: FromPath[str]) -> Answer:
        made = await aside(site, lambda connection: _change(connection, request, name, enabled=True))
        undo = Undo(f"/actions/{name}/off")
        return site.see_other(request, "/actions", Flash(f"“{made.action.title}” is on.", undo=undo))

    @action("/actions/{name:str}/lever", "action.lever", SEGMENTERS)
    async def weigh(request: Call, name: FromPath[str]) -> Answer:
        lever = _lever((await fields(request)).get("lever", ""))
        before = await aside(site, lambda connection: _found(connection, name))
        made = await aside(site, lambda connection: _change(connection, request, name, lever=lever))
        undo = Undo(f"/actions/{name}/lever", {"lever": f"{before.action.lever:g}"})
        words = f"“{made.action.title}” counts {lever:g} times what it is worth."
        return site.see_other(request, "/actions", Flash(words, undo=undo))

    return [show, off, on, weigh]


def _read(connection: Connection) -> dict[str, Any]:
    since = time.time_ns() // 1000 - DAYS * DAY
    nothing, waits = actions.nothing_done(connection, since)
    return {
        "actions": actions.all_actions(connection), "did": actions.did(connection, since), "nothing": nothing,
        "waits": waits, "none": actions.Did(),
    }  # fmt: skip


def _found(connection: Connection, name: str) -> Stored:
    found = actions.find(connection, name) if NAME.fullmatch(name) else None
    if found is None:
        raise PageError(404, "There is no such step")
    return found


def _change(
    connection: Connection, request: Call, name: str, enabled: bool | None = None, lever: float | None = None
) -> Stored:
    _found(connection, name)
    try:
        return actions.change(connection, request.user.actor, name, enabled=enabled, lever=lever)
    except BadAction as error:
        raise PageError(422, "That cannot be done", str(error)) from None


def _lever(text: str) -> float:
    try:
        lever = float(text.replace(",", "."))
    except ValueError:
        lever = -1.0
    if not 0 <= lever <= MOST_LEVER:
        raise PageError(422, "That cannot be done", f"It must be a number from 0 to {MOST_LEVER:g}.")
    return lever
