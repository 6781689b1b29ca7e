"""An installation for tests: a prepared database, a log to append to, and a pipeline to step through it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

import regulars.app
from regulars.collection.receive import receive
from regulars.context import Context
from regulars.identity.blocked import Policy
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust
from regulars.pipeline import Pipeline
from regulars.storage import database, log
from regulars.storage.queries import start_cursor
from regulars.storage.sources import register

KEY = bytes(range(32))
SECRET = Secret(KEY)
POLICY = Policy()
SHOP = Source("shop", Trust.SERVER, "shop", 5)
SITE = Source("site", Trust.CLIENT, "shop")
TILL = Source("till", Trust.SERVER, "till", 1)
RECEIVED = 1_773_480_900_000_000  # 2026-03-14T09:35:00Z

T = TypeVar("T")
AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


class Installation:
    """One database with everything it takes to fill and read it."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.secret = SECRET
        regulars.app.schema().prepare(conninfo)
        self.connection = database.connect(conninfo, autocommit=True)
        for source in (SHOP, SITE, TILL):
            register(self.connection, source)
        self.context = Context(SECRET)
        start_cursor(self.connection, self.context.rules_name)
        self.pipeline = Pipeline(self.connection, self.context)
        self._sent = 0

    def send(self, source: Source, *items: dict[str, Any] | bytes, call: str = "batch") -> None:
        """Append one batch as the source would send it, and take it in; times default to one second apart."""
        written = []
        for item in items:
            self._sent += 1
            if isinstance(item, dict):
                item = {"messageId": f"m-{self._sent}", "timestamp": _time(self._sent), **item}
            written.append(item if isinstance(item, bytes) else json.dumps(item).encode())
        body = b'{"batch":[' + b",".join(written) + b"]}" if call in ("batch", "import") else written[0]
        frame = receive(source, call, body, "", RECEIVED)
        log.append(self.connection, [[frame]])
        self.step()

    def step(self) -> None:
        """Take in all that the log holds."""
        while self.pipeline.step():
            pass

    def read(self, run: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run something that reads, on a connection of its own."""

        async def within() -> T:
            connection = await psycopg.AsyncConnection.connect(self.conninfo, options=database.options())
            async with connection:
                return await run(connection)

        return asyncio.run(within())

    def holder(self, type_: str, value: str) -> bytes | None:
        """Who holds an identifier now."""
        row = self.connection.execute(
            "SELECT customer FROM identifiers WHERE type = %s AND value = %s", (type_, value)
        ).fetchone()
        assert row is not None, f"{type_}:{value} is not known"
        return None if row[0] is None else bytes(row[0])

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def identify(user: str = "", anonymous: str = "", **traits: Any) -> dict[str, Any]:
    """An identify call."""
    return {"type": "identify", **_who(user, anonymous), "traits": traits}


def track(event: str, user: str = "", anonymous: str = "", **properties: Any) -> dict[str, Any]:
    """A track call; `traits` among the properties go to the context."""
    traits = properties.pop("traits", None)
    context = {"context": {"traits": traits}} if traits else {}
    return {"type": "track", "event": event, **_who(user, anonymous), "properties": properties, **context}


def _who(user: str, anonymous: str) -> dict[str, str]:
    return {name: value for name, value in (("userId", user), ("anonymousId", anonymous)) if value}


def _time(n: int) -> str:
    return f"2026-03-14T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z"
