"""A campaign or coupon, as the shop describes it."""

from datetime import datetime
from typing import Any

import msgspec


class Thing(msgspec.Struct, frozen=True):
    """A thing of which nothing more is understood than its id: what was said of it, by whom, until when."""

    kind: str
    id: str
    fields: dict[str, Any]
    simulated: bool
    updated: datetime | None
    sources: tuple[str, ...]
