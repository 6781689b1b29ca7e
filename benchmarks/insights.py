"""How fast a million customers are understood.

A lake of 10,000,000 events (1,500,000 orders with 3,000,000 lines, 5,500,000 looks counted by day, the rest pages) by
1,000,000 customers is written as Parquet by DuckDB, seeded. `insight_s`: the first set of all of them, computed anew
and published, and `cpu_s` of processor time for that; `again_s`: the same after one customer in a thousand has changed;
`ratio`: the files of `insights/sql` that read orders, beside the same figures in one query written by hand for DuckDB;
`rss_mb`: memory of the process that runs it.
"""

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

from regulars.insights.queries import PARAMETERS, WHO_ALL
from regulars.insights.run import run_insight
from regulars.insights.statements import create
from regulars.storage.engine import blank, open_lake
from regulars.storage.lake.manifest import Manifest, Part, publish, read_manifest
from regulars.storage.lake.tables import TABLES

SEED = 20_260_101
DAYS = 730
PRODUCTS = 20_000

# Some buy often, most seldom: the square of an even number leans to the first customers.
WHO = "(power(abs(hash(i, {salt}) % 1000003) / 1000003.0, 2) * {people})::INTEGER"
DAY = "DATE '2024-01-01' + (hash(i, {salt}) % {days})::INTEGER"
GENERATED = {
    "customers": """
SELECT md5(i::VARCHAR) AS customer, (row_number() OVER (ORDER BY md5(i::VARCHAR)) - 1)::INTEGER AS person,
    'person' AS kind, TIMESTAMP '2024-01-01' AS first_seen, TIMESTAMP '2025-12-30' AS last_seen, 'web' AS first_channel,
    'web' AS last_channel, 'simulated' AS origin
FROM range({people}) AS t (i)
""",
    "bundles": "SELECT md5(customer)::UUID AS bundle, person, customer FROM {customers}",
    "products": """
SELECT 'p-' || i AS product, 'Product ' || i AS name, 'D' || i % 12 || ' > C' || i % 200 AS category,
    ['D' || i % 12, 'C' || i % 200] AS categories, 'Brand ' || i % 300 AS brand, true AS seen, false AS claimed
FROM range({products}) AS t (i)
""",
    "orders": """
SELECT b.bundle, 'shop' AS space, 'o-' || i AS order_id, d + to_seconds((hash(i, 3) % 86400)::BIGINT) AS time, d AS day,
    ['store', 'store', 'web', 'app'][1 + (hash(i, 4) % 4)::INTEGER] AS channel, 's-' || hash(i, 5) % 50 AS store,
    'EUR' AS currency,
    (500 + hash(i, 6) % 20000)::BIGINT AS total, (hash(i, 7) % 900)::BIGINT AS discount,
    CASE WHEN hash(i, 8) % 20 = 0 THEN 400 ELSE 0 END::BIGINT AS refunded,
    (500 + hash(i, 6) % 20000)::BIGINT - CASE WHEN hash(i, 8) % 20 = 0 THEN 400 ELSE 0 END AS spend, 2 AS lines,
    false AS cancelled, false AS claimed, 'simulated' AS origin
FROM (SELECT i, {who} AS person, {day} AS d FROM range({orders}) AS t (i)) JOIN {bundles} AS b USING (person)
""",
    "order_lines": """
SELECT o.bundle, o.space, o.order_id, n AS line, o.time, o.day, o.channel, o.store,
    'p-' || (power((hash(o.order_id, n) % 1000003) / 1000003.0, 3) * {products})::INTEGER AS product, 1.0 AS quantity,
    1 AS pieces, o.total // 2 AS amount, 'EUR' AS currency, false AS claimed, 'simulated' AS origin
FROM {orders_file} AS o, (VALUES (1), (2)) AS v (n)
""",
    "interactions": """
SELECT b.bundle, 'p-' || hash(i, 13) % {products} AS product, 'viewed' AS kind, d AS day, 1::BIGINT AS count,
    d + to_seconds((hash(i, 14) % 86400)::BIGINT) AS last, false AS claimed, 'simulated' AS origin
FROM (SELECT i, {who} AS person, {day} AS d FROM range({looks}) AS t (i)) JOIN {bundles} AS b USING (person)
""",
    "events": """
SELECT b.bundle, i AS id, d + to_seconds((hash(i, 24) % 86400)::BIGINT) AS time, d AS day, 'page' AS kind, '' AS name,
    'web' AS channel, 'site' AS source, false AS claimed, 'simulated' AS origin
FROM (SELECT i, {who} AS person, {day} AS d FROM range({events}) AS t (i)) JOIN {bundles} AS b USING (person)
""",
}
SALTS = {"orders": (1, 2), "interactions": (11, 12), "events": (21, 22)}

Measured = tuple[float, int, int, float, float]

STEPS = (
    "sales", "places", "purchases", "buying", "by_currency", "several_currencies", "money", "channels", "purchase_days",
    "gaps",
)  # fmt: skip
BY_HAND = """
CREATE TEMP TABLE by_hand AS
WITH s AS MATERIALIZED (
    SELECT c.person, o.time, o.day, o.channel, coalesce(o.currency, '') AS currency, o.spend, o.refunded, o.total,
        o.discount
    FROM orders AS o JOIN customers AS c USING (person)
    WHERE NOT o.claimed AND o.day <= DATE '2025-12-30' AND c.kind <> 'shared'
), money AS (
    SELECT person, list(struct_pack(currency, orders, spend, refunded, paid, discount, full_price, year)
        ORDER BY orders DESC, currency) AS currencies
    FROM (
        SELECT person, currency, count(*) AS orders, sum(spend) AS spend, sum(refunded) AS refunded, sum(total) AS paid,
            sum(discount) AS discount, sum(total + discount) FILTER (discount IS NOT NULL) AS full_price,
            sum(spend) FILTER (day > DATE '2025-12-30' - 365) AS year
        FROM s GROUP BY person, currency
    ) GROUP BY person
), channels AS (
    SELECT person, list(channel ORDER BY orders DESC, channel) AS channels
    FROM (SELECT person, channel, count(*) AS orders FROM s WHERE channel IS NOT NULL GROUP BY person, channel)
    GROUP BY person
), gaps AS (
    SELECT person, day - lag(day) OVER (PARTITION BY person ORDER BY day) AS gap,
        row_number() OVER (PARTITION BY person ORDER BY day DESC) AS back
    FROM (SELECT DISTINCT person, day FROM s)
), rhythm AS (
    SELECT person, avg(gap) AS mean, median(gap) AS median, median(gap) FILTER (place > 1) AS usual, count(*) AS gaps,
        max(gap) FILTER (back <= 3) AS late
    FROM (SELECT *, row_number() OVER (PARTITION BY person ORDER BY gap DESC) AS place FROM gaps WHERE gap IS NOT NULL)
    GROUP BY person
), often AS (
    SELECT person, count(*) AS orders, min(time) AS first, max(time) AS last FROM s GROUP BY person
)
SELECT * FROM often LEFT JOIN money USING (person) LEFT JOIN channels USING (person) LEFT JOIN rhythm USING (person)
"""


def main() -> None:
    """Measure and print; the number of customers may be given, of whom each has ten events."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        lake = Path(folder) / "lake"
        lake.mkdir()
        generate(lake, people)
        first = apart(lake)
        change(lake)
        again = apart(lake)
        ours, by_hand = compare(lake)
    said = {
        "insight_s": first[0], "cpu_s": first[4], "customers": first[1], "again_s": again[0],
        "computed_again": again[2],
        "ours_s": ours, "by_hand_s": by_hand, "ratio": ours / by_hand, "rss_mb": max(first[3], again[3]),
    }  # fmt: skip
    print(json.dumps({name: round(value, 2) for name, value in said.items()}))


def generate(lake: Path, people: int) -> None:
    """Write the lake's files and publish them."""
    sizes = {"people": people, "products": PRODUCTS, "orders": people * 3 // 2, "looks": people * 11 // 2}
    sizes["events"] = people * 10
    names = {
        "customers": file(lake, "customers"),
        "bundles": file(lake, "bundles"),
        "orders_file": file(lake, "orders"),
    }
    parts: dict[str, tuple[Part, ...]] = {}
    with blank(2, "2GB", lake / ".spill") as connection:
        for table, query in GENERATED.items():
            salts = SALTS.get(table, (0, 0))
            who = WHO.format(salt=salts[0] + SEED, people=people - 1)
            day = DAY.format(salt=salts[1] + SEED, days=DAYS)
            rows = write(connection, lake, table, query.format(**{**sizes, **names, "who": who, "day": day}))
            parts[table] = (Part(f"{table}.parquet", rows),)
    publish(lake, Manifest(state=1, place=1, parts=parts))


def write(connection: object, lake: Path, table: str, query: str, name: str = "") -> int:
    """Write a table's file, what is not named NULL; returns how many rows it has."""
    execute = connection.execute  # type: ignore[attr-defined]
    known = {row[0] for row in execute(f"DESCRIBE {query}").fetchall()}
    shown = ", ".join(
        f'"{key}"::{kind} AS "{key}"' if key in known else f'NULL::{kind} AS "{key}"'
        for key, kind in TABLES[table].items()
    )
    path = lake / (name or f"{table}.parquet")
    return int(execute(f"COPY (SELECT {shown} FROM ({query})) TO '{path}' (FORMAT parquet)").fetchone()[0])


def file(lake: Path, table: str) -> str:
    """A table's file as SQL reads it."""
    return f"read_parquet('{lake / f'{table}.parquet'}')"


def change(lake: Path) -> None:
    """One customer in a thousand buys again."""
    manifest = read_manifest(lake)
    assert manifest is not None
    more = f"""
    SELECT * REPLACE ('n-' || order_id AS order_id) FROM {file(lake, "orders")} WHERE hash(bundle) % 1000 = 0
    """
    with blank(2, "1GB") as connection:
        rows = write(connection, lake, "orders", more, "orders-2.parquet")
    parts = {**manifest.parts, "orders": (*manifest.parts["orders"], Part("orders-2.parquet", rows))}
    publish(lake, Manifest(state=2, place=2, parts=parts))


def apart(lake: Path) -> Measured:
    """Run insight in a process of its own: seconds, customers, how many computed, memory in MB, processor seconds."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (lake,))


def measured(lake: Path) -> Measured:
    """One run, in this process."""
    begun = time.process_time()
    done = run_insight(lake)
    used, memory = time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return done.seconds, done.customers, done.computed, memory, used


def compare(lake: Path) -> tuple[float, float]:
    """Seconds of our files over orders, and of the same by hand; the better of two each, by turns."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(2):
        for number in (0, 1):
            with open_lake(lake, spill=lake / ".spill", memory="2GB") as connection:
                started = time.perf_counter()
                if number == 0:
                    connection.execute(PARAMETERS, ["2025-12-30", "2025-12-30"])
                    connection.execute(create("people"))
                    connection.execute(WHO_ALL)
                    for name in STEPS:
                        connection.execute(create(name))
                else:
                    connection.execute(BY_HAND)
                found[number].append(time.perf_counter() - started)
    return min(found[0]), min(found[1])


if __name__ == "__main__":
    main()
