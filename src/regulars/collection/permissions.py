"""What a public write key may say (DESIGN: Trust): what a browser can witness, nothing that moves value or rights."""

from functools import lru_cache

from regulars.model.event import Event
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Trust

CONSENT = frozenset({"consent given", "consent withdrawn"})
SERVER_ONLY = frozenset(
    {
        "points earned", "points redeemed", "points expired", "points adjusted", "points reversed",
        "order refunded", "receipt claimed",
        "case opened", "case replied", "case resolved", "case closed",
        "message sent", "message delivered", "message opened", "message clicked", "message bounced",
        "message complained", "message replied", "message withheld",
        "product updated", "store updated", "stock updated", "article updated", "campaign updated", "coupon updated",
    }
)  # fmt: skip

_OWN_TYPES = frozenset({"anonymous_id", "device_id"})
_ADDRESS_TRAITS = frozenset({"email", "phone", "loyalty_id", "user_id", "payment_token", "social_handle"})
_ADDRESS_FIELDS = ("address", "email", "phone", "user_id", "loyalty_id")


def check_allowed(event: Event) -> None:
    """Raises Refused (not_allowed_for_client) when `event` says what its source's trust does not allow."""
    if event.source.trust is not Trust.CLIENT or event.kind != "track":
        return
    name = _plain(event.name)
    if name in SERVER_ONLY:
        raise _refusal(f"'{event.name}' may come from a server only; send it with a secret key")
    if name in CONSENT and not _about_itself(event):
        raise _refusal("a public key may speak of the consent of its own anonymous or device id only; use a secret key")


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    """Spelt otherwise it is still the same claim, should a later step read names more loosely than this one."""
    return " ".join(name.replace("_", " ").split()).casefold()


def _about_itself(event: Event) -> bool:
    own = {event.anonymous_id, *_devices(event), *(each.id for each in event.external_ids)} - {""}
    if event.user_id or not own or not _ADDRESS_TRAITS.isdisjoint(event.traits):
        return False
    if any(each.type not in _OWN_TYPES for each in event.external_ids):
        return False
    said = (event.properties.get(field) for field in _ADDRESS_FIELDS)
    return all(value is None or (isinstance(value, str) and value in own) for value in said)


def _devices(event: Event) -> set[str]:
    device = event.context.get("device")
    name = device.get("id") if isinstance(device, dict) else None
    return {name} if isinstance(name, str) else set()


def _refusal(message: str) -> Refused:
    return Refused(Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", message)
