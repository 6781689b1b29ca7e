"""What she says in public of a product that she has bought."""

from regulars.simulation.everyday.calendar import DAY
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.order import Order

_STARS = (5, 5, 5, 5, 4, 4, 4, 3, 2, 1)


def consider(life: Life, order: Order, arrived: int) -> None:
    """Perhaps she reviews one product, some days after she has it."""
    if order.gift or not life.person.user_id or not life.rng.hit(life.rates.reviewed):
        return
    product = life.rng.pick(order.lines).product
    time = arrived + 2 * DAY + life.rng.below(10 * DAY)
    told = {"product_id": product.id, "rating": life.rng.pick(_STARS), "verified": True}
    life.count("reviews", life.say(life.account(), "Product Reviewed", time, told))
