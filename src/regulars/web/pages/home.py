"""Home: what happened today, how much of it is of somebody known, whether all is well, and how to begin."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from litestar.handlers import HTTPRouteHandler

from regulars.catalogue.words import NAMES
from regulars.insights.reader import understood
from regulars.model.user import Role
from regulars.storage.acting import read_acting_state
from regulars.storage.key_list import Sender, senders
from regulars.storage.needs import DAY, Needs, needs
from regulars.storage.recognised import SAMPLE, Recognised, recognised_since
from regulars.storage.today import MOST, ChannelToday, begun, rejected_since, today
from regulars.storage.totals import read_state
from regulars.web import navigation
from regulars.web.access import EVERYONE, PEOPLE
from regulars.web.customers import channel_icon, channel_words
from regulars.web.home_signs import acting, health, is_silent, steps, wanting
from regulars.web.insight_words import as_of_words, sentences
from regulars.web.kept import Kept
from regulars.web.routes import Answer, Call, page
from regulars.web.site import Connection, Site

DAYS = 30
THINGS = frozenset(NAMES)
"""Events about the shop's own things, which no person did."""


class Day(NamedTuple):
    """What is kept for a moment of the day since a midnight: `cut` is whether only the newest events were counted."""

    channels: list[ChannelToday]
    cut: bool
    recognised: Recognised


class Whole(NamedTuple):
    """What is kept for a moment of longer than a day."""

    recognised: Recognised
    needs: Needs
    senders: list[Sender]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""
    days: Kept[Day] = Kept()
    wholes: Kept[Whole] = Kept()

    async def figures(since: int, now: int, version: object) -> tuple[Day, Whole]:
        day = await days.get(since, version, _find(site, lambda link: _day(link, since)))
        return day, await wholes.get("", version, _find(site, lambda link: _whole(link, site.options.limited, now)))

    async def first_look() -> None:
        # What was slow to find is kept for longer; waiting for the database is no part of it.
        async with site.reading():
            now = time.time_ns() // 1000
        await figures(site.formats(None).start_of_day(now), now, None)

    site.warmers.append(first_look)

    @page("/", "home", EVERYONE)
    async def show(request: Call) -> Answer:
        fmt, now = site.formats(request.user), time.time_ns() // 1000
        since = fmt.start_of_day(now)
        async with site.reading() as connection:
            state, refused = await read_state(connection), await rejected_since(connection, since)
            does = await read_acting_state(connection, now)
            there, insight = await begun(connection), await understood(connection)
        day, whole = await figures(since, now, (state.place, state.totals.batches))
        shown = navigation.entries(request.user)
        todo = steps(there, site.base(request), any(each.path == "/customers" for each in shown))
        context = {
            "day": day, "most": MOST, "sample": SAMPLE, "words": channel_words, "symbol": channel_icon,
            "recent": whole.recognised, "days": DAYS,
            "sentences": [] if insight is None else sentences(insight, fmt),
            "looked_from": "" if insight is None else as_of_words(insight, fmt),
            "made_up": insight is not None and any(example for _, example in insight.totals.insight_origins),
            "may_open": request.user.role in PEOPLE,
            "health": [health(state, now, fmt), acting(does, now, fmt)],
            "senders": [each for each in whole.senders if each.last],
            "silent": {each.name for each in whole.senders if each.open_keys and is_silent(each, now)},
            "wanting": list(wanting(request.user, refused, whole.needs, whole.senders, now, fmt)),
            "steps": todo if request.user.role == Role.OWNER and not all(step.done for step in todo) else [],
        }  # fmt: skip
        return site.render(request, "home.html", 200, None, **context)

    return [show]


def _find(site: Site, ask: Callable[[Connection], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    async def find() -> Any:
        async with site.reading() as connection:
            return await ask(connection)

    return find


async def _day(connection: Connection, since: int) -> Day:
    channels, cut = await today(connection, since)
    return Day(channels, cut, await recognised_since(connection, since, THINGS))


async def _whole(connection: Connection, limited: tuple[str, ...], now: int) -> Whole:
    recognised = await recognised_since(connection, now - DAYS * DAY, THINGS)
    return Whole(recognised, await needs(connection, limited, now), await senders(connection, now))
