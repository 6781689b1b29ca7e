"""Orders from their reports: browser, server and till tell of the same one, in any order, and nothing is added up.

A report is compared by (trust, source precedence, time, message id). Only reports of the highest trust present count,
so that a public key can neither alter nor complete what a server said. Among these, each part of an order (when it was
placed, its money, its place, its lines) comes from the largest report that states it: an update without lines erases
none.
"""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from regulars.model.order import CancellationReport, Money, Order, OrderReport, Place, RefundReport
from regulars.profiles.refunds import refunded

Rank = tuple[int, int, int, str, str]

GIVES_WAY: Final = -(2**31)
"""The precedence of a claim (`Receipt Claimed`), below that of any source: it names whose an order is where no other
report does, and says nothing else of it."""

_PARTS: Final[tuple[Callable[[OrderReport], bool], ...]] = (
    lambda report: True,
    lambda report: report.placed,
    lambda report: report.named,
    lambda report: report.money is not None,
    lambda report: report.place is not None,
    lambda report: report.lines is not None,
)


def rank(report: OrderReport | RefundReport | CancellationReport) -> Rank:
    """The total order of reports: trust, source precedence, time, message id; the source's name ends every tie."""
    return (report.trust, report.precedence, report.time, report.message_id, report.source)


def winner(reports: Iterable[OrderReport]) -> OrderReport:
    """The report that speaks for the order. Raises ValueError when there is none."""
    return max(reports, key=rank)


def owner(reports: Iterable[OrderReport]) -> OrderReport:
    """The report whose bundle owns the order. Raises ValueError when there is none."""
    return max(reports, key=ownership)


def ownership(report: OrderReport) -> tuple[int, bool, Rank]:
    """What decides whose an order is: trust, then whether the event names somebody, then `rank`.

    A nameless update by the shop's back office so never takes an order away from its buyer, and a claim takes one from
    nobody whom another report of its trust names.
    """
    return (report.trust, report.named, rank(report))


def is_claim(report: OrderReport) -> bool:
    """Whether a report only claims the order for somebody."""
    return report.precedence == GIVES_WAY


def essential(reports: Iterable[OrderReport]) -> tuple[OrderReport, ...]:
    """The few reports that can still matter (at most one for each part, two claims), sorted; others may be forgotten.

    `essential(essential(a) + b) == essential(a + b)`: what is kept per bundle stays bounded however often an order is
    reported.
    """
    found = list(reports)
    ranked = _trusted([each for each in found if not is_claim(each)])
    kept = {rank(best): best for states in _PARTS if (best := _largest(ranked, states)) is not None}
    claims = [each for each in found if is_claim(each)]
    kept |= {rank(best): best for best in (max(claims, key=rank), max(claims, key=ownership))} if claims else {}
    return tuple(kept[key] for key in sorted(kept))


def combine(
    reports: Iterable[OrderReport],
    refunds: Iterable[RefundReport] = (),
    cancellations: Iterable[CancellationReport] = (),
) -> Order:
    """The order as it stands, from everything that was said about one (space, order id).

    A cancellation counts when its trust reaches that of the order's reports. An order that was only claimed is unknown
    until somebody reports it. Raises ValueError when nothing was said.
    """
    everything, back, off = list(reports), list(refunds), list(cancellations)
    ranked = _deciding(everything)
    if not ranked:
        return _unknown(back, off)
    last = ranked[-1]
    placed = _largest(ranked, _PARTS[1]) or last
    priced, sited, lined = (_largest(ranked, states) for states in _PARTS[3:])
    money = (priced.money if priced else None) or Money("")
    lines = (lined.lines if lined else None) or ()
    give_back = refunded(back, money.currency, money.paid, lines)
    cancelled = any(each.trust >= last.trust for each in off)
    flags = give_back.flags if money.paid is not None else ("no_amount", *give_back.flags)
    return Order(
        last.space,
        last.order_id,
        known=not is_claim(last),
        claimed=last.trust == 0,
        simulated=last.simulated,
        time=placed.time,
        source=last.source,
        money=money,
        place=(sited.place if sited else None) or Place(),
        lines=lines,
        returned=give_back.returned,
        cancelled=cancelled,
        paid=money.paid,
        refunded=give_back.amount,
        spend=0 if cancelled else (money.paid or 0) - give_back.amount,
        flags=flags,
    )


def placed_at(
    reports: Iterable[OrderReport],
    refunds: Iterable[RefundReport] = (),
    cancellations: Iterable[CancellationReport] = (),
) -> int:
    """The `time` of the order that `combine` gives, in microseconds since 1970, without working out the rest."""
    ranked = _deciding(list(reports))
    if not ranked:
        said: list[RefundReport | CancellationReport] = [*refunds, *cancellations]
        return min(report.time for report in said)
    return (_largest(ranked, _PARTS[1]) or ranked[-1]).time


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(tuple[OrderReport, ...])


def encode_reports(reports: tuple[OrderReport, ...]) -> bytes:
    """Canonical msgpack of what `essential` keeps."""
    return _encoder.encode(reports)


def decode_reports(body: bytes) -> tuple[OrderReport, ...]:
    """What `encode_reports` wrote. Raises msgspec.DecodeError."""
    return _decoder.decode(body)


def _deciding(reports: list[OrderReport]) -> list[OrderReport]:
    """Those that say what the order is, smallest rank first: claims only where there is nothing else."""
    if len(reports) == 1:
        return reports
    return _trusted([each for each in reports if not is_claim(each)] or reports)


def _trusted(reports: Iterable[OrderReport]) -> list[OrderReport]:
    """The reports of the highest trust, smallest rank first."""
    found = sorted(reports, key=rank)
    return [report for report in found if report.trust == found[-1].trust]


def _largest(ranked: list[OrderReport], states: Callable[[OrderReport], bool]) -> OrderReport | None:
    for report in reversed(ranked):
        if states(report):
            return report
    return None


def _unknown(refunds: list[RefundReport], cancellations: list[CancellationReport]) -> Order:
    said: list[RefundReport | CancellationReport] = [*refunds, *cancellations]
    last = max(said, key=rank)
    currency = max(refunds, key=rank).currency if refunds else ""
    give_back = refunded(refunds, currency, None, ())
    return Order(
        last.space,
        last.order_id,
        known=False,
        claimed=last.trust == 0,
        simulated=False,
        time=min(report.time for report in said),
        source=last.source,
        money=Money(currency),
        place=Place(),
        lines=(),
        returned=give_back.returned,
        cancelled=bool(cancellations),
        paid=None,
        refunded=give_back.amount,
        spend=0,
        flags=give_back.flags,
    )
