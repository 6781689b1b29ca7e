"""Events and what follows from them, brought from a snapshot into the lake: events, orders, consents, people."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from regulars.lake import queries
from regulars.lake.discreet import NOTHING, Own
from regulars.lake.discreet import word as discreet
from regulars.lake.event_rows import EventRows, event_rows
from regulars.lake.order_rows import TABLES as ORDER_TABLES
from regulars.lake.order_rows import order_rows
from regulars.lake.people_rows import bundle_row
from regulars.lake.reading import Reader
from regulars.lake.writing import Gathered, gathering
from regulars.model.consent import GIVEN, WITHDRAWN
from regulars.model.source import Trust
from regulars.profiles.consents import WORDS
from regulars.profiles.order_reader import weigh
from regulars.storage.binary import byteas
from regulars.storage.lake.shelf import Shelf
from regulars.storage.sources import Sources

OrderKey = tuple[str, str]


class Touched:
    """Whose facts a run of events adds to: bundles, those of them with a word of consent, and orders."""

    def __init__(self) -> None:
        self.bundles: set[bytes] = set()
        self.consenting: set[bytes] = set()
        self.orders: set[OrderKey] = set()

    def see(self, stored: Sequence[Any], rows: EventRows | None) -> None:
        """Take note of one event; a bot's speaks of nobody, but its bundle is there."""
        bundle, name = stored[1], stored[4]
        if bundle is not None:
            self.bundles.add(bundle)
            if name in WORDS:
                self.consenting.add(bundle)
        if rows is not None and rows.order is not None:
            self.orders.add(rows.order)


class Facts:
    """Brings what one snapshot holds into a shelf."""

    def __init__(self, reader: Reader, shelf: Shelf, sources: Sources) -> None:
        self._reader = reader
        self._shelf = shelf
        self._sources = sources

    def events(self, after: int, until: int, known: int) -> Touched:
        """Add the events behind an id, up to another; tells whom those touch that come behind `known`."""
        touched = Touched()
        with gathering(self._shelf, "events", "interactions") as gathered:
            for rows in self._reader.parts(queries.EVENTS, after, until):
                for stored, found in self._event_rows(rows):
                    if stored[0] > known:
                        touched.see(stored, found)
                    _put_event(gathered, found)
        return touched

    def events_again(self, keys: Iterable[bytes], nobodys: bool, until: int) -> None:
        """Add the events of these bundles once more, and nobody's; what was there of them is taken out already."""
        with gathering(self._shelf, "events", "interactions") as gathered:
            for rows in self._all_of(keys, nobodys, until):
                for _, found in self._event_rows(rows):
                    _put_event(gathered, found)

    def orders(self, keys: Iterable[OrderKey] | None) -> None:
        """Put these orders, or all, as they stand now; what was there of them is taken out already."""
        told = self._all_orders() if keys is None else keys
        with gathering(self._shelf, *ORDER_TABLES) as gathered:
            for reports, refunds in self._reader.orders(told):
                for weighed in weigh(reports, refunds):
                    for table, row in order_rows(weighed):
                        gathered.put(table, row)

    def consents(self, keys: Iterable[bytes] | None) -> None:
        """Put the consents of these bundles, or all; what was there of them is taken out already."""
        reader = self._reader
        parts = reader.parts(queries.ALL_CONSENTS) if keys is None else reader.of(queries.CONSENTS_OF, keys)
        with gathering(self._shelf, "consents") as gathered:
            for rows in parts:
                for bundle, purpose, channel, withdrawn, time in rows:
                    word = WITHDRAWN if withdrawn else GIVEN
                    named, _, topic = purpose.partition("/")
                    said = {"purpose": discreet(named), "channel": discreet(channel), "word": word, "time": time}
                    if topic:
                        said["topic"] = discreet(topic)
                    gathered.put("consents", {"bundle": bundle.hex(), **said})

    def people(self, keys: Iterable[bytes] | None) -> None:
        """Put these bundles, or all, as they are now; what was there of them is taken out already."""
        reader = self._reader
        parts = reader.parts(queries.ALL_BUNDLES) if keys is None else reader.of(queries.BUNDLES_OF, keys)
        with gathering(self._shelf, "stated") as gathered:
            for rows in parts:
                for key, customer, body, kind in rows:
                    gathered.put("stated", bundle_row((key, customer, body, kind)))

    def _all_orders(self) -> Iterator[OrderKey]:
        for rows in self._reader.parts(queries.ORDER_KEYS):
            yield from rows

    def _all_of(self, keys: Iterable[bytes], nobodys: bool, until: int) -> Iterator[list[tuple[Any, ...]]]:
        if nobodys:
            yield from self._reader.parts(queries.NOBODYS_EVENTS, until)
        for part in keys_in_parts(keys):
            yield from self._reader.parts(queries.EVENTS_OF, byteas(part), until)

    def _event_rows(self, rows: list[Any]) -> Iterator[tuple[Any, EventRows | None]]:
        bundles = {row[1] for row in rows if row[1] is not None}
        own = {key: Own(values) for key, values in self._reader.all(queries.OWN, byteas(bundles))}
        for stored in rows:
            source = self._sources.of(stored[5], Trust(stored[6]))
            yield stored, event_rows(stored, source, own.get(stored[1], NOTHING))


def keys_in_parts(keys: Iterable[bytes], size: int = 200) -> Iterator[list[bytes]]:
    """Keys, so few at a time that what hangs on them is not too much at once."""
    part: list[bytes] = []
    for key in keys:
        part.append(key)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _put_event(gathered: Gathered, rows: EventRows | None) -> None:
    if rows is not None:
        gathered.put("events", rows.event)
        for each in rows.interactions:
            gathered.put("interactions", each)
