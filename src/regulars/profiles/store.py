"""The fold: what a batch's events say is added to the profile tables, bundle by bundle."""

from collections.abc import Iterable, Sequence

import msgspec

from regulars.model.consent import WITHDRAWN, ConsentWord
from regulars.model.interaction import Interaction
from regulars.model.order import CancellationReport, OrderReport, RefundReport
from regulars.profiles import queries
from regulars.profiles.facts import Facts
from regulars.profiles.fragment import EMPTY, Bounds, Fragment, decode, encode, merge
from regulars.profiles.names import search_name
from regulars.profiles.orders import decode_reports, encode_reports, essential
from regulars.storage.database import Connection
from regulars.storage.queries import copy_rows

_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_json = msgspec.json.Encoder(order="sorted").encode

OrderKey = tuple[str, str, bytes]


class Fold:
    """What one batch adds; gather with `add`, then `write`."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._fragments: dict[bytes, Fragment] = {}
        self._interactions: dict[tuple[bytes, str, str, int], list[int]] = {}
        self._reports: dict[OrderKey, list[OrderReport]] = {}
        self._refunds: list[tuple[bytes | None, RefundReport | CancellationReport]] = []
        self._consents: list[tuple[bytes, ConsentWord]] = []
        self._catalogue: dict[tuple[str, str], tuple[object, ...]] = {}

    def add(self, bundle: bytes | None, facts: Facts) -> None:
        """Take one accepted event's facts, filed under its bundle."""
        for record in facts.catalogue:
            body = _json(record.body)
            row = (record.kind, record.id, *record.rank, record.simulated, body)
            known = self._catalogue.get((record.kind, record.id))
            if known is None or row[2:6] > known[2:6]:
                self._catalogue[record.kind, record.id] = row
        if facts.cancellation is not None:
            self._refunds.append((bundle, facts.cancellation))
        self._refunds += [(bundle, refund) for refund in facts.refunds]
        if facts.order is not None:
            key = (facts.order.space, facts.order.order_id, bundle or b"")
            self._reports.setdefault(key, []).append(facts.order)
        if bundle is None:
            return
        if facts.fragment is not EMPTY:
            old = self._fragments.get(bundle)
            self._fragments[bundle] = facts.fragment if old is None else merge(old, facts.fragment, self._bounds)
        for each in facts.interactions:
            self._interact(bundle, each)
        self._consents += [(bundle, word) for word in facts.consents]

    def _interact(self, bundle: bytes, each: Interaction) -> None:
        known = self._interactions.get((bundle, each.product, each.kind, each.day))
        if known is None:
            self._interactions[bundle, each.product, each.kind, each.day] = [each.n, each.last]
        else:
            known[0] += each.n
            known[1] = max(known[1], each.last)

    def write(self, connection: Connection) -> None:
        """Merge everything gathered into the tables, each table in one statement."""
        self._write_fragments(connection)
        self._write_orders(connection)
        rows = [(*key, *value) for key, value in sorted(self._interactions.items())]
        _put(connection, queries.ADD_INTERACTIONS, rows, 6)
        _put(connection, queries.PUT_CATALOGUE, [row for _, row in sorted(self._catalogue.items())], 8)
        copy_rows(connection, queries.COPY_REFUNDS, queries.REFUND_TYPES, map(_refund_row, self._refunds))
        if self._consents:
            connection.cursor().executemany(queries.PUT_CONSENT, [_consent_row(*each) for each in self._consents])

    def _write_fragments(self, connection: Connection) -> None:
        if not self._fragments:
            return
        cursor = connection.cursor(binary=True)
        cursor.execute(queries.GET_FRAGMENTS, (list(self._fragments),))
        for bundle, body in cursor:
            self._fragments[bundle] = merge(decode(body), self._fragments[bundle], self._bounds)
        rows = [(bundle, encode(each), search_name(each)) for bundle, each in sorted(self._fragments.items())]
        _put(connection, queries.PUT_FRAGMENTS, rows, 3)

    def _write_orders(self, connection: Connection) -> None:
        if not self._reports:
            return
        cursor = connection.cursor(binary=True)
        cursor.execute(queries.GET_REPORTS, _columns(list(self._reports), 3))
        for space, order_id, bundle, body in cursor:
            self._reports[space, order_id, bundle].extend(decode_reports(body))
        rows = [(*key, encode_reports(essential(reports))) for key, reports in sorted(self._reports.items())]
        _put(connection, queries.PUT_REPORTS, rows, 4)


def _put(connection: Connection, query: str, rows: Sequence[tuple[object, ...]], width: int) -> None:
    if rows:
        connection.execute(query, _columns(rows, width))


def _columns(rows: Iterable[tuple[object, ...]], width: int) -> list[list[object]]:
    found = list(rows)
    return [[row[i] for row in found] for i in range(width)]


def _refund_row(pair: tuple[bytes | None, RefundReport | CancellationReport]) -> tuple[object, ...]:
    bundle, report = pair
    kind = "refund" if isinstance(report, RefundReport) else "cancellation"
    where = (report.space, report.order_id, report.source, report.message_id, report.trust)
    return (*where, bundle, kind, _encode(report))


def _consent_row(bundle: bytes, word: ConsentWord) -> tuple[object, ...]:
    return (
        bundle,
        word.purpose,
        word.channel,
        word.address,
        word.space,
        word.covers_all,
        int(word.trust),
        word.time,
        word.word == WITHDRAWN,
        word.message_id,
        word.source,
        word.wording,
        word.basis,
        word.proof,
    )
