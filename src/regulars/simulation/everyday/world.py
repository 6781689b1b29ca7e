"""What all persons of the town share: its people, goods, stores, calendar, rates and campaigns."""

from collections.abc import Mapping, Sequence

import msgspec

from regulars.simulation.everyday.calendar import Calendar
from regulars.simulation.everyday.goods import Goods, Product
from regulars.simulation.everyday.people import People
from regulars.simulation.everyday.rates import Rates


class Receipt(msgspec.Struct, frozen=True):
    """A store purchase that is there already: when (ms), where, and what of the assortment was in it."""

    time: int
    store: str
    products: tuple[Product, ...]


class Campaign(msgspec.Struct, frozen=True):
    """A mailing with a control group drawn by lot; `group` is the part of the assortment that it is about."""

    number: int
    id: str
    name: str
    group: int
    start: int
    end: int
    coupon: str


class World(msgspec.Struct, frozen=True):
    """The town; `root` names it by all that it is made from.

    `busy` is the part of a year that is simulated; `receipts` are there by card, where it is laid over them.
    """

    seed: int
    root: str
    people: People
    goods: Goods
    stores: Sequence[str]
    calendar: Calendar
    rates: Rates
    busy: float
    campaigns: Sequence[Campaign] = ()
    receipts: Mapping[str, Sequence[Receipt]] = {}
    over: bool = False

    @property
    def start(self) -> int:
        """The first moment, in milliseconds since 1970 UTC."""
        return self.calendar.start

    @property
    def end(self) -> int:
        """The moment after the last."""
        return self.calendar.end
