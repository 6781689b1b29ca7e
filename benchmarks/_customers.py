"""Customers in an installation's derived tables without its pipeline: rows as the pipeline writes them, by COPY.

Each customer has four identifiers in four bundles; what a server said of her bears her name, as most servers do.
"""

import json
from collections.abc import Iterable, Iterator
from random import Random

from psycopg import sql

from regulars.app import App
from regulars.identity.bundle import identifier_key
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.profiles.fragment import Day, Fragment, encode
from regulars.profiles.names import search_name
from regulars.profiles.registers import CartRegister, TraitRegister
from regulars.simulation.names import FIRST, LAST, email, loyalty_id, mobile, scramble, user_id
from regulars.storage.database import Connection
from regulars.storage.queries import copy_rows
from regulars.storage.versions import DERIVED_SCHEMA

KEY = 7
BUNDLES = 4
EACH = 10_000
DAY = 86_400_000_000
END = 20_500 * DAY
MONTHS = 730 * DAY
"""Times are within the 24 months before `END`, in microseconds since 1970 UTC."""

TYPES = {
    "identifiers": ("bytea", "text", "text", "text", "int2", "bool", "int8", "text", "bytea"),
    "bundles": ("bytea", "int2", "bytea[]", "text", "bytea"),
    "members": ("bytea", "bytea", "bool"),
    "evidence": ("bytea", "text", "int8", "int8", "int8"),
    "fragments": ("bytea", "bytea", "text"),
    "events": ("bytea", "int8", "int8", "text", "text", "text", "int2", "text", "text", "text", "bytea"),
}
Rows = dict[str, list[tuple[object, ...]]]


def full_name(person: int) -> tuple[str, str]:
    """Her first and last name; about 80 of 250,000 customers share both."""
    number = scramble(person, KEY, 1_000, 1_000)
    return FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]


def identifiers(person: int) -> tuple[Identifier, ...]:
    """What she is known by: account, e-mail, card or (every other one) mobile number, browser."""
    first, last = full_name(person)
    third = Identifier("loyalty_id", "main", loyalty_id(person, KEY))
    if person % 2:
        third = Identifier("phone", "", mobile(person, KEY))
    mail = Identifier("email", "", email(first, last, person, KEY, 0))
    cookie = Identifier("anonymous_id", "shop", f"{scramble(person, KEY ^ 9, 10_000, 10_000):08x}-9a1c-4e7b-b2d0")
    return Identifier("user_id", "main", user_id(person, KEY)), mail, third, cookie


def customer(person: int, secret: Secret) -> bytes:
    """Her customer id."""
    return secret.mac("customer", str(person))


def load(app: App, customers: int, bundles: int, events: int) -> bytes:
    """Fill the tables with so many customers; returns the id of one more, who has so many bundles and events."""
    with app.connect() as connection:
        indexes = _without_indexes(connection)
        for start in range(0, customers, EACH):
            rows: Rows = {name: [] for name in TYPES}
            for person in range(start, min(customers, start + EACH)):
                _person(rows, person, app.secret)
            _copy(connection, rows)
        id = _busy(connection, app.secret, customers, bundles, events)
        for definition in indexes:
            connection.execute(definition.encode())
        connection.execute("VACUUM (ANALYZE)")
    return id


def _without_indexes(connection: Connection) -> list[str]:
    """Drop the secondary indexes of the filled tables; returns what makes them again."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = ANY(%s) "
        "AND indexname NOT LIKE '%%_pkey'",
        (DERIVED_SCHEMA, list(TYPES)),
    ).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(DERIVED_SCHEMA, name)))
    return [definition for _, definition in found]


def _person(rows: Rows, person: int, secret: Secret) -> None:
    user, mail, third, cookie = identifiers(person)
    id = customer(person, secret)
    keys = {each: identifier_key(each, secret) for each in (user, mail, third, cookie)}
    first = END - MONTHS + scramble(person, KEY ^ 8, 10_000, 10_000) * (MONTHS // 100_000_000)
    for each, key in keys.items():
        server = each is not cookie
        rows["identifiers"].append((key, each.type, each.space, each.value, 1, server, first, "person", id))
    names = full_name(person)
    said = {"firstName": names[0], "lastName": names[1]}
    _bundle(rows, secret, id, [keys[user], keys[mail], keys[third]], first, "shop", 1, said)
    till = {"name": " ".join(names)} if person % 2 else {}
    _bundle(rows, secret, id, [keys[third]], first + DAY, "till", 1, till)
    _bundle(rows, secret, id, [keys[user], keys[cookie]], first, "site", 0, {"firstName": names[0]})
    _bundle(rows, secret, id, [keys[cookie]], first, "site", 0, {})


def _bundle(
    rows: Rows, secret: Secret, id: bytes, members: list[bytes], first: int, source: str, trust: int,
    said: dict[str, str],
) -> bytes:  # fmt: skip
    key = secret.mac("bench", source, *(member.hex() for member in members))
    last = min(END, first + DAY * 200)
    rows["bundles"].append((key, trust, list(members), "", id))
    rows["members"] += [(member, key, True) for member in members]
    rows["evidence"].append((key, source, 5, first, last))
    registers = {name: TraitRegister(0, last, "m-1", source, json.dumps(word).encode()) for name, word in said.items()}
    days = {str(last // DAY): Day(1 << 20, {"web": 3}), str(first // DAY): Day(1 << 22, {"web": 2})}
    server, client = (registers, {}) if trust else ({}, registers)
    channels = {"store" if source == "till" else "web": last}
    stores = {str(int.from_bytes(key[:2]) % 200): last} if source == "till" else {}
    # One browser in ten has left something in its cart.
    cart = {f"p-{key[0]}": CartRegister(last, "m-1", source, True)} if not trust and key[0] < 26 else {}
    fragment = Fragment(
        1 + trust, False, first, last, server, client, channels, channels, stores, stores, days=days, cart=cart
    )  # fmt: skip
    rows["fragments"].append((key, encode(fragment), search_name(fragment)))
    rows["events"] += [_event(key, last, source, trust, n) for n in range(trust)]
    return key


def _event(bundle: bytes, time: int, source: str, trust: int, n: int) -> tuple[object, ...]:
    body = {
        "properties": {"product_id": f"p-{n % 5000}", "name": "A fine thing", "price": 12.5, "currency": "EUR"},
        "context": {
            "library": {"name": "analytics.js", "version": "2.1.0"},
            "page": {"path": f"/p/{n % 5000}", "title": "A fine thing", "url": f"https://shop.example/p/{n % 5000}"},
        },
    }
    return (
        bundle, time, time, "track", "Product Viewed", source, trust, f"m-{n}", "", "", json.dumps(body).encode()
    )  # fmt: skip


def _busy(connection: Connection, secret: Secret, person: int, bundles: int, events: int) -> bytes:
    """One customer whose browsers came and went: so many bundles, so many events spread over 24 months."""
    rows: Rows = {name: [] for name in TYPES}
    id = customer(person, secret)
    user = Identifier("user_id", "main", "busy")
    keys = [identifier_key(user, secret)]
    rows["identifiers"].append((keys[0], *_fields(user), 1, True, END - MONTHS, "person", id))
    found = []
    for number in range(bundles):
        cookie = Identifier("anonymous_id", "shop", f"busy-{number}")
        key = identifier_key(cookie, secret)
        rows["identifiers"].append((key, *_fields(cookie), 1, False, END - MONTHS, "hop", id))
        found.append(_bundle(rows, secret, id, [keys[0], key], END - MONTHS, "site", 0, {}))
    random = Random(1)
    step = MONTHS // events
    for n in range(events):
        # Each browser is used for some months, and now and then later on.
        near = n * bundles // events + random.randrange(-10, 11)
        key = found[min(bundles - 1, max(0, near)) if random.random() < 0.9 else random.randrange(bundles)]
        rows["events"].append(_event(key, END - MONTHS + n * step, "site", 0, n))
    _copy(connection, rows)
    return id


def _fields(identifier: Identifier) -> tuple[str, str, str]:
    return identifier.type, identifier.space, identifier.value


def _copy(connection: Connection, rows: Rows) -> None:
    for table, types in TYPES.items():
        names = _columns(connection, table)
        query = f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)"
        copy_rows(connection, query, types, rows[table])


def _columns(connection: Connection, table: str) -> Iterator[str]:
    rows: Iterable[tuple[str]] = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attidentity = '' "
        "AND NOT attisdropped ORDER BY attnum",
        (table,),
    ).fetchall()
    return (name for (name,) in rows)
