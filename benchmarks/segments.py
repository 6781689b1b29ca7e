"""How fast a rule finds its customers among a million, and how soon a touched customer's membership changes.

On the lake of `insights.py` (10,000,000 events by 1,000,000 customers): `rule_s` is a rule of five conditions over
everybody, `by_hand_s` the same written by hand for DuckDB, each the better of three by turns, `ratio` the one by the
other; `rss_mb` the memory of the process. Then 50 segments on a database that is sent 1,000 events/s: `change_p95_ms`
from the append of an event that brings somebody into a segment until her membership can be seen.
"""

import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from _bench import installation, serving
from insights import generate

from regulars.cli.segmenting import PAUSE
from regulars.collection.receive import receive
from regulars.identity.rules import RULES
from regulars.model.source import Source, Trust
from regulars.segments import store
from regulars.segments.compiled import members_query
from regulars.segments.live import Live
from regulars.segments.rule import decode
from regulars.segments.touched import Touched
from regulars.storage import database, log
from regulars.storage.engine import open_lake
from regulars.storage.sources import register

AT = 1_767_139_199_000_000  # 2025-12-30T23:59:59Z
RULE = b"""{"is": "all", "of": [
    {"is": "did", "what": "bought", "at_least": 2, "within_days": 365},
    {"is": "did", "what": "viewed", "at_least": 3, "within_days": 90},
    {"is": "did", "not": true, "what": "bought", "within_days": 30},
    {"is": "any", "of": [
        {"is": "did", "what": "ordered", "measure": "amount", "at_least": 30000},
        {"is": "did", "what": "viewed", "within_days": 14, "where": [{"field": "category", "value": "D3"}]}
    ]}
]}"""
BY_HAND = """
WITH b AS (
    SELECT person, count(DISTINCT (space, order_id)) FILTER (time >= make_timestamp({year})) AS n, max(time) AS last
    FROM order_lines WHERE time <= make_timestamp({at}) GROUP BY person
), v AS (
    SELECT i.person, sum(i.count) AS n,
        bool_or(list_contains(p.categories, 'D3') AND i.last >= make_timestamp({fortnight})) AS d3
    FROM interactions i LEFT JOIN products p USING (product)
    WHERE i.kind = 'viewed' AND i.last >= make_timestamp({quarter}) AND i.last <= make_timestamp({at}) GROUP BY i.person
), o AS (SELECT person, sum(total) AS total FROM orders WHERE time <= make_timestamp({at}) GROUP BY person, currency)
SELECT DISTINCT c.customer FROM customers c JOIN b USING (person) JOIN v USING (person) LEFT JOIN o USING (person)
WHERE c.kind <> 'shared' AND b.n >= 2 AND v.n >= 3 AND b.last < make_timestamp({month}) AND (o.total >= 30000 OR v.d3)
"""
DAYS = {"year": 365, "quarter": 90, "month": 30, "fortnight": 14, "at": 0}
SHOP = Source("shop", Trust.SERVER)
JOINED = """
SELECT i.value FROM memberships m JOIN identifiers i ON i.customer = m.customer
WHERE i.type = 'user_id' AND m.segment = 's-0' AND m.joined > %s
"""
SEGMENTS = 50
RATE = 1_000
SECONDS = 20
PEOPLE = 3_000


def main() -> None:
    """Measure and print; the number of customers may be given, of whom each has ten events."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        lake = Path(folder) / "lake"
        lake.mkdir()
        generate(lake, people)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            said = pool.apply(compared, (lake,))
    said |= live()
    print(json.dumps({name: round(value, 3) for name, value in said.items()}))


def compared(lake: Path) -> dict[str, float]:
    """Seconds of the compiled rule, and of the same by hand."""
    by_hand = BY_HAND.format(**{name: AT - days * 86_400_000_000 for name, days in DAYS.items()})
    found: dict[str, list[float]] = {"rule_s": [], "by_hand_s": []}
    members = []
    for _ in range(3):
        for name in found:
            with open_lake(lake, spill=lake / ".spill", memory="2GB") as connection:
                started = time.perf_counter()
                query = members_query(decode(RULE), AT, {}) if name == "rule_s" else by_hand
                members.append({row[0] for row in connection.execute(query).fetchall()})
                found[name].append(time.perf_counter() - started)
    assert all(each == members[0] for each in members), [len(each) for each in members]
    ours, other = min(found["rule_s"]), min(found["by_hand_s"])
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rule_s": ours, "by_hand_s": other, "ratio": ours / other, "members": len(members[0]), "rss_mb": rss}


def live() -> dict[str, float]:
    """Latency of membership under load, in milliseconds."""
    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    with installation() as app, app.connect() as connection:
        register(connection, SHOP)
        _put_segments(connection)
        with serving(app, "pipeline"):
            process = multiprocessing.get_context("spawn").Process(target=follow, args=(app.conninfo,), daemon=True)
            process.start()
            time.sleep(5)
            sender = threading.Thread(target=send, args=(app.conninfo, sent))
            sender.start()
            until = time.time() + SECONDS + 4
            while time.time() < until:
                for (user,) in connection.execute(JOINED, (int((time.time() - 4) * 1_000_000),)):
                    seen.setdefault(user, time.time())
                time.sleep(0.02)
            sender.join()
            process.terminate()
            process.join()
    took = sorted((seen[user] - at) * 1_000 for user, at in sent.items() if user in seen)
    count = len(took)
    return {
        "events_per_s": RATE, "segments": SEGMENTS, "changes": count, "missed": len(sent) - count,
        "change_p50_ms": statistics.median(took), "change_p95_ms": took[int(count * 0.95)], "change_max_ms": took[-1],
    }  # fmt: skip


def _put_segments(connection: Any) -> None:
    for number in range(SEGMENTS):
        left = {"is": "did", "what": "added", "within_days": 7, "same": "product", "then_not": ["bought"]}
        often = {"is": "did", "what": "viewed", "at_least": number + 2, "within_days": 30}
        lately = {"is": "trait", "field": "last_seen", "op": "within_days", "value": 30}
        rule = {"is": "all", "of": [left, often if number else lately]}
        store.put(connection, "cli", f"s-{number}", f"Segment {number}", "", decode(json.dumps(rule)))


def follow(conninfo: str) -> None:
    """What `serve insights` does."""
    with (
        database.connect(conninfo, autocommit=True) as connection,
        Live(connection, Path("/nowhere"), RULES, "now") as by,
    ):
        touched = Touched(connection)
        while True:
            customers = touched.look()
            if customers:
                by.evaluate(customers)
            time.sleep(PAUSE)


def send(conninfo: str, sent: dict[str, float]) -> None:
    """Events at an even rate; now and then somebody new puts something into her cart, which is noted in `sent`."""
    with database.connect(conninfo, autocommit=True) as connection:
        begun = time.time()
        for number in range(SECONDS * 20):
            calls = []
            for place in range(RATE // 20):
                index = number * RATE // 20 + place
                who, name = f"u{index * 7919 % PEOPLE}", "Product Viewed"
                if place % 25 == 0:
                    who, name = f"new{index}", "Product Added"
                calls.append({
                    "type": "track", "event": name, "userId": who, "messageId": f"m{index}",
                    "properties": {"product_id": f"p{index % 500}"},
                })  # fmt: skip
            now = time.time()
            frame = receive(SHOP, "batch", json.dumps({"batch": calls}).encode(), "", int(now * 1_000_000))
            log.append(connection, [[frame]])
            sent.update({call["userId"]: time.time() for call in calls if call["event"] == "Product Added"})
            time.sleep(max(0.0, begun + (number + 1) / 20 - time.time()))


if __name__ == "__main__":
    main()
