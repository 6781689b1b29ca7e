"""Everything one event says, read once: the pipeline stores it, and nothing else looks into an event's properties."""

from typing import Final

import msgspec

from regulars.catalogue.words import NAMES, words_of
from regulars.identity.blocked import Policy
from regulars.identity.rules import RULES, Rules
from regulars.model.catalogue import CatalogueWords
from regulars.model.consent import ConsentWord
from regulars.model.event import Event
from regulars.model.identifier import Seen
from regulars.model.interaction import Interaction
from regulars.model.order import CancellationReport, OrderReport, RefundReport
from regulars.model.source import Trust
from regulars.profiles.activity import (
    DAY,
    SILENT,
    channel_of,
    counted_channel,
    day_key,
    device_of,
    half_hour_bit,
    is_presence,
    store_of,
)
from regulars.profiles.cart import cart_registers, cleared_at
from regulars.profiles.consents import WORDS, consents_of
from regulars.profiles.fragment import DEFAULT_BOUNDS, EMPTY, Bounds, Day, Fragment, bounded
from regulars.profiles.interactions import interactions_of
from regulars.profiles.order_reports import (
    CANCELLED,
    REFUNDED,
    REPORTS,
    cancellation_report,
    order_report,
    refund_report,
)
from regulars.profiles.traits import trait_register, trait_registers


class Reading(msgspec.Struct, frozen=True):
    """How events are read: identity's policy and rules (for addresses), the shop's currency, a fragment's bounds."""

    policy: Policy = Policy()
    rules: Rules = RULES
    currency: str = ""
    bounds: Bounds = DEFAULT_BOUNDS


READING: Final = Reading()

_MORE: Final = REPORTS | CANCELLED | {REFUNDED} | WORDS.keys()
"""The events that say more than that somebody was there, and did something with a product."""


class Facts(msgspec.Struct, frozen=True):
    """What one event says. `fragment` and `interactions` belong to its bundle; `catalogue` needs no person."""

    fragment: Fragment = EMPTY
    order: OrderReport | None = None
    cancellation: CancellationReport | None = None
    refunds: tuple[RefundReport, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    consents: tuple[ConsentWord, ...] = ()
    catalogue: CatalogueWords | None = None


NO_FACTS: Final = Facts()


def facts_of(event: Event, seen: tuple[Seen, ...], reading: Reading = READING) -> Facts:
    """Read an event whose identifiers are `seen`.

    A bot's event gives an empty fragment and no interactions. Raises Refused, with the JSON path, for a known field
    of a wrong type and for what a public key may not send.
    """
    if event.kind != "track":
        return Facts(EMPTY if event.bot else fragment_of(event, reading.bounds))
    if event.name in NAMES:
        return Facts(catalogue=words_of(event, reading.currency))
    fragment = EMPTY if event.bot else fragment_of(event, reading.bounds)
    interactions = interactions_of(event)
    if event.name not in _MORE:
        return Facts(fragment, interactions=() if event.bot else interactions)
    refund = refund_report(event, reading.currency)
    return Facts(
        fragment,
        order_report(event, any(not each.blocked for each in seen), reading.currency),
        cancellation_report(event),
        () if refund is None else (refund,),
        () if event.bot else interactions,
        consents_of(event, seen, reading.policy, reading.rules),
    )


def fragment_of(event: Event, bounds: Bounds = DEFAULT_BOUNDS) -> Fragment:
    """The fragment one event makes. Raises Refused for a known field of a wrong type."""
    time = event.time
    traits = trait_registers(event) if event.traits else {}
    client = event.source.trust is Trust.CLIENT
    track = event.kind == "track"
    # A word of consent names the channels it is about, not the one it came by.
    channel = "" if event.name in WORDS else channel_of(event)
    store = device = label = ""
    days: dict[str, Day] = {}
    if is_presence(event):
        store = store_of(event)
        device, label = device_of(event.context)
        days = {day_key(time // DAY): Day(half_hour_bit(time), {counted_channel(channel): 1})}
    channels = {channel: time} if channel and days else {}
    stores = {store: time} if store else {}
    devices = {device: time} if device else {}
    seen = None if event.name in SILENT else time
    fragment = Fragment(
        2 if not client else 1,
        event.origin == "simulated",
        seen,
        seen,
        {} if client else traits,
        traits if client else {},
        channels,
        channels,
        stores,
        stores,
        devices,
        devices,
        {device: trait_register(event, label)} if device and label else {},
        days,
        cart_registers(event) if track else {},
        cleared_at(event, channel) if track else (0, ""),
    )
    over = len(traits) > bounds.traits or len(fragment.cart) > bounds.cart
    return bounded(fragment, bounds) if over else fragment
