"""What the benchmarks share: an installation of their own, generated calls, a raw HTTP client, and the last line."""

import asyncio
import base64
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from regulars.app import App
from regulars.settings import load
from regulars.storage.sources import create_key

PORT = 18_765
BEGIN = datetime(2025, 1, 1)
YEAR = 365 * 86_400


@contextmanager
def installation() -> Iterator[App]:
    """A prepared installation in a temporary folder, its PostgreSQL running, nothing else."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        app = App(load(folder, {}), create=True)
        cluster = app.cluster()
        assert cluster is not None
        cluster.start()
        try:
            app.prepare()
            yield app
        finally:
            cluster.stop()


@contextmanager
def serving(app: App, *roles: str) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The named roles as processes of their own, the web server answering."""
    running = {}
    for role in roles:
        port = ["--port", str(PORT)] if role == "web" else []
        argv = [sys.executable, "-m", "regulars", "serve", role, "--data", str(app.folder.path), *port]
        running[role] = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    try:
        while "web" in roles and not _answers():
            if running["web"].poll() is not None:
                raise SystemExit("the web server ended as it started; run it by hand to see why")
            time.sleep(0.05)
        yield running
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(30)


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def key(app: App, kind: str = "secret", source: str = "bench") -> str:
    """A fresh key."""
    with app.connect() as connection:
        return create_key(connection, kind, source)


def call(number: int, person: int, device: int, second: int) -> dict[str, Any]:
    """One tracking call of about 475 bytes, as browsers and servers send them, so many seconds after the year began."""
    item: dict[str, Any] = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"m-{number}",
        "timestamp": (BEGIN + timedelta(seconds=second)).isoformat(timespec="milliseconds") + "Z",
        "userId": f"u-{person}",
        "anonymousId": f"a-{person}-{device}",
        "context": {
            "library": {"name": "analytics.js", "version": "2.1.0"},
            "page": {
                "path": f"/p/{number % 5000}",
                "title": "A fine thing",
                "url": f"https://shop.example/p/{number % 5000}",
            },
        },
        "properties": {"product_id": f"p-{number % 5000}", "name": "A fine thing", "price": 12.5, "currency": "EUR"},
    }
    if person % 3 == 0 and number % 4 == 0:
        item["context"]["traits"] = {"email": f"person{person}@mail.example", "firstName": "Ada"}
    return item


def bodies(events: int, persons: int, each: int = 100, seed: int = 1) -> Iterator[bytes]:
    """Batch bodies of `each` calls, in which people come again and again for visits of one to three calls."""
    random = Random(seed)
    calls = visits(events, persons, random)
    while batch := list(islice(calls, each)):
        yield json.dumps({"batch": batch}, separators=(",", ":")).encode()


def visits(events: int, persons: int, random: Random) -> Iterator[dict[str, Any]]:
    """Calls in the order in which they happen, a year long; one visit in seven is made with another device."""
    number = 0
    while number < events:
        person, device = random.randrange(persons), int(random.random() < 1 / 7)
        for _ in range(min(random.randint(1, 3), events - number)):
            yield call(number, person, device, YEAR * number // events)
            number += 1


def request(path: str, key: str, body: bytes) -> bytes:
    """A whole HTTP request."""
    authorization = base64.b64encode(f"{key}:".encode()).decode()
    fields = ("Host: x", f"Authorization: Basic {authorization}", f"Content-Length: {len(body)}", "", "")
    return "\r\n".join((f"POST {path} HTTP/1.1", *fields)).encode() + body


async def drive(requests: list[bytes], connections: int, per_second: float = 0) -> list[float]:
    """Send these requests over so many connections; seconds until each answer, all of which must be 200.

    With `per_second`, requests are due at a steady pace, and the time counts from when each was due, however long it
    had to wait for a connection; where one was free, from when it was sent: a client that wakes up late is no server's
    fault.
    """
    queue = iter(enumerate(requests))
    took: list[float] = []
    started = time.perf_counter()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        for number, data in queue:
            begun = time.perf_counter()
            due = started + number / per_second if per_second else begun
            if due > begun:
                await asyncio.sleep(due - begun)
                begun = time.perf_counter()
            else:
                begun = due
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            took.append(time.perf_counter() - begun)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{head!r} {answer!r}")
        writer.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return took


def percentile(values: list[float], share: float) -> float:
    """The value at or below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def result(**figures: float) -> None:
    """The last line: one JSON object."""
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))


def rss_mb(*pids: int) -> float:
    """The largest resident memory so far of these processes together, in MB."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1])
    return total / 1024
