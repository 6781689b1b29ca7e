"""An order: its lines and money, how it is reported, and what is true about it."""

from typing import Any

from regulars.simulation.everyday import complaints, coupons, gifts, returns, reviews, shipping
from regulars.simulation.everyday.calendar import SECOND
from regulars.simulation.everyday.call import voice
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.order import Line, Order
from regulars.simulation.everyday.session import Visit

__all__ = ["Line", "order_online", "told", "truth"]

FREE_FROM, SHIPPING = 5_000, 490
"""Above this value shipping is free, in minor units; and what it costs below."""


def order_online(life: Life, here: Visit, lines: tuple[Line, ...], campaign: str) -> None:
    """An order reported by the browser and, surer and with more in it, by the shop's server; then what follows."""
    rng, person = life.rng, life.person
    value = sum(line.product.price * line.quantity for line in lines)
    coupon, off = coupons.used(life, value, here.time, campaign)
    collect = not (here.gift and "other_address" in here.gift.signs) and rng.hit(life.rates.collect)
    order = Order(
        id="O" + life.number("order"),
        channel=here.source,
        time=here.time,
        lines=lines,
        discount=off,
        shipping=0 if collect or value - off >= FREE_FROM else SHIPPING,
        coupon=coupon,
        collect=life.world.stores[person.store] if collect else "",
        gift=here.gift,
    )
    body = told(life, order)
    if not life.say(here.who, "Order Completed", order.time, body, here.session):
        return
    token = person.payment_token if rng.hit(0.5) else ""
    card = person.loyalty_id if person.linked and here.who.user_id else ""
    server = voice(
        "shop", here.who.user_id, here.who.anonymous_id, email=life.email(), phone=person.mobile, loyalty_id=card,
        payment_token=token,
    )  # fmt: skip
    life.say(server, "Order Completed", order.time + SECOND + rng.below(3 * SECOND), body, here.session)
    if order.gift and "marked" in order.gift.signs:
        mark = {"order_id": order.id, "occasion": order.gift.occasion}
        life.say(here.who, "Gift Marked", order.time + 30 * SECOND, mark, here.session)
    truth(life, order, campaign)
    arrived, late = shipping.follow(life, order)
    returns.consider(life, order, arrived)
    reviews.consider(life, order, arrived)
    complaints.consider(life, order, arrived, late)


def told(life: Life, order: Order) -> dict[str, Any]:
    """What an order says; money in whole units with its decimals."""
    value = sum(line.product.price * line.quantity for line in order.lines)
    said: dict[str, Any] = {"order_id": order.id, "channel": order.channel, "currency": life.world.goods.currency}
    said |= {"total": (value - order.discount + order.shipping) / 100, "revenue": (value - order.discount) / 100}
    if order.shipping:
        said["shipping"] = order.shipping / 100
    if order.coupon:
        said |= {"coupon": order.coupon, "discount": order.discount / 100}
    if order.collect:
        said |= {"delivery": "click_and_collect", "collect_store_id": order.collect}
    if order.gift:
        said |= gifts.shown(order.gift)
    return said | {"products": [line.told() for line in order.lines]}


def truth(life: Life, order: Order, campaign: str = "") -> None:
    """Note what is true about an order, and count it."""
    gift = order.gift
    life.count("orders")
    life.count(f"orders_{order.channel}")
    life.count("orders_gift_signs" if gift and gift.signs else "orders_gift_hidden" if gift else "orders_own")
    life.count("orders_coupon", bool(order.coupon))
    life.count("orders_collect", bool(order.collect))
    life.desk.note(
        "orders",
        order_id=order.id,
        channel=order.channel,
        time=order.time,
        person=life.person.name,
        household=life.household.name,
        campaign=campaign,
        gift=gift is not None,
        recipient=gift.recipient.name if gift else "",
        occasion=gift.occasion if gift else "",
        signs=list(gift.signs) if gift else [],
    )
