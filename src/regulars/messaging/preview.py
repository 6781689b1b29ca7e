"""A message as it would come out for one customer now; what an occasion would tell is taken from her own history."""

from typing import Any

import msgspec
import psycopg

from regulars.messaging.data import By, Wanted, data_of
from regulars.messaging.example import example
from regulars.messaging.message import ARTICLE, Message
from regulars.messaging.people import known_of
from regulars.messaging.render.render import CannotRender, render
from regulars.messaging.rendered import Rendered
from regulars.messaging.told import Data

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]
NOWHERE = "/me/example"
"""Stands for her own page: whoever previews must not be handed the key to it."""


class Shown(msgspec.Struct, frozen=True):
    """What one channel says, or why it cannot (`fault`)."""

    channel: str
    rendered: Rendered | None = None
    fault: str = ""


async def told_of(connection: AsyncConnection, message: Message, customer: bytes, by: By, now: int) -> Data:
    """The data of one customer for a message, with an occasion made up from what she last looked at and bought."""
    known = (await known_of(connection, [customer], {customer}, {customer})).get(customer)
    context: dict[str, Any] = {"why": "You get this because … (the decision says why)."}
    if known is not None:
        bought, order = known.bought(), max(known.orders, key=lambda each: each.time, default=None)
        products = bought if message.block.kind == ARTICLE else known.viewed() or bought
        context |= {"products": products[:3], "product": next(iter(products), "")}
        context |= {"order": order.order_id} if order is not None else {}
    wanted = Wanted(message, customer, context, by.base + NOWHERE, f"{by.base}{NOWHERE}/unsubscribe")
    return (await data_of(connection, [wanted], by, now))[0]


def made_up(message: Message, by: By) -> Data:
    """The data of somebody made up."""
    data = example(by.shop, message.block.kind)
    return msgspec.structs.replace(
        data, preferences_url=by.base + NOWHERE, unsubscribe_url=f"{by.base}{NOWHERE}/unsubscribe"
    )  # fmt: skip


def shown(message: Message, data: Data) -> list[Shown]:
    """Every channel of a message."""
    return [_one(message, channel, data) for channel in message.channels]


def _one(message: Message, channel: str, data: Data) -> Shown:
    try:
        return Shown(channel, render(message, channel, data))
    except CannotRender as error:
        return Shown(channel, fault=str(error))
