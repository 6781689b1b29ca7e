"""How fast the shop floor answers on the whole demo: from a scan to the whole page of the customer.

A scan is a form that is posted, and the page that its answer leads to; all one after the other, as one associate works.
Cards, receipts and phone numbers lead to the customer at once; of a name the list is shown, and the first is opened.
`p95_ms` is over all four kinds, `ratio` is `p95_ms` to that of two requests of `/healthz`. The aim is 2,000 ms.
With DATA, a folder in which `regulars up` runs with the demo (at PORT); else it is started in a temporary folder, which
takes some minutes.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from _bench import PORT, percentile, result

from regulars.app import App
from regulars.model.user import Role
from regulars.settings import load
from regulars.storage import database, users
from regulars.storage.inspection import behind
from regulars.storage.sessions import start_session
from regulars.web.security import csrf_token

EACH = 100
KNOWN = """
SELECT value FROM identifiers WHERE type = %s AND standing = 'person' ORDER BY key LIMIT %s
"""
NAMED = "SELECT name FROM customers WHERE name <> '' ORDER BY id LIMIT %s"
RECEIPTS = "SELECT order_id FROM orders ORDER BY md5(order_id) LIMIT %s"
STORE = "SELECT id FROM catalogue WHERE kind = 'store' ORDER BY id LIMIT 1"


@contextmanager
def demo() -> Iterator[tuple[App, int]]:
    """The demo, all of it taken in, and its port."""
    if len(sys.argv) > 1:
        yield App(load(Path(sys.argv[1]), {})), int(sys.argv[2]) if len(sys.argv) > 2 else 8765
        return
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        argv = [sys.executable, "-m", "regulars", "up", "--data", folder, "--port", str(PORT)]
        process = subprocess.Popen(argv, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            while not Path(folder, "demo.imported").exists():
                if process.poll() is not None:
                    raise SystemExit("the demo ended as it started; run `regulars up` by hand to see why")
                time.sleep(1)
            app = App(load(Path(folder), {}))
            with app.connect() as connection:
                while behind(connection)[0]:
                    time.sleep(1)
            yield app, PORT
        finally:
            process.terminate()
            process.wait(60)


async def session(app: App) -> str:
    """The token of an associate who is signed in and works in a store."""
    async with await psycopg.AsyncConnection[tuple[Any, ...]].connect(
        app.conninfo, options=database.options()
    ) as connection:
        id = await users.add_user(connection, f"floor-{time.time_ns()}@shop.example", "Ada Associate", Role.ASSOCIATE)
        assert id is not None
        await users.change(connection, id, password="none")
        return await start_session(connection, id, "benchmark")


class Associate:
    """One connection, signed in."""

    def __init__(self, app: App, token: str, port: int) -> None:
        self._cookie = f"session={token}"
        self._csrf = csrf_token(app.secret, token)
        self._port = port

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self, method: str, path: str, **form: str) -> tuple[int, dict[str, str], bytes]:
        """One request; its status, headers and body."""
        body = urllib.parse.urlencode({"csrf": self._csrf, **form}).encode() if method == "POST" else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self._cookie}\r\n"
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        return int(lines[0].split()[1]), headers, await self._reader.readexactly(int(headers["content-length"]))

    async def scan(self, text: str) -> bool:
        """From the scan to the page; False where it led to nobody."""
        status, headers, body = await self.ask("POST", "/floor", q=text)
        to = headers.get("location", "")
        if status == 200:
            found = body.decode().partition('href="/floor/')[2][:32]
            to = f"/floor/{found}" if len(found) == 32 and found.isalnum() else ""
        if not to:
            return False
        status, _, _ = await self.ask("GET", to)
        if status != 200:
            raise SystemExit(f"{to} answered {status}")
        return True


async def timed(associate: Associate, texts: list[str]) -> list[float]:
    """Milliseconds of each scan that led to somebody."""
    took = []
    for text in texts:
        began = time.perf_counter()
        if await associate.scan(text):
            took.append(1000 * (time.perf_counter() - began))
    return took


async def measure(app: App, port: int) -> dict[str, float]:
    """The figures."""
    with app.connect() as connection:

        def column(query: str, *values: object) -> list[str]:
            return [str(row[0]) for row in connection.execute(query.encode(), values)]

        kinds = {
            "card": column(KNOWN, "loyalty_id", EACH), "phone": column(KNOWN, "phone", EACH),
            "name": column(NAMED, EACH), "receipt": column(RECEIPTS, EACH),
        }  # fmt: skip
        (store,) = column(STORE)
    associate = Associate(app, await session(app), port)
    await associate.open()
    status, _, _ = await associate.ask("POST", "/floor/store", store=store)
    if status != 303:
        raise SystemExit(f"the store cannot be chosen: {status}")
    floor = []
    for _ in range(2 * EACH):
        began = time.perf_counter()
        await associate.ask("GET", "/healthz")
        await associate.ask("GET", "/healthz")
        floor.append(1000 * (time.perf_counter() - began))
    everything: list[float] = []
    figures: dict[str, float] = {}
    for kind, texts in kinds.items():
        took = await timed(associate, texts)
        if not took:
            raise SystemExit(f"no {kind} led to anybody")
        print(f"{kind}: {len(took)} of {len(texts)} scans led to somebody, at most {max(took):.0f} ms")
        figures[f"{kind}_p95_ms"] = percentile(took, 0.95)
        everything += took
    p95 = percentile(everything, 0.95)
    return {
        "p50_ms": percentile(everything, 0.5), "p95_ms": p95, "max_ms": max(everything), **figures,
        "ratio": p95 / percentile(floor, 0.95),
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    with demo() as (app, port):
        result(**asyncio.run(measure(app, port)))


if __name__ == "__main__":
    main()
