"""What the pages of segments show: how many a rule would take, whom for example, and why somebody is in."""

import asyncio
import time

import msgspec

from regulars.identity.lookup import customer_id
from regulars.profiles.search import CustomerSummary, summaries
from regulars.segments.memory import Memory
from regulars.segments.moment import moment
from regulars.segments.preview import preview
from regulars.segments.rule import BadRule, Group
from regulars.segments.store import newest_seen
from regulars.segments.why import Why, why
from regulars.storage.database import Connection as WaitingConnection
from regulars.storage.engine import LakeError
from regulars.web.correcting import aside
from regulars.web.site import Connection, Site

CHANNELS = {"email": "e-mail", "sms": "text message", "phone": "phone", "push": "push message", "post": "post"}
"""How channels of reach are called."""

AT_ONCE = 2
_turns = asyncio.Semaphore(AT_ONCE)


class Counted(msgspec.Struct, frozen=True):
    """How many a rule takes, as of when, reach by channel, and some of them; or why that cannot be said (`fault`)."""

    count: int = 0
    at: int = 0
    reach: tuple[tuple[str, int], ...] = ()
    sample: tuple[CustomerSummary, ...] = ()
    fault: str = ""


async def counted(site: Site, rule: Group, people: bool) -> Counted:
    """Try a rule out on the lake; with `people`, some of those whom it takes are named."""
    by = site.composed.segmenting
    if by is None:
        return Counted(fault="Rules cannot be tried out here.")
    try:
        async with _turns:
            found = await asyncio.to_thread(preview, by.lake, rule, by.as_of)
    except (BadRule, LakeError) as error:
        return Counted(fault=f"This cannot be counted: {error}.")
    sample: tuple[CustomerSummary, ...] = ()
    if people and found.sample:
        async with site.reading() as connection:
            sample = await named(connection, site, [bytes.fromhex(each) for each in found.sample])
    return Counted(found.count, found.at, tuple(found.reach), sample)


async def named(connection: Connection, site: Site, customers: list[bytes]) -> tuple[CustomerSummary, ...]:
    """These customers as a list shows them."""
    return await summaries(connection, customers, site.rules)


async def explained(site: Site, rule: Group, id: str) -> Why:
    """Why a customer is in, or not, as she is now. Raises BadRule."""
    by, customer = site.composed.segmenting, customer_id(id)
    if by is None or customer is None:
        raise BadRule("$", "cannot be tried out here")

    def run(waiting: WaitingConnection) -> Why:
        at = moment(by.as_of, time.time_ns() // 1000, newest_seen(waiting))
        memory = Memory(waiting, by.lake)
        try:
            return why(memory, rule, customer, at)
        finally:
            memory.close()

    return await aside(site, run)
