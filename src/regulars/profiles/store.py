"""The fold: what a batch's events say is added to the profile tables, bundle by bundle."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence

import msgspec

from regulars.catalogue.seen import NOTHING_KNOWN, Mention
from regulars.catalogue.shelf import Shelf
from regulars.model.consent import WITHDRAWN, ConsentWord
from regulars.model.interaction import Interaction
from regulars.model.order import CancellationReport, OrderReport, RefundReport
from regulars.profiles import queries
from regulars.profiles.facts import Facts
from regulars.profiles.fragment import Bounds, decode, encode, merge
from regulars.profiles.names import search_name
from regulars.profiles.orders import decode_reports, encode_reports, essential
from regulars.profiles.rows import fragment_row, interaction_row
from regulars.storage.binary import byteas, int4s, int8s, keys, texts
from regulars.storage.database import Connection
from regulars.storage.later import Later
from regulars.storage.queries import copy_packed, copy_rows

_encode = msgspec.msgpack.Encoder(order="deterministic").encode

OrderKey = tuple[str, str, bytes]


class Fold:
    """What one batch adds; gather with `add` and `add_facts`, then `write`."""

    def __init__(self, bounds: Bounds, known: Mapping[str, Mention] = NOTHING_KNOWN) -> None:
        """`known` are mentions of products, as for `catalogue.seen.Sightings`."""
        self._bounds = bounds
        self._encoded: dict[bytes, tuple[bytes, str]] = {}
        self._interactions: list[tuple[bytes, str, str, int, int, int]] = []
        self._reports: dict[OrderKey, list[OrderReport]] = {}
        self._refunds: list[tuple[bytes | None, RefundReport | CancellationReport]] = []
        self._consents: list[tuple[bytes, ConsentWord]] = []
        self.shelf = Shelf(known)

    @property
    def fragments(self) -> dict[bytes, bytes]:
        """The fragments as they are written, encoded, by bundle."""
        return {bundle: body for bundle, (body, _) in self._encoded.items()}

    def add(self, bundle: bytes, fragment: bytes, name: str, interactions: Iterable[Interaction]) -> None:
        """Take, once for each bundle, what its events say together: a fragment, encoded (b'' where it is empty), its
        search name, and interactions, added up.
        """
        if fragment:
            self._encoded[bundle] = fragment, name
        for each in interactions:
            self._interactions.append((bundle, each.product, each.kind, each.day, each.n, each.last))

    def add_facts(self, bundle: bytes | None, facts: Facts) -> None:
        """Take the rest of what one accepted event says."""
        if facts.catalogue is not None:
            self.shelf.add(facts.catalogue)
        if facts.cancellation is not None:
            self._refunds.append((bundle, facts.cancellation))
        self._refunds += [(bundle, refund) for refund in facts.refunds]
        if facts.order is not None:
            key = (facts.order.space, facts.order.order_id, bundle or b"")
            self._reports.setdefault(key, []).append(facts.order)
        if bundle is not None:
            self._consents += [(bundle, word) for word in facts.consents]

    def write(self, connection: Connection, later: Later, known: Mapping[bytes, bytes], new: Container[bytes]) -> None:
        """Have everything merged into the tables.

        `known` are the fragments of the bundles as they stood; of `new` bundles the tables hold nothing at all.
        """
        self._write_fragments(connection, later, known, new)
        self._write_interactions(connection, later, new)
        later.do(self.shelf.write, connection)
        later.do(
            copy_rows, connection, queries.COPY_REFUNDS, queries.REFUND_TYPES, list(map(_refund_row, self._refunds))
        )
        consents = [_consent_row(*each) for each in self._consents]
        if consents:
            later.do(connection.cursor().executemany, queries.PUT_CONSENT, consents)
        if self._reports:
            later.do(self._write_orders, connection)

    def _write_fragments(
        self, connection: Connection, later: Later, known: Mapping[bytes, bytes], new: Container[bytes]
    ) -> None:
        for bundle, body in known.items():
            said = self._encoded.get(bundle)
            if said is not None:
                merged = merge(decode(body), decode(said[0]), self._bounds)
                self._encoded[bundle] = encode(merged), search_name(merged)
        rows = sorted((bundle, *said) for bundle, said in self._encoded.items())
        fresh = [fragment_row(*row) for row in rows if row[0] in new]
        later.do(copy_packed, connection, queries.COPY_FRAGMENTS, fresh)
        old = [each for each in rows if each[0] not in new]
        if old:
            bundles, bodies, names = zip(*old, strict=True)
            values = byteas(bundles), byteas(bodies), texts(names)
            later.do(connection.execute, queries.PUT_FRAGMENTS, values)

    def _write_interactions(self, connection: Connection, later: Later, new: Container[bytes]) -> None:
        rows = sorted(self._interactions)
        fresh = [interaction_row(*row) for row in rows if row[0] in new]
        later.do(copy_packed, connection, queries.COPY_INTERACTIONS, fresh)
        old = [row for row in rows if row[0] not in new]
        if old:
            bundles, products, kinds, days, counts, lasts = zip(*old, strict=True)
            keys = byteas(bundles), texts(products), texts(kinds), int4s(days)
            later.do(connection.execute, queries.ADD_INTERACTIONS, (*keys, int8s(counts), int8s(lasts)))

    def _write_orders(self, connection: Connection) -> None:
        cursor = connection.cursor(binary=True)
        cursor.execute(queries.GET_REPORTS, _columns(list(self._reports), 3))
        for space, order_id, bundle, body in cursor:
            self._reports[space, order_id, bundle].extend(decode_reports(body))
        rows = [(*key, encode_reports(essential(reports))) for key, reports in sorted(self._reports.items())]
        _put(connection, queries.PUT_REPORTS, rows, 4)


def known_fragments(connection: Connection, bundles: Collection[bytes]) -> dict[bytes, bytes]:
    """The encoded fragments of those of these bundles that have one."""
    cursor = connection.cursor(binary=True)
    return dict(cursor.execute(queries.GET_FRAGMENTS, (keys(bundles),)).fetchall())


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
