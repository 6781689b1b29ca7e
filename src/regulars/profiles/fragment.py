"""What one bundle's events add to a profile: a commutative monoid, so that merge and split recompute nothing.

`merge` is associative and commutative, `EMPTY` is neutral. Windows such as "last 30 days" are cut when read.
"""

from typing import Final

import msgspec

from regulars.profiles.registers import (
    CartRegister,
    TraitRegister,
    by_key,
    earliest,
    keep_largest,
    keep_last_keys,
    keep_smallest,
    latest,
)

VERSION: Final = 1
"""The first byte of every encoded fragment."""

SERVER_BIT: Final = 2
"""The bit of `trust` that says that a server's events are in a fragment."""


class Bounds(msgspec.Struct, frozen=True):
    """How much a fragment holds at most; part of the rules a digest names."""

    traits: int = 200
    cart: int = 200
    channels: int = 50
    stores: int = 50
    devices: int = 50
    days: int = 800


DEFAULT_BOUNDS: Final = Bounds()


class Day(msgspec.Struct, frozen=True, array_like=True):
    """One UTC day. `half_hours`: 48 bits, bit 0 from 00:00, OR-ed. `events`: events by channel, added up."""

    half_hours: int = 0
    events: dict[str, int] = {}


class Fragment(msgspec.Struct, frozen=True, array_like=True):
    """The fold of some events of one person. Times are microseconds since 1970 UTC.

    Merge laws, field by field:
    `trust` – bits (1: client, 2: server) of whose events are in it; OR-ed.
    `simulated` – whether any event was simulated; OR-ed.
    `first`, `last` – of any event; minimum and maximum, None is neutral.
    `traits`, `claimed` – the K largest registers by (precedence, time, message id, source, value); what servers said
    and what clients claimed are kept apart, so that trust decides first and no claim can push a server's word out.
    `channel_first`, `store_first`, `device_first` – the K smallest of the earliest times per key.
    `channel_last`, `store_last`, `device_last` – the K largest of the latest times per key.
    `device_labels` – the K largest registers of what a device calls itself, as JSON text.
    `days` – the K largest days (`2026-03-01`), each with a bitmap OR-ed and counters added.
    `cart` – the K largest registers per product among those later than `cleared`.
    `cleared` – when the cart was last emptied, as (time, message id); maximum.
    """

    trust: int = 0
    simulated: bool = False
    first: int | None = None
    last: int | None = None
    traits: dict[str, TraitRegister] = {}
    claimed: dict[str, TraitRegister] = {}
    channel_first: dict[str, int] = {}
    channel_last: dict[str, int] = {}
    store_first: dict[str, int] = {}
    store_last: dict[str, int] = {}
    device_first: dict[str, int] = {}
    device_last: dict[str, int] = {}
    device_labels: dict[str, TraitRegister] = {}
    days: dict[str, Day] = {}
    cart: dict[str, CartRegister] = {}
    cleared: tuple[int, str] = (0, "")


class Said(msgspec.Struct, frozen=True, array_like=True):
    """The first fields of a fragment, as far as what was said of her; the rest is not decoded."""

    trust: int = 0
    simulated: bool = False
    first: int | None = None
    last: int | None = None
    traits: dict[str, TraitRegister] = {}
    claimed: dict[str, TraitRegister] = {}


EMPTY: Final = Fragment()


def merge(a: Fragment, b: Fragment, bounds: Bounds = DEFAULT_BOUNDS) -> Fragment:
    """The two together. Both must have been made under the same bounds; neither is changed."""
    cleared = max(a.cleared, b.cleared)
    cart, more = _uncleared(a, cleared), _uncleared(b, cleared)
    # Most of two fragments is empty on one side at least, and asking here costs less than a call.
    return Fragment(
        a.trust | b.trust,
        a.simulated or b.simulated,
        b.first if a.first is None else a.first if b.first is None else min(a.first, b.first),
        b.last if a.last is None else a.last if b.last is None else max(a.last, b.last),
        latest(a.traits, b.traits, bounds.traits) if a.traits and b.traits else a.traits or b.traits,
        latest(a.claimed, b.claimed, bounds.traits) if a.claimed and b.claimed else a.claimed or b.claimed,
        earliest(a.channel_first, b.channel_first, bounds.channels),
        latest(a.channel_last, b.channel_last, bounds.channels),
        earliest(a.store_first, b.store_first, bounds.stores) if a.store_first else b.store_first,
        latest(a.store_last, b.store_last, bounds.stores) if a.store_last else b.store_last,
        earliest(a.device_first, b.device_first, bounds.devices) if a.device_first else b.device_first,
        latest(a.device_last, b.device_last, bounds.devices) if a.device_last else b.device_last,
        latest(a.device_labels, b.device_labels, bounds.devices) if a.device_labels else b.device_labels,
        by_key(a.days, b.days, bounds.days, add_days),
        latest(cart, more, bounds.cart) if cart and more else cart or more,
        cleared,
    )


def bounded(fragment: Fragment, bounds: Bounds = DEFAULT_BOUNDS) -> Fragment:
    """The same fragment cut to its bounds; every fragment made from an event passes through here."""
    return Fragment(
        fragment.trust,
        fragment.simulated,
        fragment.first,
        fragment.last,
        keep_largest(fragment.traits, bounds.traits),
        keep_largest(fragment.claimed, bounds.traits),
        keep_smallest(fragment.channel_first, bounds.channels),
        keep_largest(fragment.channel_last, bounds.channels),
        keep_smallest(fragment.store_first, bounds.stores),
        keep_largest(fragment.store_last, bounds.stores),
        keep_smallest(fragment.device_first, bounds.devices),
        keep_largest(fragment.device_last, bounds.devices),
        keep_largest(fragment.device_labels, bounds.devices),
        keep_last_keys(fragment.days, bounds.days),
        keep_largest(_uncleared(fragment, fragment.cleared), bounds.cart),
        fragment.cleared,
    )


def merge_all(fragments: tuple[Fragment, ...] | list[Fragment], bounds: Bounds = DEFAULT_BOUNDS) -> Fragment:
    """All of them together, in pairs, so that many small ones are not copied again and again."""
    rest = list(fragments)
    while len(rest) > 1:
        paired = [merge(a, b, bounds) for a, b in zip(rest[::2], rest[1::2], strict=False)]
        rest = paired + rest[len(paired) * 2 :]
    return rest[0] if rest else EMPTY


def add_days(a: Day, b: Day) -> Day:
    """Two parts of one day: the bitmaps OR-ed, the counters added."""
    if not (a.events and b.events):
        return Day(a.half_hours | b.half_hours, a.events or b.events)
    events = dict(a.events)
    for channel, n in b.events.items():
        events[channel] = events.get(channel, 0) + n
    return Day(a.half_hours | b.half_hours, events)


def _uncleared(fragment: Fragment, cleared: tuple[int, str]) -> dict[str, CartRegister]:
    # The registers' order begins with (time, message id), so what is cleared is a tail of it: the K largest stay right.
    cart = fragment.cart
    if not cart or cleared == (0, ""):
        return cart
    return {key: entry for key, entry in cart.items() if (entry.time, entry.message_id) > cleared}


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(Fragment)
_said_decoder = msgspec.msgpack.Decoder(Said)
_PREFIX = bytes([VERSION])


def encode(fragment: Fragment) -> bytes:
    """A version byte and canonical msgpack: equal fragments give equal bytes."""
    return _PREFIX + _encoder.encode(fragment)


def decode(body: bytes | memoryview) -> Fragment:
    """What `encode` wrote. Raises ValueError for another version, msgspec.DecodeError for anything else."""
    if not body or body[0] != VERSION:
        raise ValueError(f"a fragment of version {body[0] if body else 'none'}, this program reads {VERSION}")
    return _decoder.decode(memoryview(body)[1:])


def decode_said(body: bytes | memoryview) -> Fragment:
    """As `decode`, but with no more than what was said of her in it."""
    if not body or body[0] != VERSION:
        return decode(body)
    said = _said_decoder.decode(memoryview(body)[1:])
    return Fragment(said.trust, said.simulated, said.first, said.last, said.traits, said.claimed)
