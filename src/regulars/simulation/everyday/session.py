"""One visit while it lasts."""

import msgspec

from regulars.simulation.everyday.call import Voice
from regulars.simulation.everyday.gifts import Gift
from regulars.simulation.everyday.goods import Product


class Visit(msgspec.Struct):
    """One visit while it lasts; `time` moves on, in milliseconds."""

    session: str
    who: Voice
    time: int
    new: bool
    buys: bool
    looked: list[Product] = []
    gift: Gift | None = None

    @property
    def source(self) -> str:
        """`web` or `app`."""
        return self.who.source
