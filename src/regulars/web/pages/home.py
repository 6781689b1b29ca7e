"""Home: what happened today, whether all is well, and, where nothing is here yet, how to begin."""

import time
from typing import NamedTuple

from litestar.handlers import HTTPRouteHandler

from regulars.model.user import Role
from regulars.storage.today import MOST, Begun, begun, rejected_since, today
from regulars.storage.totals import State, read_state
from regulars.web.access import EVERYONE
from regulars.web.formats import Formats
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Site

SLOW_SECONDS = 60
"""When what was received waits longer than this, Home says so."""

CHANNELS = {
    "web": ("Web", "world"), "app": ("App", "device-mobile"), "store": ("Store", "building-store"),
    "phone": ("Phone", "phone"), "email": ("E-mail", "mail"), "": ("No channel told", "activity"),
}  # fmt: skip


class Sign(NamedTuple):
    """One line about the health of things: its kind (good, warning, bad), and words."""

    kind: str
    title: str
    words: str


class Step(NamedTuple):
    """One line of the checklist: whether it is done, what it is, and how: a command, or a link with its words."""

    done: bool
    title: str
    command: str = ""
    link: str = ""
    label: str = ""


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/", "home", EVERYONE)
    async def show(request: Call) -> Answer:
        fmt, now = site.formats(request.user), time.time_ns() // 1000
        since = fmt.start_of_day(now)
        async with site.reading() as connection:
            channels, cut = await today(connection, since)
            state, refused = await read_state(connection), await rejected_since(connection, since)
            there = await begun(connection)
        steps = _steps(there, site.base(request)) if request.user.role == Role.OWNER else []
        context = {
            "channels": channels, "cut": cut, "most": MOST, "named": CHANNELS,
            "signs": _signs(state, refused, now, fmt),
            "steps": steps if not all(step.done for step in steps) else [],
        }  # fmt: skip
        return site.render(request, "home.html", 200, None, **context)

    return [show]


def _signs(state: State, refused: int, now: int, fmt: Formats) -> list[Sign]:
    """How the pipeline stands, as sentences."""
    late = state.rows > 0 and (now - state.oldest) > SLOW_SECONDS * 1_000_000
    if not state.led:
        first = Sign("bad", "Nothing is taken in", "The pipeline does not run. What is sent is kept, and waits.")
    elif late:
        words = f"{fmt.number(state.items)} wait, the oldest received {fmt.ago(state.oldest, now)}."
        first = Sign("warning", "Taking in is behind", words)
    else:
        first = Sign("good", "All is taken in", f"{fmt.number(state.totals.accepted)} events so far.")
    if refused:
        words = f"{fmt.number(refused)} today. `regulars rejected list` says why; nothing is lost."
        return [first, Sign("warning", "Couldn't be read", words)]
    return [first, Sign("good", "Everything could be read", "Nothing was refused today.")]


def _steps(there: Begun, address: str) -> list[Step]:
    """How an installation begins."""
    event = (
        f"curl -u $KEY: {address}/v1/identify "
        '-d \'{"userId": "u-1", "traits": {"name": "Ada", "email": "ada@shop.example"}}\''
    )
    return [
        Step(there.key, "Make a key", "KEY=$(regulars keys create --kind secret --source till)"),
        Step(there.received, "Send a first event", event),
        Step(there.customer, "Meet the first customer", "regulars customers show email:ada@shop.example"),
        Step(there.colleagues, "Invite those you work with", link="/users", label="Invite somebody"),
    ]
