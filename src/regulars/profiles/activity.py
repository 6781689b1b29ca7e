"""When, where and on what a person was present: the part of a fragment that every visit adds to."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from regulars.model.event import Event
from regulars.model.fields import identity, text
from regulars.model.rejection import Reason, Refused

DAY: Final = 86_400_000_000
HALF_HOUR: Final = 1_800_000_000
CHANNELS: Final = frozenset(
    (
        "web", "app", "store", "phone", "email", "sms", "push", "wallet", "marketplace", "social", "onsite",
        "associate", "post",
    )
)  # fmt: skip
"""The channels that are counted by name; any other is counted as `other`, so that a day stays small."""

# Things that happen to a customer, or are said by the shop, without her being there. Opens are among them since mail
# programs fetch pictures on their own.
PASSIVE: Final = frozenset(
    (
        "Message Sent", "Message Delivered", "Message Opened", "Message Bounced", "Sent", "Delivered", "Opened",
        "Bounced", "Order Updated", "Order Cancelled", "Order Canceled", "Order Refunded", "Order Shipped",
        "Order Delayed", "Order Delivered", "Order Ready to Collect", "Points Earned", "Consent Given",
        "Consent Withdrawn", "Preferences Changed", "Case Replied", "Case Resolved", "Product Updated", "Store Updated",
        "Campaign Updated", "Coupon Updated", "Stock Updated", "Article Updated", "Message Withheld", "Gift Marked",
        "Gift Unmarked", "Recommendation Hidden", "Recommendation Shown Again", "Segment Joined", "Segment Left",
    )
)  # fmt: skip

SILENT: Final = frozenset(("Segment Joined", "Segment Left"))
"""What we only concluded: when it was is no moment at which anything of her was seen."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_presence(event: Event) -> bool:
    """Whether the event shows that the person was there: a page, a screen, or a track that is not passive."""
    kind = event.kind
    return kind == "page" or kind == "screen" or (kind == "track" and event.name not in PASSIVE)


def channel_of(event: Event) -> str:
    """The channel in lower case: as stated, else told by a store, a screen, an app or a page; '' if nothing tells."""
    properties, context = event.properties, event.context
    if event.kind != "group":
        stated = text(properties, "channel", "$.properties")
        if stated:
            return stated.lower()[:50]
        if properties.get("store_id") is not None:
            return "store"
    if event.kind == "screen" or _is_object(context, "app") or _is_object(context, "device"):
        return "app"
    if event.kind == "page" or _is_object(context, "page"):
        return "web"
    return ""


def store_of(event: Event) -> str:
    """The store's id, '' if none. Raises Refused for a wrong type."""
    return "" if event.kind == "group" else identity(event.properties, "store_id", "$.properties")


def device_of(context: dict[str, Any]) -> tuple[str, str]:
    """The device's id and what it calls itself, each '' if unstated. Raises Refused for a wrong type."""
    device = context.get("device")
    if device is None:
        return "", ""
    if type(device) is not dict:
        raise Refused(Reason.WRONG_TYPE, "$.context.device", "must be an object")
    where = "$.context.device"
    names = [text(device, each, where) for each in ("name", "manufacturer", "model")]
    return identity(device, "id", where), names[0] or " ".join(filter(None, names[1:]))


def counted_channel(channel: str) -> str:
    """The name under which a channel is counted by day."""
    return channel if channel in CHANNELS else "other"


@lru_cache(maxsize=4096)
def day_key(day: int) -> str:
    """A day since 1970 UTC as `2026-03-01`."""
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def half_hour_bit(time: int) -> int:
    """The bit of a time's half hour within its UTC day."""
    return 1 << (time % DAY // HALF_HOUR)


def session_count(half_hours: dict[str, int]) -> int:
    """Unbroken runs of half hours over all days, `{day key: bitmap}`; a run across midnight UTC counts once."""
    count, before = 0, ""
    for key in sorted(half_hours):
        bits = half_hours[key]
        count += (bits & ~(bits << 1)).bit_count()
        if bits & 1 and before and half_hours[before] >> 47 & 1 and _follows(before, key):
            count -= 1
        before = key
    return count


def _follows(a: str, b: str) -> bool:
    return (datetime.fromisoformat(b) - datetime.fromisoformat(a)).days == 1


def _is_object(context: dict[str, Any], name: str) -> bool:
    value = context.get(name)
    return type(value) is dict and bool(value)
