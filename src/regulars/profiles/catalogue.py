"""The shop's own things, as its events report them."""

from typing import Final

from regulars.model.catalogue import CatalogueRecord
from regulars.model.event import Event
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Trust
from regulars.profiles.fields import identity

NAMES: Final = {
    "Product Updated": ("product", "product_id"),
    "Store Updated": ("store", "store_id"),
    "Campaign Updated": ("campaign", "campaign_id"),
    "Coupon Updated": ("coupon", "coupon_id"),
}
"""Event name → (kind, the property that names the thing; `id` does as well)."""
_PARTS = ("campaign_id", "part")


def catalogue_of(event: Event) -> tuple[CatalogueRecord, ...]:
    """The record a catalogue event makes, none for any other event.

    A coupon's id is `coupon_id`, followed by `/campaign_id` and `/part` where stated, since a long list of products
    comes in parts.

    Raises Refused: NOT_ALLOWED_FOR_CLIENT from a public key, MISSING_FIELD without an id, WRONG_TYPE.
    """
    named = NAMES.get(event.name)
    if named is None:
        return ()
    kind, field = named
    if event.source.trust is Trust.CLIENT:
        raise Refused(Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", f"a public key may not send '{event.name}'")
    key = identity(event.properties, field, "$.properties") or identity(event.properties, "id", "$.properties")
    if not key:
        raise Refused(Reason.MISSING_FIELD, f"$.properties.{field}", f"'{event.name}' needs the id of the {kind}")
    if kind == "coupon":
        key = "/".join([key, *filter(None, (identity(event.properties, each, "$.properties") for each in _PARTS))])
    record = CatalogueRecord(
        kind,
        key,
        event.source.precedence,
        event.time,
        event.message_id,
        event.source.name,
        event.origin == "simulated",
        event.properties,
    )
    return (record,)
