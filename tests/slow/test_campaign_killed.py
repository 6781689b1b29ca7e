"""A campaign of 20,000 whose process is killed at random: one decision and one e-mail each, whatever happens."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.many import people
from support.post import Box, post_office
from support.running import environment

from regulars.app import App
from regulars.decisioning.campaigns import store
from regulars.decisioning.campaigns.campaign import Campaign, Variant
from regulars.messaging.shipped import install
from regulars.pipeline import Pipeline
from regulars.segments.rule import decode
from regulars.segments.store import put
from regulars.settings import FILE, load
from regulars.storage.database import Connection
from regulars.storage.queries import start_cursor

PEOPLE = 20_000
KILLS = 30
PATIENCE = 480.0
SETTINGS = """
address = "https://regulars.shop.example"
[contact]
holdout = 0.0
quiet_from = "00:00"
quiet_to = "00:00"
[mail]
smtp = "{place}"
tls = "none"
sender = "Shop <news@shop.example>"
"""
EVERYBODY = decode('{"is":"all","of":[{"is":"trait","field":"kind","op":"is","value":"person"}]}')
JOIN = """
INSERT INTO memberships (segment, customer, joined, changes)
SELECT DISTINCT 'everybody', customer, 1, 1 FROM identifiers WHERE type = 'user_id'
"""
STATES = "SELECT state, count(*), sum(doubtful) FROM outbox GROUP BY state"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def box() -> Iterator[tuple[Box, str]]:
    with post_office() as made:
        yield made


@pytest.fixture
def app(tmp_path: Path, box: tuple[Box, str]) -> Iterator[App]:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / FILE).write_text(SETTINGS.format(place=box[1]))
    made = App(load(folder, {}), create=True)
    cluster = made.cluster()
    assert cluster is not None
    cluster.start()
    try:
        made.prepare()
        yield made
    finally:
        cluster.stop()


def test_one_each(app: App, box: tuple[Box, str]) -> None:
    with app.connect() as connection:
        fill(app, connection)
        store.begin(connection, "cli", "spring")
        chance, kills = random.Random(7), 0
        began = time.monotonic()
        process = start(app)
        try:
            while not done(connection):
                assert time.monotonic() - began < PATIENCE, connection.execute(STATES.encode()).fetchall()
                time.sleep(chance.uniform(0.3, 3.0))
                if kills < KILLS:
                    process.send_signal(signal.SIGKILL)
                    process.wait(10)
                    kills += 1
                    process = start(app)
        finally:
            process.terminate()
            process.wait(30)
        held(connection, box[0], kills)


def fill(app: App, connection: Connection) -> None:
    start_cursor(connection, app.context().rules_name)
    pipeline = Pipeline(connection, app.context())

    def step() -> None:
        while pipeline.step():
            pass

    people(connection, PEOPLE, step, time.time_ns() // 1000)
    install(connection)
    put(connection, "cli", "everybody", "Everybody", "", EVERYBODY)
    connection.execute(JOIN.encode())
    variants = (Variant("win-back", 50), Variant("win-back-2", 50))
    store.put(connection, "cli", Campaign(name="spring", title="Spring", segment="everybody", variants=variants))


def start(app: App) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "regulars", "serve", "messages", "--data", str(app.folder.path)]
    return subprocess.Popen(argv, env=environment(), stderr=subprocess.DEVNULL)


def done(connection: Connection) -> bool:
    states = {state: n for state, n, _ in connection.execute(STATES.encode())}
    return bool(states.get("sent", 0) + states.get("failed", 0) == PEOPLE)


def held(connection: Connection, box: Box, kills: int) -> None:
    """One decision, one row in the outbox, one Message-ID each; what came twice was counted as doubtful."""
    assert kills == KILLS or os.environ.get("CI") is None
    decided = connection.execute("SELECT count(*), count(DISTINCT customer) FROM decisions").fetchone()
    assert decided == (PEOPLE, PEOPLE)
    ((state, rows, doubtful),) = connection.execute(STATES.encode()).fetchall()
    assert (state, rows) == ("sent", PEOPLE)
    ids = Counter(found[1] for _, _, content in box.taken if (found := re.search(rb"(?im)^Message-ID: (\S+)", content)))
    assert len(ids) == PEOPLE and len(box.taken) == ids.total()
    assert ids.total() - PEOPLE <= int(doubtful)
    assert {len(to) for _, to, _ in box.taken} == {1}
    assert len({to[0] for _, to, _ in box.taken}) == PEOPLE
    counts = store.counts(connection)["spring"]
    assert sum(n for (_, what), n in counts.items() if what == "sent") == PEOPLE
