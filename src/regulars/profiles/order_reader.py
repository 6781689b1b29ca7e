"""Orders read from the tables: what every bundle said of each, weighed together, and whose each is."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg

from regulars.model.order import CancellationReport, Order, OrderReport, RefundReport
from regulars.profiles import queries
from regulars.profiles.orders import combine, decode_reports, ownership, placed_at, rank

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]
OrderKey = tuple[str, str]

NOBODY = b""
"""The bundle of what belongs to nobody."""

_refund = msgspec.msgpack.Decoder(RefundReport)
_cancellation = msgspec.msgpack.Decoder(CancellationReport)


class ToldOrder(msgspec.Struct, frozen=True):
    """An order as it stands, with the reports that were taken together to it, the deciding one first."""

    order: Order
    reports: tuple[OrderReport, ...]


class _Told:
    """All that was said about one order, each with the bundle it was filed under."""

    def __init__(self) -> None:
        self.reports: list[tuple[OrderReport, bytes]] = []
        self.refunds: list[tuple[RefundReport, bytes]] = []
        self.cancellations: list[tuple[CancellationReport, bytes]] = []

    def owner(self) -> bytes:
        """The bundle that owns the order: of its reports' owner, else of the largest refund or cancellation."""
        if self.reports:
            return max(self.reports, key=lambda pair: ownership(pair[0]))[1]
        said: list[tuple[RefundReport | CancellationReport, bytes]] = [*self.refunds, *self.cancellations]
        return max(said, key=lambda pair: rank(pair[0]))[1]

    def order(self) -> Order:
        """The order as it stands."""
        return combine(*self._said())

    def placed_at(self) -> int:
        """When it was placed, in microseconds since 1970."""
        return placed_at(*self._said())

    def told(self) -> ToldOrder:
        """The order as it stands, with its reports."""
        reports = sorted((each for each, _ in self.reports), key=rank, reverse=True)
        return ToldOrder(self.order(), tuple(reports))

    def _said(self) -> tuple[list[OrderReport], list[RefundReport], list[CancellationReport]]:
        return (
            [each for each, _ in self.reports],
            [each for each, _ in self.refunds],
            [each for each, _ in self.cancellations],
        )


class WeighedOrder(msgspec.Struct, frozen=True):
    """An order as it stands, with the bundle that owns it (`NOBODY`), all bundles that spoke of it, and its refunds."""

    order: Order
    owner: bytes
    bundles: frozenset[bytes]
    refunds: tuple[RefundReport, ...]


def weigh(reports: Iterable[tuple[Any, ...]], refunds: Iterable[tuple[Any, ...]]) -> list[WeighedOrder]:
    """The orders that these rows of `orders` and of `refunds` tell of; the rows must be all there are of each."""
    return [
        WeighedOrder(
            told.order(),
            told.owner(),
            frozenset(bundle for _, bundle in (*told.reports, *told.refunds, *told.cancellations)),
            tuple(refund for refund, _ in told.refunds),
        )
        for _, told in sorted(_gather(reports, refunds).items())
    ]


async def orders_by_bundle(connection: AsyncConnection, bundles: list[bytes]) -> list[tuple[bytes, Order]]:
    """The orders that these bundles own, of whomever they are, each with its bundle; sorted by space and id."""
    return [(told.owner(), told.order()) for told in await _owned(connection, bundles)]


async def told_orders(connection: AsyncConnection, customer: bytes) -> tuple[ToldOrder, ...]:
    """A customer's orders, newest first, each with everything that reported it."""
    return await told_of(connection, await _bundles(connection, customer))


async def told_page(
    connection: AsyncConnection, customer: bytes, first: int, n: int
) -> tuple[int, tuple[ToldOrder, ...]]:
    """How many orders a customer has, and `n` of them from place `first` on, newest first."""
    found = sorted(await _owned(connection, await _bundles(connection, customer)), key=lambda each: -each.placed_at())
    return len(found), tuple(each.told() for each in found[first : first + n])


async def told_of(connection: AsyncConnection, bundles: list[bytes]) -> tuple[ToldOrder, ...]:
    """As `told_orders`, those that these bundles, all of one customer, own."""
    found = [each.told() for each in await _owned(connection, bundles)]
    return tuple(sorted(found, key=lambda each: (-each.order.time, each.order.space, each.order.order_id)))


async def _bundles(connection: AsyncConnection, customer: bytes) -> list[bytes]:
    return [row[0] for row in await _all(connection, queries.BUNDLES_OF, (customer,))]


async def _owned(connection: AsyncConnection, bundles: list[bytes]) -> list[_Told]:
    """What was said of each order that these bundles own; sorted by space and id."""
    reports = await _all(connection, queries.REPORTS_OF, (bundles, bundles))
    refunds = await _all(connection, queries.REFUNDS_OF, (bundles, bundles))
    mine = set(bundles)
    told = _gather(reports, refunds)
    return [told[key] for key in sorted(told) if told[key].owner() in mine]


async def orders_named(connection: AsyncConnection, order_id: str) -> list[tuple[bytes | None, Order]]:
    """The orders of this id, a space each, with the customer who owns each; None where it is nobody's."""
    reports = await _all(connection, queries.REPORTS_NAMED, (order_id,))
    return await held(connection, reports, await _all(connection, queries.REFUNDS_NAMED, (order_id,)))


async def held(
    connection: AsyncConnection, reports: list[tuple[Any, ...]], refunds: list[tuple[Any, ...]]
) -> list[tuple[bytes | None, Order]]:
    """The orders that rows speak of, with the customer who owns each; as `queries.REPORTS_NAMED` and its sister do."""
    told = _gather(reports, refunds)
    bundles = [each.owner() for each in told.values()]
    holders = dict(await _all(connection, queries.HOLDERS_OF, (bundles,)))
    return [(holders.get(told[key].owner()), told[key].order()) for key in sorted(told)]


async def order_owners(connection: AsyncConnection, order_id: str) -> dict[OrderKey, bytes | None]:
    """The customer who owns each order of this id, a space each; None where it is nobody's."""
    reports = await _all(connection, queries.REPORTS_NAMED, (order_id,))
    refunds = await _all(connection, queries.REFUNDS_NAMED, (order_id,))
    owners = {key: each.owner() for key, each in _gather(reports, refunds).items()}
    holders = dict(await _all(connection, queries.HOLDERS_OF, (list(owners.values()),)))
    return {key: holders.get(bundle) for key, bundle in owners.items()}


def _gather(reports: Iterable[tuple[Any, ...]], refunds: Iterable[tuple[Any, ...]]) -> dict[OrderKey, _Told]:
    told: dict[OrderKey, _Told] = defaultdict(_Told)
    for space, order_id, bundle, body in reports:
        told[space, order_id].reports += [(report, bundle) for report in decode_reports(body)]
    for space, order_id, bundle, kind, body in refunds:
        if kind == "refund":
            told[space, order_id].refunds.append((_refund.decode(body), bundle or NOBODY))
        else:
            told[space, order_id].cancellations.append((_cancellation.decode(body), bundle or NOBODY))
    return told


async def _all(connection: AsyncConnection, query: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    cursor = await connection.cursor(binary=True).execute(query, values)
    return await cursor.fetchall()
