"""What messages need to know of customers: their names, carts, orders, and what they looked at or saved."""

import re
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
import psycopg

from regulars.messaging import queries
from regulars.model.order import Order
from regulars.profiles.fragment import EMPTY, Fragment, decode, merge_all
from regulars.profiles.order_reader import weigh
from regulars.profiles.queries import REFUNDS_OF, REPORTS_OF
from regulars.profiles.registers import TraitRegister
from regulars.profiles.traits import TOMBSTONE

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

VIEWED: Final = "viewed"
KEPT: Final = {"wishlisted": "unwishlisted", "saved": "unsaved"}
"""What is saved, and what takes it back."""
_TOUCHES: Final = [VIEWED, *KEPT, *KEPT.values()]
# A name that somebody sent must not bring words or addresses of theirs into a letter of the shop.
_PART: Final = r"(?:(?:[^\W\d_]\.){1,4}|[^\W\d_]+\.?)"
_NAME: Final = re.compile(rf"{_PART}(?:[ '’-]{_PART}){{0,4}}")
_LONGEST: Final = 60
_text = msgspec.json.Decoder().decode


class Known(msgspec.Struct, frozen=True):
    """One customer; `orders` and `touched` (product, kind of interaction: last time) as far as they were asked for."""

    first_name: str = ""
    name: str = ""
    whole: Fragment = EMPTY
    orders: tuple[Order, ...] = ()
    touched: dict[tuple[str, str], int] = {}

    def cart(self) -> list[str]:
        """The products in her cart that are in no order since, latest first."""
        bought = self._bought()
        lying = [
            (entry.time, product)
            for product, entry in self.whole.cart.items()
            if entry.added and bought.get(product, entry.time - 1) < entry.time
        ]
        return _latest(lying)

    def viewed(self) -> list[str]:
        """The products that she looked at and has not bought since, latest first."""
        bought = self._bought()
        seen = [(at, product) for (product, kind), at in self.touched.items() if kind == VIEWED]
        return _latest([(at, product) for at, product in seen if bought.get(product, at - 1) < at])

    def saved(self) -> list[str]:
        """The products that she saved or wished for and did not take back, latest first."""
        held = [
            (at, product)
            for (product, kind), at in self.touched.items()
            if kind in KEPT and self.touched.get((product, KEPT[kind]), at - 1) < at
        ]
        return list(dict.fromkeys(_latest(held)))

    def bought(self) -> list[str]:
        """The products of her orders, latest first."""
        return _latest([(at, product) for product, at in self._bought().items()])

    def _bought(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for order in self.orders:
            if not order.cancelled:
                for line in order.lines:
                    if line.product:
                        found[line.product] = max(order.time, found.get(line.product, order.time))
        return found


async def known_of(
    connection: AsyncConnection,
    customers: Sequence[bytes],
    with_orders: Collection[bytes],
    with_touches: Collection[bytes],
) -> dict[bytes, Known]:
    """These customers as they are now: a few queries, however many; orders and interactions of those named alone."""
    fragments: dict[bytes, list[Fragment]] = {}
    owner: dict[bytes, bytes] = {}
    for customer, bundle, body in await _all(connection, queries.FRAGMENTS_OF, (sorted(set(customers)),)):
        owner[bundle] = customer
        of = fragments.setdefault(customer, [])
        if body is not None:
            of.append(decode(body))
    orders = await _orders(connection, {key: who for key, who in owner.items() if who in with_orders})
    touched: dict[bytes, dict[tuple[str, str], int]] = {}
    if with_touches:
        for who, product, kind, last in await _all(
            connection, queries.TOUCHED_PRODUCTS, (sorted(with_touches), _TOUCHES)
        ):
            touched.setdefault(who, {})[product, kind] = last
    return {who: _known(of, orders.get(who, ()), touched.get(who, {})) for who, of in fragments.items()}


async def _orders(connection: AsyncConnection, owner: dict[bytes, bytes]) -> dict[bytes, tuple[Order, ...]]:
    if not owner:
        return {}
    bundles = list(owner)
    reports = await _all(connection, REPORTS_OF, (bundles, bundles))
    refunds = await _all(connection, REFUNDS_OF, (bundles, bundles))
    found: dict[bytes, tuple[Order, ...]] = {}
    for each in weigh(reports, refunds):
        who = owner.get(each.owner)
        if who is not None:
            found[who] = (*found.get(who, ()), each.order)
    return found


def _known(fragments: list[Fragment], orders: tuple[Order, ...], touched: dict[tuple[str, str], int]) -> Known:
    whole = merge_all(fragments)
    traits = whole.traits or whole.claimed
    first = _named(traits, "firstName") or _named(traits, "first_name")
    last = _named(traits, "lastName") or _named(traits, "last_name")
    name = _named(traits, "name") or " ".join(each for each in (first, last) if each)
    return Known(first, name, whole, orders, touched)


def _named(traits: dict[str, TraitRegister], field: str) -> str:
    """A trait that is a name as people have them, else ''."""
    register = traits.get(field)
    if register is None or register.value == TOMBSTONE:
        return ""
    value = _text(register.value)
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return words if len(words) <= _LONGEST and _NAME.fullmatch(words) else ""


def _latest(found: list[tuple[int, str]]) -> list[str]:
    return [product for _, product in sorted(found, key=lambda each: (-each[0], each[1]))]


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query.encode(), values)
    return await cursor.fetchall()
