import asyncio

import pytest

from regulars.storage.awaited import awaited, finish
from regulars.storage.database import connect


def test_what_waits_for_anything_else_is_refused() -> None:
    with pytest.raises(RuntimeError, match="waits for something else"):
        finish(asyncio.sleep(0))


def test_a_failing_query_fails(database: str) -> None:
    with connect(database) as connection, pytest.raises(Exception, match="nonsense"):
        finish(awaited(connection).execute("SELECT nonsense"))


def test_what_is_not_committed_is_read(database: str) -> None:
    async def read() -> list[object]:
        reading = awaited(connection)
        cursor = await reading.cursor(binary=True).execute("SELECT n FROM numbers ORDER BY n")
        first = await cursor.fetchone()
        rest = [row async for row in cursor]
        again = await (await reading.execute("SELECT count(*) FROM numbers")).fetchall()
        return [first, rest, again]

    with connect(database) as connection:
        connection.execute("CREATE TABLE numbers (n integer)")
        connection.execute("INSERT INTO numbers VALUES (1), (2), (3)")
        assert finish(read()) == [(1,), [(2,), (3,)], [(3,)]]
