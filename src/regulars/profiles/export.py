"""The profiles' part in an export: the customer's page, and every event of hers as it was sent."""

from collections.abc import Mapping
from typing import Any

import msgspec

from regulars.profiles.history import MOST, TimelineEvent, events_of
from regulars.profiles.reader import AsyncConnection, customer_page


async def export_profile(connection: AsyncConnection, customer: bytes) -> Mapping[str, Any]:
    """Who she is known as, and all that is derived of her; a part of `app.EXPORT`."""
    page = await customer_page(connection, customer)
    return {"profile": None if page is None else msgspec.to_builtins(page)}


async def export_events(connection: AsyncConnection, customer: bytes) -> Mapping[str, Any]:
    """Her events, oldest first, with everything that was sent in them; a part of `app.EXPORT`."""
    found: list[TimelineEvent] = []
    before = ""
    while True:
        page = await events_of(connection, customer, before, MOST)
        found += page.events
        before = page.before
        if not before:
            return {"events": [msgspec.to_builtins(each) for each in reversed(found)]}
