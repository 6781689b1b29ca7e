"""What the preference page shows: how she is reached, about what, when, what is known of her, and why she got what."""

import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from regulars.catalogue.reader import names_of
from regulars.consent.standing import NEVER, Standing
from regulars.consent.stated import BRANDS, OCCASIONS, SIZES
from regulars.decisioning.received import received
from regulars.model.identifier import Identifier
from regulars.model.kinds import ConsentSettings
from regulars.model.order import Order
from regulars.profiles.reader import CustomerPage, read_customer
from regulars.recommendations.reader import said_of
from regulars.web.formats import Formats
from regulars.web.known_words import known_words
from regulars.web.masked import masked
from regulars.web.page_errors import PageError
from regulars.web.preference_form import (
    LONGEST_NAME,
    LONGEST_SIZE,
    MOST_OCCASIONS,
    channel_field,
    is_offered,
    is_on,
    kind_field,
    shown_occasions,
    zones,
)
from regulars.web.site import Connection, Site
from regulars.web.suggesting import gifts_in
from regulars.web.visiting import Visit, address_for

ORDERS, LINES, MESSAGES = 5, 12, 10
CHANNELS: Final = {
    "email": "E-mail", "sms": "Text messages", "phone": "Phone calls", "whatsapp": "WhatsApp",
    "push": "Messages of the app", "webpush": "Messages of the browser", "post": "Letters", "onsite": "On our site",
}  # fmt: skip
BY: Final = {
    "email": "by e-mail", "sms": "by text message", "phone": "by phone", "push": "in the app",
    "webpush": "in the browser", "post": "by letter", "onsite": "on our site",
}  # fmt: skip
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
STOPPED: Final = {
    NEVER: "You asked us never to contact you. If that has changed, please tell us in the shop.",
    "bounces": "Our messages came back from this address again and again, so we stopped. Please tell us a newer one.",
    "hard_bounce": "Our messages came back from this address, so we stopped. Please tell us a newer one.",
    "complaint": "You reported a message of ours as unwanted, so we stopped. If that has changed, please tell us.",
    "staff": "We were asked not to write to this address. If that has changed, please tell us.",
}


class Box(NamedTuple):
    """Something to switch on or off: the field's name, its title, words beside it, and why it cannot be switched."""

    name: str
    title: str
    about: str
    on: bool
    fixed: str = ""


class Group(NamedTuple):
    """What belongs to one purpose: by which channels, and about what."""

    purpose: str
    by: tuple[Box, ...]
    kinds: tuple[Box, ...]


class Line(NamedTuple):
    """A product of an order, and whether it was a gift."""

    product: str
    name: str
    gift: bool


class Bought(NamedTuple):
    """An order of hers: its id, when (microseconds since 1970 UTC), where, and what."""

    id: str
    at: int
    store: str
    lines: tuple[Line, ...]
    more: int


async def preference_view(connection: Connection, site: Site, visit: Visit) -> dict[str, Any]:
    """The context of `preferences.html`; to be read in one snapshot. Raises PageError where she is nobody."""
    read = await read_customer(connection, visit.customer)
    if read is None:
        raise PageError(410)
    fmt, settings, standing = site.formats(None), site.composed.consent, visit.standing
    groups = [_group(visit, settings, purpose) for purpose in settings.purposes]
    orders = [each.order for each in read.orders if not each.order.cancelled][:ORDERS]
    return {
        **top(site, visit),
        "simulated": read.page.simulated,
        "groups": groups,
        "service": [each for each in settings.kinds if each.is_service],
        "personal": standing.personal,
        "glance": _status(standing, groups, fmt),
        "any_on": any(box.on and not box.fixed for group in groups for box in group.by),
        "prefer": standing.preferences,
        "until": _day(standing.preferences.paused_until, standing, site),
        "quiet": [_clock(standing.preferences.quiet_from), _clock(standing.preferences.quiet_to)],
        "zone": standing.zone,
        "zones": zones((standing.zone, site.options.timezone)),
        "known": known_words(read.page, fmt),
        "orders": await _bought(connection, visit.customer, orders),
        "messages": await _messages(connection, visit.customer, settings),
        **_stated(read.page, settings),
    }


def top(site: Site, visit: Visit) -> dict[str, Any]:
    """What every page of a link shows: the shop, whose link it is, and where it leads."""
    return {
        "shop": site.options.shop.name,
        "whom": masked(visit.address.identifier),
        "base": f"/me/{visit.token}",
        "limited": visit.limited,
    }


def _group(visit: Visit, settings: ConsentSettings, purpose: str) -> Group:
    by = []
    for channel in settings.channels:
        address = address_for(visit, channel)
        if address is not None:
            by.append(_channel(visit.standing, channel, purpose, address.identifier))
    kinds = tuple(
        Box(kind_field(purpose, each.topic), each.title, each.about, not visit.standing.is_off(purpose, each.topic))
        for each in settings.kinds
        if each.purpose == purpose
    )
    return Group(purpose, tuple(by), kinds)


def _channel(standing: Standing, channel: str, purpose: str, address: Identifier) -> Box:
    fixed = ""
    if not is_offered(standing, channel, purpose):
        reasons = {each.reason for each in standing.suppressions}
        fixed = next((words for reason, words in STOPPED.items() if reason in reasons), "This cannot be chosen here.")
    to = masked(address) if channel not in ("post",) else ""
    title = CHANNELS.get(channel, channel.capitalize())
    return Box(channel_field(purpose, channel), title, to, is_on(standing, channel, purpose), fixed)


def _status(standing: Standing, groups: Sequence[Group], fmt: Formats) -> str:
    """In one sentence what she gets."""
    on = [box.title.lower() if box.title != "WhatsApp" else box.title for group in groups for box in group.by if box.on]
    now = time.time_ns() // 1000
    if any(each.reason == NEVER for each in standing.suppressions):
        return "We do not contact you."
    if not on:
        return "You get no advertising from us, only messages about your orders and questions."
    if standing.preferences.paused_until > now:
        until = fmt.date(standing.preferences.paused_until)
        return f"Paused until {until}. Until then you only hear about your orders."
    return f"You hear from us by {' and '.join(dict.fromkeys(on))}."


async def _bought(connection: Connection, customer: bytes, orders: Sequence[Order]) -> list[Bought]:
    said = await said_of(connection, customer)
    wanted = {line.product for order in orders for line in order.lines} - {""}
    products, stores = await names_of(connection, wanted, {each.place.store_id for each in orders} - {""})
    found = []
    for order in orders:
        gifts, lines = gifts_in(said, order), {}
        for line in order.lines:
            known = products.get(line.product)
            name = line.name or (known.name if known else "") or line.product
            if line.product:
                lines[line.product] = Line(line.product, name, gifts.whole or line.product in gifts.products)
        store = order.place.store_id
        shown = tuple(lines.values())
        where = stores.get(store, f"Store {store}") if store else ""
        if shown:
            found.append(Bought(order.order_id, order.time, where, shown[:LINES], max(0, len(shown) - LINES)))
    return found


async def _messages(connection: Connection, customer: bytes, settings: ConsentSettings) -> list[tuple[int, str, str]]:
    """When, what by which channel, and why, of the last messages."""
    titles = {(each.purpose, each.topic): each.title for each in settings.kinds}
    return [
        (
            each.at,
            f"{titles.get((each.purpose, each.topic), 'A message')} {BY.get(each.channel, f'by {each.channel}')}",
            each.why,
        )
        for each in await received(connection, customer, MESSAGES)
    ]


def _stated(page: CustomerPage, settings: ConsentSettings) -> dict[str, Any]:
    sizes, brands, occasions = (
        page.traits[name].value if name in page.traits else None for name in (SIZES, BRANDS, OCCASIONS)
    )
    known = sizes if isinstance(sizes, dict) else {}
    days = shown_occasions(occasions)
    return {
        "sizes": [(thing, str(known.get(thing, ""))[:LONGEST_SIZE]) for thing in settings.sizes],
        "brands": ", ".join(str(each)[:LONGEST_NAME] for each in brands) if isinstance(brands, list) else "",
        # One line more than is filled in.
        "occasions": [*days, ("", 0, 0)][:MOST_OCCASIONS],
        "months": MONTHS,
    }


def _day(at: int, standing: Standing, site: Site) -> str:
    """The day on which a pause ends, as a date field holds it; '' for none."""
    if at <= time.time_ns() // 1000:
        return ""
    return type(site.formats(None))("en-GB", standing.zone).local(at).date().isoformat()


def _clock(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"
