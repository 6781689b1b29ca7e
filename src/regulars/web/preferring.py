"""What a form of the preference page does: the change, made in a thread and a transaction of its own."""

import time
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

import msgspec

from regulars.consent import change
from regulars.consent.change import Origin
from regulars.consent.spoken import Choice
from regulars.consent.standing import Address, Preferences
from regulars.consent.stated import state
from regulars.identity.normalise import normalise
from regulars.model.consent import ALL
from regulars.model.fields import ID_LENGTH
from regulars.profiles.order_reader import told_orders
from regulars.profiles.reader import customer_head
from regulars.recommendations.say import CannotSay, say
from regulars.recommendations.words import GIFT, NOT_GIFT
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.failed_sign_ins import Limit, begin_try, succeeded
from regulars.web.correcting import aside, until_taken_in
from regulars.web.page_errors import PageError
from regulars.web.preference_form import BadForm, choices, pause, stated, when
from regulars.web.site import Site
from regulars.web.visiting import Visit, address_for, means_of

T = TypeVar("T")

PROVING = ("email", "phone", "loyalty_id")
"""What she is asked for before her data is handed out or deleted: the page never shows these as a whole."""
WRONG_PROOFS = 5
PAGE = "preference page"

_CHANNEL = {"email": "email", "phone": "sms"}


async def apply(site: Site, visit: Visit, form: dict[str, str]) -> tuple[str, str]:
    """Do what a form says; returns what was done, and the part of the page it stands on. Raises BadForm, PageError."""
    doing = form.get("do", "")
    if doing == "stop":
        await stop_messages(site, visit, PAGE)
        return "stopped", "messages"
    if doing == "messages":
        await _choose(site, visit, form)
        return "messages", "messages"
    if doing == "when":
        await _prefer(site, visit, form)
        return "when", "when"
    if doing == "you":
        return await _state(site, visit, form), "you"
    if doing == "gifts":
        return await _mark(site, visit, form), "gifts"
    raise PageError(400)


async def stop_messages(site: Site, visit: Visit, proof: str) -> None:
    """Stop all advertising: to the one address where several people share it, else to her by whatever channel."""
    means, now = means_of(site), time.time_ns() // 1000
    identifier = visit.address.identifier

    def run(connection: Connection) -> None:
        channel = _CHANNEL.get(identifier.type, ALL) if not visit.customer or proof != PAGE else ALL
        change.unsubscribe(connection, means, identifier, visit.customer, channel, Origin(proof), now)

    await _within(site, run)


async def proven(site: Site, visit: Visit, typed: str) -> bool:
    """Whether what was typed is an address or card of hers. Raises PageError 403 on a limited link, 429 after tries."""
    if visit.limited:
        raise PageError(403, "This link only stops messages", "Open a newer message for everything else.")
    limit = Limit(site.secret.mac("preference proof", visit.customer.hex()), WRONG_PROOFS)
    async with site.writing() as connection:
        wait = await begin_try(connection, (limit,))
    if wait:
        raise PageError(429)
    held = {each.identifier for each in visit.standing.addresses if not each.shared}
    found = typed and len(typed) <= ID_LENGTH and any(
        each.type in PROVING and normalise(each.type, typed, site.policy).value == each.value for each in held
    )  # fmt: skip
    if found:
        async with site.writing() as connection:
            await succeeded(connection, (limit,), ())
    return bool(found)


async def _choose(site: Site, visit: Visit, form: dict[str, str]) -> None:
    means, now = means_of(site), time.time_ns() // 1000
    offered = {channel: address_for(visit, channel) for channel in means.settings.channels}
    channels = [channel for channel, address in offered.items() if address is not None]

    def run(connection: Connection) -> None:
        standing = change.standing_of(connection, means, visit.customer)
        by: dict[Address, list[Choice]] = defaultdict(list)
        for choice in choices(form, standing, means.settings, channels):
            by[offered.get(choice.channel) or visit.address].append(choice)
        for address, chosen in by.items():
            change.choose(connection, means, visit.customer, address, chosen, Origin(PAGE), now)
        wanted = msgspec.structs.replace(standing.preferences, less_often="less" in form)
        change.prefer(connection, means, visit.customer, visit.address, wanted, now)

    await _within(site, run)


async def _prefer(site: Site, visit: Visit, form: dict[str, str]) -> None:
    means, now = means_of(site), time.time_ns() // 1000

    def run(connection: Connection) -> None:
        before = change.standing_of(connection, means, visit.customer)
        wanted: Preferences
        if "pause" in form:
            wanted = msgspec.structs.replace(before.preferences, paused_until=pause(form["pause"], before.zone, now))
        else:
            wanted = when(form, before.preferences, means.shop_zone, now)
        change.prefer(connection, means, visit.customer, visit.address, wanted, now)

    await _within(site, run)


async def _state(site: Site, visit: Visit, form: dict[str, str]) -> str:
    traits, now = stated(form, site.composed.consent), time.time_ns() // 1000
    async with site.reading() as connection:
        head = await customer_head(connection, visit.customer)
    known = {} if head is None else {name: each.value for name, each in head.traits.items()}
    changed = {name: value for name, value in traits.items() if known.get(name) != value}
    if not changed:
        return "you"

    def run(connection: Connection) -> int:
        state(connection, site.rules, visit.address.identifier, changed, now)
        return log.last(connection)

    place = await _within(site, run)
    return "you" if await until_taken_in(site, place) else "later"


async def _mark(site: Site, visit: Visit, form: dict[str, str]) -> str:
    word = GIFT if "gift" in form else NOT_GIFT
    product, order = form.get("gift") or form.get("not_gift") or "", form.get("order", "")
    async with site.reading() as connection:
        told = await told_orders(connection, visit.customer)
    hers = {(each.order.order_id, line.product) for each in told for line in each.order.lines if line.product}
    if (order, product) not in hers:
        raise PageError(404, "There is no such purchase", "It is not among yours, or was called off.")
    now = time.time_ns() // 1000

    def run(connection: Connection) -> int:
        return say(connection, visit.customer, site.rules, word, "herself", now, order=order, products=(product,))

    try:
        place = await _within(site, run)
    except CannotSay:
        raise BadForm("We cannot note that for you at the moment.") from None
    return "gifts" if await until_taken_in(site, place) else "later"


async def _within(site: Site, run: Callable[[Connection], T]) -> T:
    def transaction(connection: Connection) -> T:
        with connection.transaction():
            return run(connection)

    return await aside(site, transaction)
