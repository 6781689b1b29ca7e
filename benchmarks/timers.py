"""How soon 10,000 timers that are due at once are done, among a million that wait; and what waiting costs.

Each of the 10,000 stands before a message: what happened to her is read, it is decided, and decision, outbox row and
step are written. `due_10k_s` until the last is, `waiting` how many timers there were, `idle_cpu_percent` of one core
that the process which acts takes over 20 seconds, once it has started, while 990,000 wait for later.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from _bench import installation, result, serving
from idle import LOOK, SECONDS, TICKS, started, ticks

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from support.many import people

from regulars.acting import act_journeys
from regulars.app import App
from regulars.decisioning.journeys import store
from regulars.pipeline import Pipeline
from regulars.storage.database import Connection

WAITING = 1_000_000
DUE = 10_000
NAME = "win-back"
FILL = """
INSERT INTO journey_entries (key, journey, version, customer, subject, products, order_id, said, simulated, started,
    step, wake, asked, tries, changed)
SELECT decode(md5('key' || n), 'hex'), 'win-back', 1, decode(md5('customer' || n), 'hex'), '', '{}', '', '{}', false,
    %s, 0, %s::bigint + n * 1000, 0, 0, %s FROM generate_series(1, %s) AS n
"""
THEIRS = """
INSERT INTO journey_entries (key, journey, version, customer, subject, products, order_id, said, simulated, started,
    step, wake, asked, tries, changed)
SELECT decode(md5('due' || value), 'hex'), 'win-back', 1, customer, '', '{}', '', '{}', false, %s, 0, %s, 0, 0, %s
FROM identifiers WHERE type = 'user_id'
"""
LEFT = "SELECT count(*) FROM journey_entries WHERE wake <= %s"
HOUR = 3_600_000_000


def fill(connection: Connection, waiting: int, due: int, now: int) -> None:
    """Let so many wait for tomorrow and later, and so many be due."""
    started = now - 2 * HOUR
    connection.execute(FILL.encode(), (started, now + 24 * HOUR, started, waiting - due))
    connection.execute(THEIRS.encode(), (started, now, started))
    connection.execute("ANALYZE")


def steps(app: App, connection: Connection) -> Callable[[], None]:
    """What has the pipeline take everything in."""
    pipeline = Pipeline(connection, app.context())

    def run() -> None:
        while pipeline.step():
            pass

    return run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=WAITING)
    options = parser.parse_args()
    with installation() as app, app.connect() as connection:
        from regulars.storage.queries import start_cursor

        start_cursor(connection, app.context().rules_name)
        now = time.time_ns() // 1000
        people(connection, DUE, steps(app, connection), now)
        store.switch(connection, "bench", NAME, True)
        fill(connection, options.waiting, DUE, time.time_ns() // 1000)
        with app.connect() as worker:
            act = act_journeys(app, worker, lambda text, event, **fields: print(text))
            began = time.perf_counter()
            while act() == 0.0:
                pass
            took = time.perf_counter() - began
        (left,) = connection.execute(LEFT, (time.time_ns() // 1000,)).fetchone() or (None,)
        (decided,) = connection.execute("SELECT count(*) FROM decisions").fetchone() or (None,)
        print(f"{decided:,} decisions, {left} timers left that are due")
        assert (left, decided) == (0, DUE)
        # What was decided is not to be sent meanwhile.
        connection.execute("UPDATE outbox SET state = 'stopped'")
        with serving(app, "messages") as running:
            pids = [running["messages"].pid]
            time.sleep(LOOK)
            started(pids)
            before = ticks(pids)
            time.sleep(SECONDS)
            idle = 100 * (ticks(pids) - before) / TICKS / SECONDS
    result(due_10k_s=took, waiting=options.waiting, idle_cpu_percent=idle)


if __name__ == "__main__":
    main()
