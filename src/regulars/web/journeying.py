"""What the pages of journeys and campaigns show beside what is stored: replays, trials, previews, missing messages."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from regulars.decisioning.campaigns import store as campaigns
from regulars.decisioning.campaigns.campaign import Campaign
from regulars.decisioning.campaigns.preview import Preview, preview
from regulars.decisioning.journeys import store as journeys
from regulars.decisioning.journeys.journey import NAME, BadJourney, Journey
from regulars.decisioning.journeys.replay import Replay, Replayed
from regulars.decisioning.journeys.store import Version
from regulars.decisioning.journeys.trying import Trial, try_on
from regulars.decisioning.journeys.world import ShopWorld
from regulars.identity.lookup import BadLookup, wanted
from regulars.messaging import store as messages
from regulars.profiles.find import find
from regulars.storage import database
from regulars.storage.database import Connection
from regulars.storage.engine import LakeError
from regulars.web.composed import Acting
from regulars.web.customers import typed
from regulars.web.page_errors import PageError
from regulars.web.site import Connection as WaitingConnection
from regulars.web.site import Site

T = TypeVar("T")
AT_ONCE = 1
SECONDS = 20.0
"""So long a page waits for a replay or a preview; then it says of how many it is."""
_turns = asyncio.Semaphore(AT_ONCE)


def found_journey(connection: Connection, name: str) -> Version:
    """The journey of this name. Raises PageError."""
    kept = journeys.find(connection, name) if NAME.fullmatch(name) else None
    if kept is None:
        raise PageError(404, "There is no such journey")
    return kept


def readable_journey(kept: Version) -> Journey:
    """What a journey says. Raises PageError for one that another version of the program wrote."""
    try:
        return kept.journey()
    except BadJourney as error:
        raise PageError(409, "This version of the program cannot read this journey", f"{error}.") from None


def found_campaign(connection: Connection, name: str) -> Campaign:
    """The campaign of this name. Raises PageError."""
    campaign = campaigns.find(connection, name) if NAME.fullmatch(name) else None
    if campaign is None:
        raise PageError(404, "There is no such campaign")
    return campaign


def missing(connection: Connection, names: Iterable[str]) -> list[str]:
    """Which of these messages are not written, or ended."""
    known = {each.name for each in messages.all_messages(connection)}
    return sorted({each for each in names if each not in known})


def message_names(connection: Connection) -> list[tuple[str, str]]:
    """The messages that can be sent: their names and titles."""
    return [(each.name, each.title) for each in messages.all_messages(connection)]


async def whom(connection: WaitingConnection, site: Site, text: str) -> bytes:
    """The one customer that somebody means who typed an id, an e-mail, a phone or a card. Raises BadLookup."""
    for each in typed(text):
        found = await find(connection, wanted(each), site.policy, site.secret)
        if len(found.customers) == 1:
            return found.customers[0]
        if found.customers:
            raise BadLookup("several customers are known by that: open one and take the id from the page's address")
    raise BadLookup("nobody is known by that")


async def replayed(site: Site, name: str, journey: Journey) -> Replayed:
    """What a journey would have done over the last 30 days. Raises PageError."""

    def run(connection: Connection, by: Acting) -> Replayed:
        world = ShopWorld(connection, by.latest.model)
        return Replay(connection, by.lake, by.deciding, world, by.as_of).run(name, journey, _now(), SECONDS)

    return await _patiently(site, run)


async def tried(site: Site, name: str, journey: Journey, customer: bytes) -> Trial:
    """A journey tried on one customer. Raises PageError."""

    def run(connection: Connection, by: Acting) -> Trial:
        world = ShopWorld(connection, by.latest.model)
        return try_on(connection, by.deciding, world, name, journey, customer, _now())

    return await _patiently(site, run)


async def previewed(site: Site, campaign: Campaign) -> Preview:
    """Whom a campaign would reach now. Raises PageError."""
    return await _patiently(site, lambda connection, by: preview(connection, by.deciding, campaign, _now(), SECONDS))


async def _patiently(site: Site, run: Callable[[Connection, Acting], T]) -> T:
    """Run something that may take a while in a thread and on a connection of its own; one at a time."""
    by = site.composed.acting
    if by is None:
        raise PageError(503, "This cannot be tried out here")

    def within() -> T:
        with database.connect(str(site.pool.conninfo), autocommit=True) as connection:
            return run(connection, by)

    try:
        async with _turns:
            return await asyncio.to_thread(within)
    except LakeError as error:
        raise PageError(503, "This cannot be said yet", f"{error}.") from None


def _now() -> int:
    return time.time_ns() // 1000
