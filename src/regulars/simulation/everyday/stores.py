"""What she does in a store: coming in, trying on, paying at the till."""

from regulars.simulation.everyday import again, complaints, gifts, orders, returns
from regulars.simulation.everyday.calendar import MINUTE
from regulars.simulation.everyday.call import encode, voice
from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.order import Line, Order

_SIZES = (1, 1, 2, 2, 3, 5)


def enter(life: Life, time: int, store: str, stays: int) -> None:
    """Her telephone sees the store's beacon, where the app is on it and may."""
    if not life.person.device_id or not life.rng.hit(life.rates.enters):
        return
    who = voice("app", life.person.user_id, life.app_cookie, device_id=life.person.device_id, agent=life.agent)
    place = {"channel": "store", "store_id": store}
    if life.say(who, "Store Entered", time, place):
        life.count("store_entries")
    life.say(who, "Store Exited", time + stays, {**place, "dwell": stays // 1000})


def shop(life: Life, time: int, wanted: tuple[Product, ...] = ()) -> None:
    """A visit to her store that ends at the till: with a card, with a payment token, with both or nameless."""
    rng, person = life.rng, life.person
    store, stays = life.world.stores[person.store], (8 + rng.below(40)) * MINUTE
    enter(life, time, store, stays)
    gift = gifts.decide(life, time)
    lines = _basket(life, gift.products if gift else wanted)
    if person.loyalty_id and rng.hit(life.rates.tried_on):
        tried = {"channel": "store", "store_id": store, "product_id": lines[0].product.id, "zone": "fitting"}
        life.say(voice("till", loyalty_id=person.loyalty_id), "Product Tried On", time + stays // 2, tried)
    paid = time + stays - MINUTE
    till = f"T{1 + rng.below(6)}"
    order = Order(f"{store}-{till}-{life.number('receipt')}", "store", paid, lines, gift=gift)
    card = person.loyalty_id if rng.hit(0.85) else ""
    who = voice("till", loyalty_id=card, payment_token=person.payment_token if rng.hit(0.7) else "")
    told = orders.told(life, order)
    told |= {"store_id": store, "till_id": till, "receipt_id": order.id, "associate_id": f"E{rng.between(100, 140)}"}
    if gift and gift.signs:
        told = {name: value for name, value in told.items() if name != "shipping_address"} | {"gift_receipt": True}
    if not life.say(who, "Order Completed", paid, encode(told)):
        return
    orders.truth(life, order)
    again.consider(life, order, shop)
    if card:
        returns.consider(life, order, paid)
        complaints.consider(life, order, paid, late=False)


def _basket(life: Life, wanted: tuple[Product, ...]) -> tuple[Line, ...]:
    """What she came for, and what she finds."""
    rng, goods = life.rng, life.world.goods
    chosen = {product.id: product for product in wanted[:2]}
    for _ in range(rng.pick(_SIZES) - len(chosen)):
        product = goods.liked(rng, life.person.tastes)
        chosen[product.id] = product
    return tuple(Line(product, 1 if rng.hit(0.85) else 2, life.size(product)) for product in chosen.values())
