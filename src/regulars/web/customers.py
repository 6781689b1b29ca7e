"""What the pages of one customer have in common: whom an address means, who may do what, and the words for it."""

import re
from typing import NamedTuple

from litestar.params import FromPath

from regulars.identity.lookup import current_id, customer_id, was_erased
from regulars.model.user import Role
from regulars.storage import audit
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call
from regulars.web.site import Connection, Site

CARERS: frozenset[Role] = frozenset({Role.OWNER, Role.CARE})
"""Those who may say who is who, hand out what is held about somebody, and delete it."""

ADVISERS: frozenset[Role] = frozenset({Role.OWNER, Role.CARE, Role.ASSOCIATE})
"""Those who speak with customers, and so may say what was a gift and what is not to be suggested."""

Id = FromPath[str]

TYPES = {
    "user_id": ("Account", "user"), "loyalty_id": ("Loyalty card", "ticket"), "email": ("E-mail", "mail"),
    "phone": ("Phone", "phone"), "payment_token": ("Payment card", "receipt"), "device_id": ("Device", "device-mobile"),
    "anonymous_id": ("Browser", "world"), "receipt_id": ("Receipt", "receipt"), "order_id": ("Order", "shopping-bag"),
    "social_handle": ("Social profile", "message-2"), "wallet_serial": ("Wallet pass", "ticket"),
}  # fmt: skip
"""What each type of identifier is called on pages, and its icon."""

CHANNELS = {
    "web": ("Web", "world"), "app": ("App", "device-mobile"), "store": ("Store", "building-store"),
    "phone": ("Phone", "phone"), "email": ("E-mail", "mail"), "sms": ("Text message", "message-2"),
    "social": ("Social", "heart"), "marketplace": ("Marketplace", "shopping-bag"), "": ("No channel told", "activity"),
}  # fmt: skip


class Tab(NamedTuple):
    """One page of a customer: its path below hers, its words, and whether the user may open it."""

    path: str
    label: str
    roles: frozenset[Role]


def type_words(type_: str) -> str:
    """What a type of identifier is called."""
    return TYPES[type_][0] if type_ in TYPES else type_.replace("_", " ").capitalize()


def type_icon(type_: str) -> str:
    """The icon of a type of identifier."""
    return TYPES[type_][1] if type_ in TYPES else "link"


def channel_words(channel: str) -> str:
    """What a channel is called."""
    return CHANNELS[channel][0] if channel in CHANNELS else channel[:50].capitalize()


def channel_icon(channel: str) -> str:
    """The icon of a channel."""
    return CHANNELS[channel][1] if channel in CHANNELS else "activity"


class Moved(Exception):
    """The address is an old one; `id` is who it means now."""

    def __init__(self, id: bytes) -> None:
        super().__init__(id.hex())
        self.id = id


async def meant(connection: Connection, site: Site, id: str) -> bytes:
    """The current id that an address of a customer means. Raises PageError: 404, or 410 after a deletion."""
    asked = customer_id(id)
    if asked is None:
        raise PageError(404, "Nobody has this id", "A customer's id has 32 letters and digits, from 0 to 9 and a to f.")
    current = await current_id(connection, asked, site.secret)
    if current is not None:
        return current
    if await was_erased(connection, asked):
        raise PageError(410)
    raise PageError(404, "Nobody has this id", "The address is wrong, or what was sent was taken back.")


async def opened(connection: Connection, site: Site, request: Call, id: str, action: str) -> bytes:
    """The customer whom an address means, and the look written down. Raises PageError, and Moved for an old id."""
    current = await meant(connection, site, id)
    if current.hex() != id:
        raise Moved(current)
    await audit.record(connection, request.user.actor, action, [current])
    return current


def moved(site: Site, request: Call, id: str, to: Moved) -> Answer:
    """Leads an old address on to the same page of who is meant now."""
    path = request.url.path.replace(id, to.id.hex(), 1)
    query = request.url.query
    return site.see_other(request, f"{path}?{query}" if query else path)


def tabs(request: Call) -> list[Tab]:
    """The pages of one customer that a user may open."""
    everybody = frozenset(Role) - {Role.ANALYST}
    found = [
        Tab("", "Overview", everybody),
        Tab("/orders", "Orders", everybody),
        Tab("/why", "How we know", everybody),
        Tab("/contact", "Contact", everybody),
        Tab("/data", "Data", CARERS),
    ]
    return [tab for tab in found if request.user.role in tab.roles]


_URL = re.compile(r"/customers/([0-9a-fA-F]{32})(?:[/?#]|$)")


def typed(text: str) -> list[str]:
    """What somebody may mean who types a customer's id, address of a page, e-mail, phone, card or TYPE:VALUE."""
    text = text.strip()
    found = _URL.search(text)
    if found:
        return [found[1].lower()]
    if customer_id(text) is not None:
        return [text.lower()]
    if "@" in text and ":" not in text:
        return [f"email:{text}"]
    if ":" in text:
        return [text]
    return [f"{type_}:{text}" for type_ in ("phone", "loyalty_id", "user_id")]
