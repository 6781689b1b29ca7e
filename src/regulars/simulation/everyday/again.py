"""What is used up is bought again."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from regulars.simulation.everyday.calendar import DAY
from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.order import Order

SHARE = 0.4
"""Share of the lines of what is used up that are bought again."""
Fetch: TypeAlias = "Callable[[Life, int, tuple[Product, ...]], object]"
"""How she fetches products from the store at a time."""


def consider(life: Life, order: Order, fetch: Fetch) -> None:
    """Perhaps she fetches from the store what she has bought there for herself and used up."""
    if life.world.over or order.gift:
        return
    for line in order.lines:
        if line.product.again and life.rng.hit(SHARE):
            days = line.product.again * (80 + life.rng.below(41)) // 100
            time = life.world.calendar.hour_after(life.rng, order.time + days * DAY, "store")
            life.plan(time, partial(_once_more, fetch, line.product))


def _once_more(fetch: Fetch, product: Product, life: Life, time: int) -> None:
    fetch(life, time, (product,))
