"""What was given back on one order, however often it was reported."""

from collections.abc import Collection, Iterable

import msgspec

from regulars.model.order import RefundReport, Returned
from regulars.model.product import Line


class GivenBack(msgspec.Struct, frozen=True):
    """The refunds of one order: `amount` in minor units, never more than was paid; what came back; what is odd."""

    amount: int
    returned: tuple[Returned, ...]
    flags: tuple[str, ...]


_NOTHING = GivenBack(0, (), ())


def refunded(reports: Collection[RefundReport], currency: str, paid: int | None, lines: tuple[Line, ...]) -> GivenBack:
    """Weigh the refunds of one order that was `paid` (minor units, None if unknown) in `currency` for `lines`.

    Of several reports of one refund the largest by (trust, precedence, time, message id) counts. A full refund gives
    back all that was paid. One with lines and no amount is valued by its own lines, else by the order's.
    """
    if not reports:
        return _NOTHING
    total, flags, returned = 0, set(), []
    for report in _distinct(reports):
        amount = paid if report.full else report.amount
        if amount is None and report.lines:
            amount = _value(report.lines, lines)
        if amount is None:
            flags.add("refund_without_amount")
        elif currency and report.currency and report.currency != currency and not report.full:
            flags.add("refund_currency_differs")
        else:
            total += amount
        given = report.lines or (lines if report.full else ())
        returned += [Returned(line.product, line.name, line.quantity, report.time) for line in given if line.product]
    if paid is not None and total > max(paid, 0):
        flags.add("refund_over_paid")
        total = max(paid, 0)
    return GivenBack(total, tuple(returned), tuple(sorted(flags)))


def _distinct(reports: Iterable[RefundReport]) -> list[RefundReport]:
    best: dict[str, RefundReport] = {}
    for report in sorted(reports, key=lambda r: (r.trust, r.precedence, r.time, r.message_id, r.source)):
        best[report.refund_id] = report
    return [best[key] for key in sorted(best)]


def _value(given: tuple[Line, ...], bought: tuple[Line, ...]) -> int | None:
    known = {line.product: line for line in sorted(bought, key=lambda line: (line.product, line.value or 0))}
    values = []
    for line in given:
        value = line.value
        if value is None and line.product in known:
            value = known[line.product].value
        if value is None:
            return None
        values.append(abs(value))
    return sum(values)
