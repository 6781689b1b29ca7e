"""How fast it is decided what to do for one customer among 100,000, with 50 actions, each decision written durably.

`decisions_per_s`: `POST /api/decisions` as fast as 64 connections ask, and `cpu_ms` what each then costs the web
process of its one core. `p50_ms` and `p99_ms`: at a steady 500 a second, counted from when each was due. `ratio` is
that p99 to the one of `/healthz` at the same pace in the same run: what HTTP alone costs. Customers, who are asked for
at random by their e-mail, have agreed to e-mail, are in three of ten segments and were contacted five times in the last
weeks. Rows come by COPY, not through the pipeline.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from random import Random

from _bench import drive, installation, key, percentile, request, result, serving
from _customers import identifiers, load

from regulars.app import App
from regulars.decisioning.actions import all_actions, put
from regulars.model.decision import Action
from regulars.storage.queries import start_cursor

CUSTOMERS = 100_000
ACTIONS = 50
REQUESTS = 6_000
PER_SECOND = 500
DAY = 86_400_000_000

CONSENTS = """
INSERT INTO consents (bundle, purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source,
    wording, basis, proof)
SELECT m.bundle, 'marketing', 'email', 'email:' || i.value, i.space, false, 1, 1, false, 'c-' || i.value, 'shop',
    '', '', ''
FROM identifiers i CROSS JOIN LATERAL (SELECT bundle FROM members WHERE identifier = i.key ORDER BY bundle LIMIT 1) m
WHERE i.type = 'email'
"""
MEMBERSHIPS = """
INSERT INTO memberships (segment, customer, joined, changes)
SELECT 's-' || (get_byte(customer, 0) + n) % 10, customer, 1, 1
FROM (SELECT DISTINCT customer FROM identifiers) c, generate_series(1, 3) AS n
"""
CONTACTS = """
INSERT INTO outbox (decision, customer, channel, address, message, variant, purpose, topic, action, context, not_before,
    state, at, changed)
SELECT substring(customer FROM 3) || int2send(n::int2), customer, 'email', '', 'm', '', 'marketing', '', 'a-0', '{}', t,
    'sent', t, t
FROM (SELECT DISTINCT customer FROM identifiers) c, generate_series(1, 5) AS n,
    LATERAL (SELECT %s - n * 4 * %s AS t) AS w
"""


def fill(app: App, customers: int) -> None:
    """Customers with their consents, memberships and contacts, and the actions."""
    load(app, customers, 20, 200)
    now = time.time_ns() // 1000
    with app.connect() as connection:
        start_cursor(connection, app.context().rules_name)
        connection.execute(CONSENTS)
        connection.execute(MEMBERSHIPS)
        connection.execute(CONTACTS, (now, DAY))
        for each in all_actions(connection):
            connection.execute("DELETE FROM actions WHERE name = %s", (each.action.name,))
        for n in range(ACTIONS):
            channels = ("email", "onsite") if n % 2 else ("onsite",)
            inside = (f"s-{n % 10}",) if n % 3 else ()
            put(connection, "bench", Action(
                f"a-{n}", title=f"Action {n}", message="m", channels=channels, segments_in=inside, worth=1000 + n,
                base_rate=0.05, most=2, per_days=7, topic=("news", "reminders")[n % 2],
            ))  # fmt: skip
        connection.execute("VACUUM (ANALYZE)")


def asked(random: Random, secret: str, customers: int, many: int) -> list[bytes]:
    """Requests for customers at random."""
    found = []
    for n in range(many):
        mail = identifiers(random.randrange(customers))[1]
        body = {"identifier": f"email:{mail.value}", "placement": "home", "context": {"page": f"/p/{n}"}}
        found.append(request("/api/decisions", secret, json.dumps(body).encode()))
    return found


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(requests: list[bytes], secret: str, pid: int) -> dict[str, float]:
    """Decisions a second, and the times at a steady pace, after warming up."""
    part = len(requests) // 3
    await drive(requests[: part // 4], 8)
    started, used = time.perf_counter(), cpu_seconds(pid)
    await drive(requests[:part], 64)
    rate = part / (time.perf_counter() - started)
    used = cpu_seconds(pid) - used
    took = await drive(requests[part:], 64, PER_SECOND)
    health = [request("/healthz", secret, b"").replace(b"POST", b"GET")] * part
    bare = await drive(health, 64, PER_SECOND)
    return {
        "decisions_per_s": rate,
        "cpu_ms": 1000 * used / part,
        "p50_ms": 1000 * percentile(took, 0.5),
        "p99_ms": 1000 * percentile(took, 0.99),
        "ratio": percentile(took, 0.99) / percentile(bare, 0.99),
    }


def main(customers: int = CUSTOMERS, many: int = REQUESTS) -> None:
    """Fill, serve, ask."""
    random = Random(5)
    with installation() as app:
        fill(app, customers)
        secret = key(app)
        with serving(app, "web") as running:
            os.sched_setaffinity(running["web"].pid, {0})
            found = asyncio.run(measure(asked(random, secret, customers, many), secret, running["web"].pid))
        with app.connect() as connection:
            print("decisions written:", connection.execute("SELECT count(*) FROM decisions").fetchone())
    result(**found)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
