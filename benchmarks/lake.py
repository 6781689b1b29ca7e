"""How fast the lake is made and follows, and how fast it answers.

`export_per_s`: events/s written when all of it is made anew; `follow_s`: seconds until 1,000 more events are in it;
`rss_mb`: memory of the exporting process; `bytes_per_event`: of the files; `join_s`: a count and a last time for each
customer over all events; `month_s`: the customers who looked at a thing three times in the last 30 days.
"""

import json
import resource
import sys
import time
from random import Random

from _bench import YEAR, call, installation, result, visits

from regulars.app import App
from regulars.collection.receive import receive
from regulars.lake.exporter import Exporter
from regulars.model.source import Source, Trust
from regulars.pipeline import Pipeline
from regulars.storage import log
from regulars.storage.engine import open_lake
from regulars.storage.queries import start_cursor

SHARE_OF_ORDERS = 0.1
GROUP = 5_000
JOIN = "SELECT count(*) FROM (SELECT person, count(*) AS n, max(time) AS last FROM events GROUP BY person)"
MONTH = """
SELECT count(DISTINCT person) FROM (
    SELECT person, product FROM events
    WHERE name = 'Product Viewed' AND time >= (SELECT max(last_seen) FROM customers) - INTERVAL 30 DAY
    GROUP BY person, product HAVING count(*) >= 3
)
"""


def main() -> None:
    """Measure and print; the number of events may be given."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with installation() as app, app.connect() as worker, app.connect() as connection:
        start_cursor(worker, app.context().rules_name)
        worker.execute("SET synchronous_commit = off")
        pipeline = Pipeline(worker, app.context())
        fill(app, pipeline, events)
        exporter = Exporter(app.folder.lake, connection, "EUR")
        started = time.perf_counter()
        exporter.run()
        export = time.perf_counter() - started
        take(app, pipeline, [order(n, Random(n)) for n in range(events, events + 1000)])
        started = time.perf_counter()
        exporter.run()
        follow = time.perf_counter() - started
        size = sum((app.folder.lake / file).stat().st_size for file in exporter.published.files())
        with open_lake(app.folder.lake) as lake:
            seconds = {}
            for name, query in (("join_s", JOIN), ("month_s", MONTH)):
                started = time.perf_counter()
                lake.execute(query).fetchall()
                seconds[name] = time.perf_counter() - started
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result(export_per_s=events / export, follow_s=follow, rss_mb=rss, bytes_per_event=size / events, **seconds)


def fill(app: App, pipeline: Pipeline, events: int) -> None:
    """Take in so many events of a quarter as many persons, some of them orders."""
    random, batch = Random(1), []
    for item in visits(events, events // 4, random):
        number = int(item["messageId"][2:])
        batch.append(order(number, random) if random.random() < SHARE_OF_ORDERS else item)
        if len(batch) == GROUP:
            take(app, pipeline, batch)
            batch = []
    take(app, pipeline, batch)


def take(app: App, pipeline: Pipeline, items: list[object]) -> None:
    """Take these calls in."""
    source = Source("bench", Trust.SERVER)
    bodies = (
        json.dumps({"batch": items[n : n + 100]}, separators=(",", ":")).encode() for n in range(0, len(items), 100)
    )
    with app.connect() as connection:
        log.append(connection, [[receive(source, "batch", body, "", time.time_ns() // 1000) for body in bodies]])
    while pipeline.step():
        pass


def order(number: int, random: Random) -> dict[str, object]:
    """An order of one to four lines."""
    item = call(number, random.randrange(50_000), 0, random.randrange(YEAR))
    lines = [
        {"product_id": f"p-{random.randrange(5000)}", "price": 12.5, "quantity": 1} for _ in range(random.randint(1, 4))
    ]
    said = {"order_id": f"o-{number}", "total": 12.5 * len(lines), "currency": "EUR", "products": lines}
    return {**item, "event": "Order Completed", "properties": said}


if __name__ == "__main__":
    main()
