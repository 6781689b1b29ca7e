"""The catalogue put right after events are gone or changed: what rested on them is folded anew from what is left.

Registers do not tell what stood behind the word that won, so a thing is folded anew as a whole.
"""

from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from regulars.catalogue import queries
from regulars.catalogue.registers import decode
from regulars.catalogue.seen import MENTIONS, Sightings, mentions_of
from regulars.catalogue.shelf import Shelf
from regulars.catalogue.words import NAMES, words_of
from regulars.model.catalogue import PRODUCT, VARIANT, CatalogueWords
from regulars.model.event import Event
from regulars.model.parts import Erasure
from regulars.model.rejection import Refused
from regulars.model.source import Trust
from regulars.storage.database import Connection
from regulars.storage.sources import Sources

MANY = 10_000
"""How many events are held at a time."""

Message = tuple[str, int, str]
"""A message's source, trust and id."""

Key = tuple[str, str]
"""The kind and id of a thing; a variant goes with its product."""


class _Body(msgspec.Struct):
    properties: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode


def erase_seen(connection: Connection, erasure: Erasure) -> dict[str, int]:
    """Forget mentions of products filed under the bundles; a part of `app.ERASE`, for `mend_seen` to complete."""
    return {"seen_products": connection.cursor().execute(queries.LOSE_OF, (erasure.bundles,)).rowcount}


def mend_seen(connection: Connection, sources: Sources) -> int:
    """Find the first mention that is left of each product whose first was lost; returns how many products these were.

    To be called once events were removed and others taken in anew, in the same transaction; costs next to nothing
    where none is lost, else it reads all events that mention products.
    """
    connection.execute(queries.LOSE_NAMELESS)
    lost = frozenset(row[0] for row in connection.execute(queries.LOST))
    if not lost:
        return 0
    for events in _parts(connection, sources, sorted(MENTIONS)):
        sightings = Sightings()
        for event, bundle in events:
            mentions = mentions_of(event)
            if mentions is not None:
                sightings.see(mentions, bundle)
        sightings.only(lost)
        sightings.write(connection)
    connection.execute(queries.FORGET_LOST)
    connection.execute(queries.FOUND)
    return len(lost)


def lose_mentions(connection: Connection, messages: Collection[Message]) -> None:
    """Forget mentions of products by these messages, for `mend_seen` to complete."""
    if messages:
        names, trusts, ids = (list(column) for column in zip(*messages, strict=True))
        connection.execute(queries.LOSE_BY, (names, [trust == Trust.CLIENT for trust in trusts], ids))


def unsay(connection: Connection, sources: Sources, messages: Collection[Message], currency: str) -> int:
    """Take back what these messages said; returns how many things were folded anew.

    Their events must be gone from `events`; whatever of them is left may be folded afterwards as if it had come newly.
    `currency` is that of the settings.
    """
    said = {(source, id) for source, trust, id in messages if trust == Trust.SERVER}
    things = _resting_on(connection, said)
    if things:
        _fold_anew(connection, sources, things, currency)
    return len(things)


def _resting_on(connection: Connection, said: set[tuple[str, str]]) -> set[Key]:
    """The things of which any part is the word of one of these (source, message id)."""
    found: set[Key] = set()
    with connection.cursor("catalogue_things", binary=True) as cursor:
        cursor.itersize = MANY
        for kind, id, body in cursor.execute(queries.ALL_THINGS):
            registers = decode(body)
            # Of a thing that was only named nothing tells by whom.
            if not registers or any((each.source, each.message_id) in said for each in registers.values()):
                found.add((PRODUCT if kind == VARIANT else kind, id))
    columns = [source for source, _ in said], [id for _, id in said]
    found.update((PRODUCT, row[0]) for row in connection.execute(queries.PRODUCTS_BY, (*columns, *columns)))
    return found


def _fold_anew(connection: Connection, sources: Sources, things: set[Key], currency: str) -> None:
    connection.execute(queries.FORGET_THINGS, ([kind for kind, _ in things], [id for _, id in things]))
    products = [id for kind, id in things if kind == PRODUCT]
    for query in queries.FORGET_OF_PRODUCTS:
        connection.execute(query, (products,))
    for events in _parts(connection, sources, sorted(NAMES)):
        shelf = Shelf()
        for event, _ in events:
            words = _words(event, currency)
            if words is not None:
                shelf.add(_about(words, things))
        shelf.write(connection)


def _words(event: Event, currency: str) -> CatalogueWords | None:
    try:
        return words_of(event, currency)
    except Refused:
        return None


def _about(words: CatalogueWords, things: set[Key]) -> CatalogueWords:
    """What of it is about these things."""

    def wanted(kind: str, id: str) -> bool:
        return (PRODUCT if kind == VARIANT else kind, id) in things

    return CatalogueWords(
        words.rank,
        tuple(each for each in words.things if wanted(each.kind, each.id)),
        tuple(each for each in words.amounts if wanted(PRODUCT, each.product)),
        tuple(each for each in words.stock if wanted(PRODUCT, each.product)),
    )


def _parts(connection: Connection, sources: Sources, names: list[str]) -> Iterator[list[tuple[Event, bytes | None]]]:
    """The accepted events of these names with their bundles, a bounded number at a time."""
    with connection.cursor("catalogue_events", binary=True) as cursor:
        cursor.itersize = MANY
        cursor.execute(queries.EVENTS_NAMED, (names,))
        while rows := cursor.fetchmany(MANY):
            yield [(_event(row, sources), row[0]) for row in rows]


def _event(row: tuple[Any, ...], sources: Sources) -> Event:
    """As much of an event as the catalogue reads."""
    _, time, received, name, source, trust, message_id, origin, flags, body = row
    return Event(
        sources.of(source, Trust(trust)),
        message_id, "track", name, time, received, "", "", "", "", {}, _body(body).properties, {}, (), origin,
        "bot" in flags.split(), b"",
    )  # fmt: skip
