"""How fast the list of 250,000 customers is searched, filtered, sorted and paged, and what keeping it right costs.

`page_p95_ms`: pages of the list as a browser asks for them, over HTTP: searches (one in five misspelt), filters alone
and together, every sort, pages far down; `search_p95_ms`: the search everywhere. `page_ratio` holds it against
`/healthz` in the same run. `mark_us`: what noting what was touched costs a batch, by event; `refresh_us`: what making a
row anew costs, by customer. Rows come by COPY, not through the pipeline.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from _bench import PORT, installation, percentile, result, serving
from _customers import DAY, END, full_name, identifiers, load

from regulars.app import App
from regulars.identity.bundle import identifier_key
from regulars.keeping import list_everybody
from regulars.model.money import exponent
from regulars.model.order import Money, OrderReport, Place
from regulars.model.user import Role
from regulars.profiles.facts import Facts
from regulars.profiles.listing.mark import mark
from regulars.profiles.orders import encode_reports
from regulars.storage import database, users
from regulars.storage.queries import copy_rows
from regulars.storage.sessions import start_session

CUSTOMERS = 250_000
EACH = 30
"""How many of each kind."""

ORDERS = "COPY orders (space, order_id, bundle, reports) FROM STDIN (FORMAT BINARY)"
CONSENTS = """
COPY consents (bundle, purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source,
    wording, basis, proof)
FROM STDIN (FORMAT BINARY)
"""
CONSENT_TYPES = ("bytea", *["text"] * 4, "bool", "int2", "int8", "bool", *["text"] * 5)


def shop_bundle(app: App, person: int) -> bytes:
    """The bundle of what the shop said of a customer, as `_customers` names it."""
    user, mail, third, _ = identifiers(person)
    return app.secret.mac("bench", "shop", *(identifier_key(each, app.secret).hex() for each in (user, mail, third)))


def fill(app: App, customers: int) -> None:
    """Orders for half of them, one to twelve each, in 200 stores or on the web; a word of consent from a third."""
    random = Random(3)
    with app.connect() as connection:
        for start in range(0, customers, 10_000):
            orders: list[tuple[object, ...]] = []
            consents: list[tuple[object, ...]] = []
            for person in range(start, min(customers, start + 10_000)):
                bundle = shop_bundle(app, person)
                for n in range(random.choice((0, 0, 0, 0, 1, 1, 2, 3, 12))):
                    orders.append(("main", f"o-{person}-{n}", bundle, _order(person, n, random)))
                if person % 3 == 0:
                    mail = identifiers(person)[1]
                    said = (END - DAY, random.random() < 0.1, f"c-{person}", "shop", "", "", "")
                    consents.append((bundle, "marketing", "email", f"email:{mail.value}", mail.space, False, 1, *said))
            copy_rows(connection, ORDERS, ("text", "text", "bytea", "bytea"), orders)
            copy_rows(connection, CONSENTS, CONSENT_TYPES, consents)
        connection.execute("VACUUM (ANALYZE)")


def _order(person: int, n: int, random: Random) -> bytes:
    store = f"{random.randrange(200)}" if n % 2 else ""
    place = Place("store" if store else "web", store)
    money = Money("EUR", random.randrange(5, 300) * 10 ** exponent("EUR"))
    at = END - random.randrange(700) * DAY
    report = OrderReport(
        "main", f"o-{person}-{n}", 1, 0, at, f"m-{person}-{n}", "shop", True, True, False, money, place, ()
    )  # fmt: skip
    return encode_reports((report,))


def session(app: App) -> str:
    """The token of an owner who is signed in."""

    async def start() -> str:
        async with await psycopg.AsyncConnection[tuple[Any, ...]].connect(
            app.conninfo, options=database.options()
        ) as connection:
            id = await users.add_user(connection, "owner@shop.example", "Ada Owner", Role.OWNER)
            assert id is not None
            await users.change(connection, id, password="none")
            return await start_session(connection, id, "benchmark")

    return asyncio.run(start())


def paths(random: Random, customers: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Kinds of lists with what their addresses say."""
    sorts = ("", "since", "spend", "orders", "name")
    for _ in range(EACH):
        person = random.randrange(customers)
        first, last = full_name(person)
        _, mail, third, _ = (each.value for each in identifiers(person))
        sort = random.choice(sorts)
        yield "no filter", {"sort": sort}
        yield "first name", {"q": first, "sort": sort}
        yield "name, filtered", {"q": last, "orders": "2", "seen": "-30", "sort": sort}
        yield "part of a name", {"q": last[1:5], "sort": sort}
        yield "two letters", {"q": last[:2], "sort": sort}
        yield "part of an e-mail", {"q": mail.partition("@")[0][2:], "sort": sort}
        yield "domain", {"q": mail.partition("@")[2], "sort": sort}
        yield "number or card", {"q": third[-7:], "sort": sort}
        yield "short name misspelt", {"q": last[0] + last[2] + last[1] + last[3:]}
        yield "e-mail misspelt", {"q": mail[:3] + mail[4:]}
        yield "nobody", {"q": "".join(random.choice("qxyzw") for _ in range(7))}
        yield "spend", {"spend_from": str(random.choice((50, 500, 1500))), "sort": sort}
        yield "one store", {"store": str(random.randrange(200)), "sort": sort}
        yield "a store nobody knows", {"store": "nowhere", "sort": sort}
        yield "channel and consent", {"channel": "store", "consent": "email", "sort": sort}
        yield "said no", {"consent": "no", "sort": sort}
        yield "open cart", {"cart": "yes", "sort": sort}
        yield "example data", {"origin": "example", "sort": sort}
        yield "all together", {
            "channel": "web", "seen": "-90", "orders": "2", "spend_from": "100", "consent": "email", "origin": "real",
            "sort": sort,
        }  # fmt: skip
        after = f"{END - random.randrange(1, 700) * DAY}~{'00' * 16}"
        yield "far down", {"after": after}


class Client:
    """One connection that is kept open; counts the time from the first byte sent to the last one read."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, part: bool = True) -> tuple[float, bytes]:
        """Seconds, and the answer. Raises RuntimeError for any status but 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", PORT)
        reader, writer = self._streams
        more = "HX-Request: true\r\nHX-Request-Type: partial\r\n" if part else ""
        started = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: session={self._token}\r\n{more}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        took = time.perf_counter() - started
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path}: {head!r} {body[:500]!r}")
        return took, body


async def measure(token: str, customers: int) -> dict[str, float]:
    """All of it, after a warm-up."""
    client, random = Client(token), Random(2)
    for _, query in list(paths(random, customers))[:40]:
        await client.get(f"/customers?{urlencode(query)}")
    bare = [(await client.get("/healthz"))[0] for _ in range(300)]
    kinds: dict[str, list[float]] = {}
    empty: dict[str, int] = {}
    for number, (kind, query) in enumerate(paths(random, customers)):
        took, body = await client.get(f"/customers?{urlencode(query)}", bool(number % 3))
        kinds.setdefault(kind, []).append(took)
        empty[kind] = empty.get(kind, 0) + (b"person-link" not in body)
    for kind, each in kinds.items():
        of = f"{1000 * percentile(each, 0.5):7.1f} p50 {1000 * percentile(each, 0.95):7.1f} p95 ms"
        print(f"{kind:22} {of}; {empty[kind]} of {len(each)} found nobody")
    pages = [took for each in kinds.values() for took in each]
    texts = [query["q"] for _, query in paths(random, customers) if "q" in query]
    searched = [(await client.get(f"/search?q={quote(text)}"))[0] for text in texts]
    return {
        "page_p50_ms": 1000 * percentile(pages, 0.5),
        "page_p95_ms": 1000 * percentile(pages, 0.95),
        "page_ratio": percentile(pages, 0.95) / percentile(bare, 0.95),
        "search_p95_ms": 1000 * percentile(searched, 0.95),
    }


def main() -> None:
    """Measure and print; the number of customers may be given."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    with installation() as app:
        started = time.perf_counter()
        load(app, customers, 200, 2_000)
        fill(app, customers)
        print(f"{customers:,} customers filled in in {time.perf_counter() - started:.0f} s")
        with app.connect() as connection:
            connection.execute("SET synchronous_commit = off")
            started = time.perf_counter()
            list_everybody(connection, app.context())
            refresh = (time.perf_counter() - started) / customers
            told = [(shop_bundle(app, person), Facts()) for person in range(min(customers, 10_000))]
            started = time.perf_counter()
            for _ in range(10):
                with connection.transaction():
                    mark(connection, told)
            marking = (time.perf_counter() - started) / 10 / len(told)
            connection.execute("VACUUM (ANALYZE)")
        token = session(app)
        with serving(app, "web"):
            figures = asyncio.run(measure(token, customers))
    result(**figures, mark_us=1e6 * marking, refresh_us=1e6 * refresh)


if __name__ == "__main__":
    main()
