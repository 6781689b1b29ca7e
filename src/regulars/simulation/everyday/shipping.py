"""From the shop to her: shipped, delayed, delivered, or ready to be fetched."""

from regulars.simulation.everyday.calendar import DAY, HOUR, MINUTE
from regulars.simulation.everyday.call import voice
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.order import Order


def follow(life: Life, order: Order) -> tuple[int, bool]:
    """Tell how the order comes to her; when she has it (ms), and whether it came late."""
    return _collect(life, order) if order.collect else _ship(life, order)


def _ship(life: Life, order: Order) -> tuple[int, bool]:
    rng, who = life.rng, life.account()
    about = {"order_id": order.id, "carrier": "Posta", "tracking_id": "P" + life.number("parcel")}
    shipped = life.world.calendar.hour_after(rng, order.time + 3 * HOUR, "store")
    life.count("shipped", life.say(who, "Order Shipped", shipped, about))
    late = rng.hit(life.rates.delayed)
    arrives = life.world.calendar.hour_after(rng, shipped + DAY, "store")
    if late:
        delay = (2 + rng.below(5)) * DAY
        told = {**about, "reason": rng.pick(("carrier", "out_of_stock", "weather")), "days": delay // DAY}
        life.count("delayed", life.say(who, "Order Delayed", arrives, told))
        arrives += delay
    life.say(who, "Order Delivered", arrives, about)
    return arrives, late


def _collect(life: Life, order: Order) -> tuple[int, bool]:
    rng, calendar = life.rng, life.world.calendar
    about = {"order_id": order.id, "store_id": order.collect}
    ready = calendar.hour_after(rng, order.time + 2 * HOUR, "store")
    life.say(life.account(), "Order Ready to Collect", ready, about)
    fetched = calendar.hour_after(rng, ready + 30 * MINUTE + rng.below(2 * DAY), "store")
    card = life.person.loyalty_id if rng.hit(0.6) else ""
    who = voice("till", email=life.person.emails[0], loyalty_id=card)
    life.count("collected", life.say(who, "Order Delivered", fetched, {**about, "delivery": "click_and_collect"}))
    return fetched, False
