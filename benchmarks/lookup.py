"""How fast one customer is found among 250,000 with 1,000,000 identifiers, and how fast her timeline is read.

`identifier_p99_ms`: whole identifiers at a steady 200 requests/s; `search_p95_ms`: parts of names, e-mails, numbers and
cards, one in four misspelt; `timeline_p95_ms`: pages of 50 of a customer with 200 bundles and 20,000 events over 24
months, from the newest to the oldest. Beside each stands the same figure of `/healthz`, at the same pace in the same
run: what HTTP alone costs. Rows come by COPY, not through the pipeline.
"""

import asyncio
import json
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote

from _bench import PORT, installation, key, percentile, result, serving
from _customers import full_name, identifiers, load

CUSTOMERS = 250_000
BUNDLES = 200
EVENTS = 20_000
LOOKUPS = 6_000
PER_SECOND = 200
SEARCHES = 50
"""How many of each kind."""
PAGE = 50


class Client:
    """One connection that is kept open; counts the time from the first byte sent to the last one read."""

    def __init__(self, secret: str) -> None:
        self._key = b64encode(f"{secret}:".encode()).decode()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[float, dict[str, Any]]:
        """Seconds, and the answer. Raises RuntimeError for any status but 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", PORT)
        reader, writer = self._streams
        started = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {self._key}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        took = time.perf_counter() - started
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path}: {head!r} {body!r}")
        return took, json.loads(body)


async def steadily(secret: str, paths: list[str], connections: int = 16) -> list[float]:
    """Ask for these paths at `PER_SECOND`; seconds counted from when each was due."""
    queue = iter(enumerate(paths))
    took: list[float] = []
    started = time.perf_counter()

    async def work() -> None:
        client = Client(secret)
        for number, path in queue:
            due = started + number / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await client.get(path)
            took.append(time.perf_counter() - due)

    await asyncio.gather(*(work() for _ in range(connections)))
    return took


async def in_turn(secret: str, paths: list[str]) -> list[float]:
    """Ask for these paths one after another."""
    client = Client(secret)
    return [(await client.get(path))[0] for path in paths]


def lookups(random: Random, customers: int, many: int = LOOKUPS) -> list[str]:
    """Identifiers of every type, of customers taken at random."""
    found = (random.choice(identifiers(random.randrange(customers))) for _ in range(many))
    return [f"/api/customers?identifier={each.type}:{quote(each.value)}" for each in found]


def searches(random: Random, customers: int) -> Iterator[tuple[str, str]]:
    """Kinds of searches with their texts."""
    for _ in range(SEARCHES):
        person = random.randrange(customers)
        first, last = full_name(person)
        user, mail, third, _ = (each.value for each in identifiers(person))
        local, _, domain = mail.partition("@")
        yield "first name", first
        yield "part of a last name", last[1:5]
        yield "three letters", last[:3]
        yield "whole name", f"{last} {first}"
        yield "two beginnings", f"{first[:3]} {last[:4]}"
        yield "name misspelt", f"{_misspelt(first, random)} {last}"
        yield "last name misspelt", _misspelt(last, random)
        yield "part of an e-mail", local[2:]
        yield "domain", domain
        yield "e-mail misspelt", f"{_misspelt(local, random)}@{domain}"
        yield "number or card", third[-7:]
        yield "three digits", third[-3:]
        yield "account", user
        yield "whole e-mail", mail
        yield "number misspelt", third[:6] + third[7:]
        yield "nobody", "".join(random.choice("qxyzw") for _ in range(7))


def _misspelt(word: str, random: Random) -> str:
    """One letter doubled, dropped, or swapped with the next."""
    at = random.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    return random.choice((before + letter * 2 + after, before + after, before + after[0] + letter + after[1:]))


async def search(secret: str, random: Random, customers: int, tell: bool = True) -> list[float]:
    """Seconds of each search; where told to, prints what each kind took."""
    client = Client(secret)
    kinds: dict[str, list[float]] = {}
    empty: dict[str, int] = {}
    for kind, text in searches(random, customers):
        took, answer = await client.get(f"/api/customers?q={quote(text)}")
        kinds.setdefault(kind, []).append(took)
        empty[kind] = empty.get(kind, 0) + (not answer["customers"])
    for kind, each in kinds.items() if tell else ():
        of = f"{1000 * percentile(each, 0.5):7.1f} p50 {1000 * percentile(each, 0.95):7.1f} p95 ms"
        print(f"search {kind:22} {of}; {empty[kind]} of {len(each)} found nobody")
    return [took for each in kinds.values() for took in each]


async def timeline(secret: str, id: str) -> list[float]:
    """Seconds of each page, twice from the newest to the oldest."""
    client = Client(secret)
    took = []
    for _ in range(2):
        before, seen = "", 0
        while before or not seen:
            place = f"&before={before}" if before else ""
            seconds, page = await client.get(f"/api/customers/{id}/events?limit={PAGE}{place}")
            took.append(seconds)
            before, seen = page["before"], seen + len(page["events"])
        if seen != EVENTS:
            raise RuntimeError(f"{seen} events on all pages together, not {EVENTS}")
    return took


async def measure(secret: str, id: str, customers: int) -> dict[str, float]:
    """All three, after each has been warmed up."""
    random = Random(2)
    await steadily(secret, ["/healthz", *lookups(random, customers, 1_000)])
    healthy = await steadily(secret, ["/healthz"] * (LOOKUPS // 3))
    found = await steadily(secret, lookups(random, customers))
    bare = await in_turn(secret, ["/healthz"] * 500)
    await search(secret, random, customers, tell=False)
    searched = await search(secret, random, customers)
    pages = await timeline(secret, id)
    first = await in_turn(secret, [f"/api/customers/{id}/events?limit={PAGE}"] * 100)
    print(f"p95: first page {1000 * percentile(first, 0.95):.1f} ms, /healthz {1000 * percentile(bare, 0.95):.2f} ms")
    return {
        "identifier_p99_ms": 1000 * percentile(found, 0.99),
        "identifier_ratio": percentile(found, 0.99) / percentile(healthy, 0.99),
        "search_p95_ms": 1000 * percentile(searched, 0.95),
        "search_ratio": percentile(searched, 0.95) / percentile(bare, 0.95),
        "timeline_p95_ms": 1000 * percentile(pages, 0.95),
        "timeline_ratio": percentile(pages, 0.95) / percentile(bare, 0.95),
    }


def main() -> None:
    """Measure and print; the number of customers may be given."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    with installation() as app:
        started = time.perf_counter()
        id = load(app, customers, BUNDLES, EVENTS)
        print(f"{customers:,} customers filled in in {time.perf_counter() - started:.0f} s")
        secret = key(app)
        with serving(app, "web"):
            figures = asyncio.run(measure(secret, id.hex(), customers))
    result(**figures)


if __name__ == "__main__":
    main()
