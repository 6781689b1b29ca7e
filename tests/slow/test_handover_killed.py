"""The process that sends is killed around a hand-over: each e-mail comes once, or twice by one name and counted."""

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from support.many import people
from support.post import Box, post_office
from support.running import environment

from regulars.app import App
from regulars.decisioning import outbox
from regulars.decisioning.outbox import Waiting
from regulars.messaging import store
from regulars.messaging.message import Message
from regulars.pipeline import Pipeline
from regulars.settings import FILE, load
from regulars.storage.database import Connection
from regulars.storage.faults import FAULT
from regulars.storage.queries import start_cursor

PEOPLE = 250
PATIENCE = 120.0
NOTE = Message("note", "A note", ("Hello",), ("There is news.",), topic="news", channels=("email",))
SETTINGS = """
address = "https://regulars.shop.example"
[contact]
quiet_from = "00:00"
quiet_to = "00:00"
[mail]
smtp = "{place}"
tls = "none"
sender = "Shop <news@shop.example>"
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_killed_around_a_hand_over(tmp_path: Path) -> None:
    with post_office() as (box, place):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / FILE).write_text(SETTINGS.format(place=place))
        app = App(load(tmp_path / "data", {}), create=True)
        cluster = app.cluster()
        assert cluster is not None
        cluster.start()
        try:
            app.prepare()
            with app.connect() as connection:
                fill(app, connection)
                for point in ("handover.before", "handover.after"):
                    process = start(app, **{FAULT: f"{point}:1"})
                    assert process.wait(PATIENCE) == -9, point
                assert state(connection) == {"sending": 100, "waiting": PEOPLE - 100}
                process = start(app)
                until_sent(connection)
                process.terminate()
                process.wait(30)
                held(connection, box)
        finally:
            cluster.stop()


def fill(app: App, connection: Connection) -> None:
    start_cursor(connection, app.context().rules_name)
    pipeline = Pipeline(connection, app.context())

    def step() -> None:
        while pipeline.step():
            pass

    now = time.time_ns() // 1000
    people(connection, PEOPLE, step, now)
    store.put_message(connection, "cli", NOTE)
    rows = connection.execute("SELECT customer, value FROM identifiers WHERE type = 'email' ORDER BY value").fetchall()
    outbox.put(
        connection,
        [
            Waiting(
                decision=n.to_bytes(16, "big"), customer=bytes(customer), channel="email", address=f"email:{value}",
                message="note", purpose="marketing", topic="news", action="note", context={}, not_before=1, at=now,
            )
            for n, (customer, value) in enumerate(rows)
        ],
    )  # fmt: skip


def start(app: App, **more: str) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "regulars", "serve", "messages", "--data", str(app.folder.path)]
    return subprocess.Popen(argv, env=environment() | more, stderr=subprocess.DEVNULL)


def state(connection: Connection) -> dict[str, int]:
    rows = connection.execute("SELECT state, count(*) FROM outbox GROUP BY state")
    return {str(name): int(n) for name, n in rows}


def until_sent(connection: Connection) -> None:
    deadline = time.monotonic() + PATIENCE
    while state(connection) != {"sent": PEOPLE}:
        assert time.monotonic() < deadline, state(connection)
        time.sleep(0.1)


def held(connection: Connection, box: Box) -> None:
    ids = Counter(found[1] for _, _, content in box.taken if (found := re.search(rb"(?m)^Message-ID: (\S+)", content)))
    assert len(ids) == PEOPLE and len(box.taken) == PEOPLE + 100
    # Both kills left the same hundred in doubt; the second time they had arrived.
    ((doubtful, rows),) = connection.execute("SELECT sum(doubtful), count(*) FILTER (WHERE doubtful > 0) FROM outbox")
    assert (int(doubtful), rows) == (200, 100)
    assert {n for id, n in ids.items() if int(id[1:33], 16) < 100} == {2}
