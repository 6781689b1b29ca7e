"""Gifts: for whom, on what occasion, and what of it the shop can see."""

from typing import Any

import msgspec

from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.people import Person

# Occasion, first and last (month, day), share of the orders in that time that are gifts.
_OCCASIONS = (
    ("christmas", (11, 24), (12, 24), 0.28),
    ("valentine", (2, 1), (2, 14), 0.12),
    ("mothers_day", (5, 1), (5, 14), 0.14),
    ("birthday", (1, 1), (12, 31), 0.05),
)
_SIGNS = (("wrap", 0.50), ("message", 0.35), ("other_address", 0.35), ("marked", 0.20))


class Gift(msgspec.Struct, frozen=True):
    """One gift; `signs` are what shows that it is one, none for a gift that looks like any other order."""

    recipient: Person
    address: dict[str, str]
    occasion: str
    signs: tuple[str, ...]
    products: tuple[Product, ...]


def decide(life: Life, time: int) -> Gift | None:
    """Whether she buys for somebody else now: the household, or one of two friends of hers."""
    rng, world = life.rng, life.world
    occasion, share = _occasion(life, time)
    if not rng.hit(share):
        return None
    others = [person for person in life.household.persons if person is not life.person]
    if others and rng.hit(0.55):
        recipient, address = rng.pick(others), life.household.address
    else:
        friend = world.people.friend(life.household.number, rng.below(2))
        if friend is None:
            return None
        recipient, address = friend.persons[0], friend.address
    signs = () if rng.hit(life.rates.gift_hidden) else _signs(life)
    products = tuple(world.goods.liked(rng, recipient.tastes) for _ in range(1 + rng.below(2)))
    return Gift(recipient, address, occasion, signs, products)


def shown(gift: Gift) -> dict[str, Any]:
    """What an order says of it."""
    told: dict[str, Any] = {}
    if "wrap" in gift.signs:
        told["gift_wrap"] = True
    if "message" in gift.signs:
        told["gift_message"] = f"For {gift.recipient.first}"
    if "other_address" in gift.signs:
        recipient = gift.recipient
        told["shipping_address"] = {"name": f"{recipient.first} {recipient.last}", **gift.address}
    return told


def _signs(life: Life) -> tuple[str, ...]:
    """At least one sign; where chance gives none, the wrapping."""
    return tuple(name for name, share in _SIGNS if life.rng.hit(share)) or ("wrap",)


def _occasion(life: Life, time: int) -> tuple[str, float]:
    date = life.world.calendar.local(time)
    day = (date.month, date.day)
    return next((name, share) for name, first, last, share in _OCCASIONS if first <= day <= last)
