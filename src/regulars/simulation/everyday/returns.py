"""What comes back: by parcel or to a store."""

from regulars.simulation.everyday.calendar import DAY
from regulars.simulation.everyday.call import voice
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.order import Order

REASONS = ("too_small", "too_large", "not_as_shown", "changed_mind", "damaged")


def consider(life: Life, order: Order, arrived: int) -> None:
    """Perhaps she gives one line back, within three weeks of having it."""
    rng, rates = life.rng, life.rates
    in_store = order.channel == "store"
    if not rng.hit(rates.returned_store if in_store else rates.returned):
        return
    line = rng.pick(order.lines)
    value = sum(each.product.price * each.quantity for each in order.lines)
    gross = line.product.price * line.quantity
    time = life.world.calendar.hour_after(rng, arrived + DAY + rng.below(20 * DAY), "store")
    told = {
        "order_id": order.id,
        "refund_id": "R" + life.number("refund"),
        "amount": (gross - order.discount * gross // value) / 100,
        "currency": life.world.goods.currency,
        "reason": rng.pick(REASONS),
        "products": [line.told()],
    }
    to_store = in_store or rng.hit(0.3)
    if to_store:
        told |= {"channel": "store", "store_id": life.world.stores[life.person.store]}
        who = voice("till", loyalty_id=life.person.loyalty_id, email="" if in_store else life.person.emails[0])
    else:
        who = life.account()
    if life.say(who, "Order Refunded", time, told):
        life.count("refunds")
        life.count("refunds_in_store", to_store)
