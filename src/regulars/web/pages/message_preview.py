"""A message as one customer would get it: every channel side by side, every look written down."""

import time
from html import escape
from typing import Annotated

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.identity.lookup import BadLookup, customer_id, wanted
from regulars.messaging import store
from regulars.messaging.data import By
from regulars.messaging.file import BadMessage
from regulars.messaging.message import EMAIL, NAME, ONSITE, Message
from regulars.messaging.preview import Shown, made_up, shown, told_of
from regulars.messaging.told import Data
from regulars.profiles.find import find
from regulars.storage import audit
from regulars.storage.database import Connection as Waiting
from regulars.web.access import SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.customers import meant, typed
from regulars.web.letters import FRAMED, letter, piece
from regulars.web.message_form import message_from
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Connection, Site

_Id = Annotated[str, QueryParameter(max_length=32)]
_Channel = Annotated[str, QueryParameter(max_length=20)]
_Status = Annotated[str, QueryParameter(max_length=20)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/messages/{name:str}/preview", "message.preview", SEGMENTERS)
    async def side_by_side(request: Call, name: FromPath[str], customer: _Id = "", fault: _Status = "") -> Answer:
        message = await _message(site, name)
        data, who = await _data(site, request, message, customer, "preview message")
        found = shown(message, data)
        context = {"message": message, "shown": found, "customer": customer, "called": who, "data": data}
        return site.render(request, "message_preview.html", 200, FRAMED, **context, fault=fault == "nobody")

    @page("/messages/{name:str}/letter", "message.letter", SEGMENTERS)
    async def content(request: Call, name: FromPath[str], customer: _Id = "", channel: _Channel = EMAIL) -> Answer:
        message = await _message(site, name)
        data, _ = await _data(site, request, message, customer, "preview message")
        return framed(shown(message, data), channel)

    @action("/messages/{name:str}/preview", "message.choose", SEGMENTERS)
    async def choose(request: Call, name: FromPath[str]) -> Answer:
        said = (await fields(request)).get("who", "")
        path = f"/messages/{name}/preview" if NAME.fullmatch(name) else "/messages"
        if not said:
            return site.see_other(request, path)
        async with site.reading() as connection:
            id = await _who(connection, site, said)
        return site.see_other(request, f"{path}?customer={id}" if id else f"{path}?fault=nobody")

    @action("/messages/draft/letter", "message.draft.letter", SEGMENTERS)
    async def draft(request: Call) -> Answer:
        try:
            message = message_from(await fields(request))
        except BadMessage as error:
            return _fault(f"{error}.")
        return framed(shown(message, made_up(message, by_of(site, request))), EMAIL)

    return [side_by_side, content, choose, draft]


def by_of(site: Site, request: Call) -> By:
    """What messages are filled by on these pages."""
    said, base = site.options, site.base(request)
    return By(
        site.secret, base, said.shop.name, said.shop.url, said.shop.address, said.locale, said.timezone, said.currency,
        site.composed.as_of, site.composed.latest,
    )  # fmt: skip


def framed(found: list[Shown], channel: str) -> Answer:
    """One channel's HTML for a frame; of a message without such a channel the first that has any."""
    wanted = next((each for each in found if each.channel == channel), None) or next(iter(found), None)
    if wanted is None or wanted.rendered is None:
        return _fault("This message has no channel." if wanted is None else f"It cannot be sent: {wanted.fault}.")
    if wanted.channel == ONSITE:
        return piece(wanted.rendered.html)
    if wanted.channel != EMAIL:
        return _fault("This channel has no picture; it is data for another system.")
    return letter(wanted.rendered.html)


def _fault(words: str) -> Answer:
    return piece(f"<p>{escape(words)}</p>", "Preview")


async def _message(site: Site, name: str) -> Message:
    def read(connection: Waiting) -> Message | None:
        return store.message(connection, name) if NAME.fullmatch(name) else None

    try:
        found = await aside(site, read)
    except BadMessage as error:
        raise PageError(409, "This message cannot be read", f"{error}.") from None
    if found is None:
        raise PageError(404, "There is no such message")
    return found


async def _data(site: Site, request: Call, message: Message, customer: str, look: str) -> tuple[Data, str]:
    """The data of a customer, the look at her written down; of somebody made up where nobody is named."""
    by = by_of(site, request)
    if not customer:
        return made_up(message, by), ""
    async with site.reading() as connection:
        current = await meant(connection, site, customer)
        await audit.record(connection, request.user.actor, look, [current], message.name)
        data = await told_of(connection, message, current, by, time.time_ns() // 1000)
    return data, data.customer.name or "A visitor"


async def _who(connection: Connection, site: Site, text: str) -> str:
    """The id of whom somebody meant, '' where that is nobody, or several."""
    for each in typed(text):
        if customer_id(each) is not None:
            return each
        try:
            found = await find(connection, wanted(each), site.policy, site.secret)
        except BadLookup:
            continue
        if len(found.customers) == 1:
            return found.customers[0].hex()
    return ""
