"""Browsing: events that say what somebody looked at, and what is left of one whose detail has been kept long enough.

What is left folds to the same fragment and the same bundle as before: who it was, when, where and on what device.
"""

from typing import Any, Final

import msgspec

from regulars.model.event import Event
from regulars.profiles.activity import channel_of

BROWSING: Final = frozenset(
    (
        "Product Viewed", "Product Clicked", "Product List Viewed", "Product List Filtered", "Products Searched",
        "Promotion Viewed", "Promotion Clicked", "Content Viewed",
    )
)  # fmt: skip
"""The tracks that are browsing; every page and screen is."""

KINDS: Final = ("viewed", "clicked")
"""The kinds of interaction that come from browsing and from nothing else."""

_AS_SENT: Final = ("type", "event", "userId", "anonymousId", "previousId", "originalTimestamp", "timestamp", "sentAt")
_PLACE: Final = ("store_id", "till_id", "receipt_id", "order_id")
_CONTEXT: Final = ("traits", "externalIds", "device")

_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


def is_browsing(event: Event) -> bool:
    """Whether the event only says what somebody looked at."""
    return event.kind in ("page", "screen") or (event.kind == "track" and event.name in BROWSING)


def stripped(item: bytes, event: Event) -> bytes:
    """What is left of a browsing event's item; the same again where it was stripped before."""
    said = _decode(item)
    left: dict[str, Any] = {name: said[name] for name in _AS_SENT if name in said}
    # An id made from the content must outlive the content.
    left["messageId"] = event.message_id
    if event.origin:
        left["origin"] = event.origin
    properties: dict[str, Any] = {name: event.properties[name] for name in _PLACE if name in event.properties}
    channel = channel_of(event)
    if channel:
        properties["channel"] = channel
    context: dict[str, Any] = {name: event.context[name] for name in _CONTEXT if name in event.context}
    if event.bot:
        context["userAgent"] = event.context.get("userAgent")
    return _encode({**left, "properties": properties, "context": context})
