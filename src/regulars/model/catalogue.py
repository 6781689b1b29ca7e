"""What a shop says of its own things: products, stores, campaigns and coupons."""

from typing import Any

import msgspec


class CatalogueRecord(msgspec.Struct, frozen=True):
    """The state of one thing as one event reported it; a register per (kind, id), the largest `rank` wins.

    `kind` is `product`, `store`, `campaign` or `coupon`; `body` holds the event's properties as sent; `time` is in
    microseconds since 1970 UTC.
    """

    kind: str
    id: str
    precedence: int
    time: int
    message_id: str
    source: str
    simulated: bool
    body: dict[str, Any]

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """The order in which records of one (kind, id) replace each other."""
        return (self.precedence, self.time, self.message_id, self.source)
