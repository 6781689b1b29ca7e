"""A fragment read only as far as a row of the table of customers needs it."""

import msgspec

from regulars.profiles.fragment import VERSION, Fragment, decode
from regulars.profiles.registers import CartRegister, TraitRegister

_NAMES = frozenset(("name", "firstName", "lastName", "first_name", "last_name"))


class _Glance(msgspec.Struct, array_like=True):
    """The fields of `Fragment`, in its order; what is raw is not decoded."""

    trust: int = 0
    simulated: bool = False
    first: int | None = None
    last: int | None = None
    traits: dict[str, TraitRegister] = {}
    claimed: dict[str, TraitRegister] = {}
    channel_first: msgspec.Raw = msgspec.Raw()
    channel_last: dict[str, int] = {}
    store_first: msgspec.Raw = msgspec.Raw()
    store_last: dict[str, int] = {}
    device_first: msgspec.Raw = msgspec.Raw()
    device_last: msgspec.Raw = msgspec.Raw()
    device_labels: msgspec.Raw = msgspec.Raw()
    days: msgspec.Raw = msgspec.Raw()
    cart: dict[str, CartRegister] = {}
    cleared: tuple[int, str] = (0, "")


_decode = msgspec.msgpack.Decoder(_Glance).decode


def glance(body: bytes) -> Fragment:
    """The fragment without its devices, days and first times, and of its traits only names. Raises as `decode`."""
    if not body or body[0] != VERSION:
        return decode(body)
    found = _decode(memoryview(body)[1:])
    return Fragment(
        found.trust,
        found.simulated,
        found.first,
        found.last,
        _named(found.traits),
        _named(found.claimed),
        channel_last=found.channel_last,
        store_last=found.store_last,
        cart=found.cart,
        cleared=found.cleared,
    )


def _named(traits: dict[str, TraitRegister]) -> dict[str, TraitRegister]:
    return {name: traits[name] for name in traits.keys() & _NAMES} if traits else traits
