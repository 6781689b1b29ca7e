"""How long recommendations take to learn from 1,000,000 purchases of 100,000 products, and to be answered.

`train_s`: from the lake to the model on disk, in a process of its own, whose memory is `rss_mb`. `p99_ms`: `POST
/api/recommendations` for customers at random by their e-mail, both lists, one in four within a store that tells its
stock, at a steady pace; each has bought some fifty things, which are read live. `ratio` is to `/healthz` at the same
pace in the same run: what HTTP alone costs. Rows come by COPY, not through the pipeline. People buy again and again
from a few categories, popular things most.
"""

import asyncio
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from random import Random

from _bench import drive, installation, key, percentile, request, result, serving
from _customers import END, identifiers, load

from regulars.app import App
from regulars.lake.exporter import Exporter
from regulars.model.order import Money, OrderReport, Place
from regulars.model.product import Line
from regulars.profiles.orders import encode_reports
from regulars.storage.database import Connection
from regulars.storage.queries import copy_rows, start_cursor

CUSTOMERS = 20_000
PRODUCTS = 100_000
PURCHASES = 1_000_000
CATEGORIES = 500
STORES = 200
EACH = 5
"""Lines of an order."""
REQUESTS = 5_000
PER_SECOND = 50
DAY = 86_400_000_000
Row = tuple[object, ...]

PAYING = "SELECT key FROM bundles WHERE trust = 1 AND cardinality(members) = 3 ORDER BY key"
ORDERS = "COPY orders (space, order_id, bundle, reports) FROM STDIN (FORMAT BINARY)"
SEEN = (
    "COPY seen_products (product, client, time, message_id, source, simulated, words, body) FROM STDIN (FORMAT BINARY)"
)
STOCK_TYPES = ("text", "text", "text", "numeric", "int4", "int8", "text", "text", "bool")
STOCK = (
    "COPY stock (product, variant, store, quantity, precedence, time, message_id, source, simulated) "
    "FROM STDIN (FORMAT BINARY)"
)


def fill(app: App, customers: int, purchases: int) -> None:
    """Customers, their orders, the products, and the stock of one store in four."""
    load(app, customers, 20, 200)
    random = Random(3)
    with app.connect() as connection:
        start_cursor(connection, app.context().rules_name)
        bundles = [bytes(key) for (key,) in connection.execute(PAYING).fetchall()]
        _copy(connection, ORDERS, ("text", "text", "bytea", "bytea"), _orders(random, bundles, purchases))
        _copy(connection, SEEN, ("text", "bool", "int8", "text", "text", "bool", "text", "bytea"), _products())
        _copy(connection, STOCK, STOCK_TYPES, _stock(random))
        connection.execute("VACUUM (ANALYZE)")


def _orders(random: Random, bundles: list[bytes], purchases: int) -> Iterator[Row]:
    """Half of what somebody buys she has bought before."""
    size = PRODUCTS // CATEGORIES
    habits = [[random.randrange(CATEGORIES) for _ in range(4)] for _ in bundles]
    had: list[list[int]] = [[] for _ in bundles]
    many = purchases // EACH
    for n in range(many):
        who = n % len(bundles)
        own = had[who]
        what = [
            random.choice(own)
            if own and random.random() < 0.5
            else random.choice(habits[who]) * size + int(size * random.random() ** 3)
            for _ in range(EACH)
        ]
        own += what
        lines = tuple(Line(f"p-{each}", name=f"Thing {each}", price=250, total=250) for each in sorted(set(what)))
        time = END - 365 * DAY + 365 * DAY * n // many
        place = Place("store", str(who % STORES), "1", "", str(n))
        report = OrderReport(
            "main", f"o-{n}", 1, 0, time, f"m-{n}", "till", True, True, False, Money("EUR", 250 * len(lines)), place,
            lines,
        )  # fmt: skip
        yield "main", f"o-{n}", bundles[who], encode_reports((report,))


def _products() -> Iterator[Row]:
    for n in range(PRODUCTS):
        said = {"category": f"Wide > Narrow {n // (PRODUCTS // CATEGORIES)}", "name": f"Thing {n}"}
        yield f"p-{n}", False, END - 400 * DAY, f"s-{n}", "till", False, "", json.dumps(said).encode()


def _stock(random: Random) -> Iterator[Row]:
    for store in range(0, STORES, 4):
        for n in range(0, PRODUCTS, 20):
            product = f"p-{n + random.randrange(20)}"
            yield product, "", str(store), Decimal(random.randrange(3)), 0, END, f"k-{store}-{n}", "till", False


def _copy(connection: Connection, query: str, types: tuple[str, ...], rows: Iterator[Row]) -> None:
    with connection.transaction():
        while some := list(islice(rows, 20_000)):
            copy_rows(connection, query, types, some)


def learn(app: App) -> float:
    """Seconds that learning took."""
    with app.connect() as connection:
        Exporter(app.folder.lake, connection, "EUR").run()
    argv = [sys.executable, "-m", "regulars", "recommendations", "train", "--json", "--data", str(app.folder.path)]
    said = json.loads(subprocess.run(argv, check=True, capture_output=True).stdout)
    print(said)
    return float(said["seconds"])


def asked(random: Random, secret: str, customers: int, many: int) -> list[bytes]:
    """Requests for both lists of customers at random."""
    found = []
    for n in range(many):
        mail = identifiers(random.randrange(customers))[1]
        body = {"identifier": f"email:{mail.value}", "limit": 10}
        if n % 4 == 0:
            body["store"] = str(4 * random.randrange(STORES // 4))
        found.append(request("/api/recommendations", secret, json.dumps(body).encode()))
    return found


async def measure(requests: list[bytes], secret: str) -> dict[str, float]:
    """The slowest of a hundred, in milliseconds, after warming up."""
    await drive(requests[: len(requests) // 10], 4, PER_SECOND)
    took = await drive(requests, 16, PER_SECOND)
    health = [request("/healthz", secret, b"").replace(b"POST", b"GET")] * (len(requests) // 5)
    bare = await drive(health, 16, PER_SECOND)
    return {
        "p50_ms": 1000 * percentile(took, 0.5),
        "p99_ms": 1000 * percentile(took, 0.99),
        "ratio": percentile(took, 0.99) / percentile(bare, 0.99),
    }


def main() -> None:
    """Measure and print; the number of customers and of purchases may be given."""
    customers, purchases = (int(each) for each in (sys.argv[1:3] or (CUSTOMERS, PURCHASES)))
    with installation() as app:
        fill(app, customers, purchases)
        train_s = learn(app)
        rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        secret = key(app)
        with serving(app, "web"):
            figures = asyncio.run(measure(asked(Random(4), secret, customers, REQUESTS), secret))
    result(train_s=train_s, rss_mb=rss, **figures)


if __name__ == "__main__":
    main()
