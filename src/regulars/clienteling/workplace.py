"""The store at which somebody works: chosen once, kept for the user, and asked for again when it is gone."""

from typing import Any

import psycopg

from regulars.catalogue.reader import stores
from regulars.clienteling import queries
from regulars.model.store import Store

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


async def workplace(connection: Connection, user: int) -> Store | None:
    """The store that a user chose, while the catalogue knows it; None where none is chosen."""
    row = await (await connection.execute(queries.STORE_OF, (user,))).fetchone()
    return None if row is None else (await stores(connection, [row[0]])).get(row[0])


async def choose(connection: Connection, user: int, store: str, now: int) -> Store | None:
    """Have a user work at a store from `now` (microseconds since 1970 UTC); None where there is no such store."""
    found = (await stores(connection, [store])).get(store)
    if found is not None:
        await connection.execute(queries.CHOOSE_STORE, (user, store, now))
    return found
