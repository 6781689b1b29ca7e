"""One customer's view, put together when read from her fragments, orders, interactions and consents."""

from collections.abc import Container

import msgspec

from regulars.model.order import Order
from regulars.profiles.activity import session_count
from regulars.profiles.consents import latest_words
from regulars.profiles.customer_facts import CustomerFacts, KnownIdentifier
from regulars.profiles.customer_orders import favourites, last_orders, money_sums
from regulars.profiles.customer_products import bought, by_kind, open_cart, returned, viewed_only
from regulars.profiles.customer_view import (
    ConsentView,
    ContactPoint,
    CustomerView,
    IdentifierView,
    Presence,
    Sessions,
    Stated,
    moment,
)
from regulars.profiles.fragment import SERVER_BIT, Fragment, merge_all
from regulars.profiles.registers import TraitRegister
from regulars.profiles.traits import TOMBSTONE

_decode = msgspec.json.Decoder().decode


def customer_view(facts: CustomerFacts) -> CustomerView:
    """The view of one customer; a pure function of what is stored, without a clock."""
    whole = merge_all(facts.fragments)
    server = facts.server or bool(whole.trust & SERVER_BIT) or any(not each.claimed for each in facts.identifiers)
    traits, claimed = _traits(whole, server)
    told = merge_all([each for each in facts.fragments if each.trust & SERVER_BIT])
    sure = [order for order in facts.orders if not order.claimed]
    unsure = [order for order in facts.orders if order.claimed]
    return CustomerView(
        id=facts.id,
        name=_name(traits),
        emails=_contacts(facts.identifiers, "email"),
        phones=_contacts(facts.identifiers, "phone"),
        traits=traits,
        claimed=claimed,
        identifiers=tuple(_identifier(each) for each in sorted(facts.identifiers, key=_place)),
        first_seen=None if whole.first is None else moment(whole.first),
        last_seen=None if whole.last is None else moment(whole.last),
        channels=_presences(whole.channel_first, whole.channel_last, {}, told.channel_last),
        stores=_presences(whole.store_first, whole.store_last, facts.stores, told.store_last),
        devices=_presences(whole.device_first, whole.device_last, _labels(whole), told.device_last),
        orders=_standing(sure),
        cancelled_orders=sum(order.cancelled for order in sure),
        spend=money_sums(sure, lambda order: order.spend),
        refunds=money_sums(sure, lambda order: order.refunded),
        claimed_orders=_standing(unsure),
        claimed_spend=money_sums(unsure, lambda order: order.spend),
        last_orders=last_orders(facts),
        viewed=by_kind(facts, "viewed"),
        carted=by_kind(facts, "added"),
        bought=bought(facts),
        returned=returned(facts),
        viewed_not_bought=viewed_only(facts),
        open_cart=open_cart(facts, whole),
        favourite_categories=favourites(facts, "category"),
        favourite_stores=favourites(facts, "store"),
        consents=_consents(facts),
        sessions=_sessions(whole),
        simulated=whole.simulated or any(order.simulated for order in facts.orders),
    )


def customer_name(fragments: tuple[Fragment, ...], server: bool) -> str:
    """Her name as the view has it, from the fragments alone; `server` says whether a server knows her. '' without."""
    whole = merge_all(fragments)
    name = _name(_traits(whole, server or bool(whole.trust & SERVER_BIT))[0])
    return str(name.value) if name else ""


def _standing(orders: list[Order]) -> int:
    return sum(order.known and not order.cancelled for order in orders)


def _traits(whole: Fragment, server: bool) -> tuple[dict[str, Stated], dict[str, Stated]]:
    """What counts, and what is merely claimed; with no server evidence a client's word is all there is."""
    if server:
        return _stated(whole.traits), _stated(whole.claimed)
    return _stated({**whole.claimed, **whole.traits}), {}


def _stated(registers: dict[str, TraitRegister]) -> dict[str, Stated]:
    return {
        name: Stated(_decode(each.value), each.source, moment(each.time))
        for name, each in sorted(registers.items())
        if each.value != TOMBSTONE
    }


def _name(traits: dict[str, Stated]) -> Stated | None:
    """Her name as stated, else put together from first and last name, with the later one's provenance."""
    for names in (("name",), ("firstName", "lastName"), ("first_name", "last_name")):
        parts = [
            traits[name] for name in names if name in traits and type(traits[name].value) is str and traits[name].value
        ]
        words = " ".join(part.value.strip() for part in parts).strip()
        if words:
            last = max(parts, key=lambda part: (part.time, part.source))
            return Stated(words, last.source, last.time)
    return None


def _contacts(identifiers: tuple[KnownIdentifier, ...], type: str) -> tuple[ContactPoint, ...]:
    found = [each for each in identifiers if each.type == type]
    found.sort(key=lambda each: (each.shared, each.claimed, -(each.last or 0), each.value))
    return tuple(ContactPoint(type, each.value, each.claimed, each.shared, each.sources) for each in found)


def _place(each: KnownIdentifier) -> tuple[str, str, str]:
    return (each.type, each.space, each.value)


def _identifier(each: KnownIdentifier) -> IdentifierView:
    return IdentifierView(
        each.type,
        each.space,
        each.value,
        each.claimed,
        each.shared,
        None if each.first is None else moment(each.first),
        None if each.last is None else moment(each.last),
        each.sources,
    )


def _labels(whole: Fragment) -> dict[str, str]:
    return {device: str(_decode(each.value)) for device, each in whole.device_labels.items()}


def _presences(
    first: dict[str, int], last: dict[str, int], names: dict[str, str], told: Container[str]
) -> tuple[Presence, ...]:
    """`told` are the keys that a server spoke of."""
    keys = sorted({*first, *last}, key=lambda key: (-last.get(key, 0), key))
    return tuple(
        Presence(
            key,
            names.get(key, ""),
            moment(first[key]) if key in first else None,
            moment(last[key]) if key in last else None,
            key not in told,
        )
        for key in keys
    )


def _consents(facts: CustomerFacts) -> tuple[ConsentView, ...]:
    return tuple(
        ConsentView(
            word.purpose,
            word.channel,
            word.address,
            word.covers_all,
            word.word,
            moment(word.time),
            word.source,
            word.basis,
        )
        for word in latest_words(facts.consents)
    )


def _sessions(whole: Fragment) -> Sessions:
    half_hours = {key: day.half_hours for key, day in whole.days.items()}
    events: dict[str, int] = {}
    for _, day in sorted(whole.days.items()):
        for channel, n in sorted(day.events.items()):
            events[channel] = events.get(channel, 0) + n
    bits = sum(each.bit_count() for each in half_hours.values())
    return Sessions(session_count(half_hours), len(half_hours), bits, dict(sorted(events.items())))
