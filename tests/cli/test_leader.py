"""The pipeline's process: woken and not polling, one leads while another stands by, faults are told in one line."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.frames import append, frame, installed
from support.installation import SHOP
from support.running import environment

from regulars.app import App
from regulars.storage.database import Connection
from regulars.storage.leadership import led
from regulars.storage.queries import start_cursor

PATIENCE = 30.0
LEADS = "leads from place"


class Process:
    """One `regulars serve pipeline`."""

    def __init__(self, app: App, name: str) -> None:
        self._said = app.folder.path.parent / f"{name}.out"
        argv = [sys.executable, "-m", "regulars", "serve", "pipeline", "--data", str(app.folder.path)]
        with self._said.open("wb") as out:
            self.popen = subprocess.Popen(argv, env=environment(), stdout=out, stderr=out)

    def said(self) -> str:
        return self._said.read_text()

    def leads(self) -> bool:
        return LEADS in self.said()

    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))

    def end(self) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait(PATIENCE)


Start = Callable[[str], Process]


@pytest.fixture
def app(database: str, tmp_path: Path) -> App:
    return installed(tmp_path / "data", database)


@pytest.fixture
def start(app: App) -> Iterator[Start]:
    """Starts a process; all are ended afterwards."""
    made: list[Process] = []

    def begin(name: str) -> Process:
        made.append(Process(app, name))
        return made[-1]

    yield begin
    for process in made:
        process.end()


@pytest.fixture
def connection(app: App) -> Iterator[Connection]:
    with app.connect() as made:
        yield made


def until(happens: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
    """The seconds until something happens."""
    started = time.monotonic()
    while not happens():
        assert time.monotonic() - started < patience, f"{what}: not within {patience} s"
        time.sleep(0.01)
    return time.monotonic() - started


def send(connection: Connection, name: str) -> Callable[[], bool]:
    """Append one event; returns what tells whether it has been taken in."""
    item: dict[str, Any] = {"messageId": name, "type": "track", "event": "Seen", "userId": "ann"}
    append(connection, frame(SHOP, item))
    query = "SELECT EXISTS (SELECT FROM events WHERE message_id = %s)"
    return lambda: connection.execute(query, (name,)).fetchone() == (True,)


def waits_to_lead(connection: Connection) -> bool:
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    return connection.execute(query).fetchone() == (True,)


@pytest.mark.slow
def test_woken_by_appends_and_quiet_otherwise_and_followed_when_killed(connection: Connection, start: Start) -> None:
    before = send(connection, "before")
    first = start("first")
    until(first.leads, "leading")
    until(before, "what came before it led")
    second = start("second")
    until(lambda: waits_to_lead(connection), "standing by")
    for number in range(5):
        until(send(connection, f"woken-{number}"), "an event", 2.0)
    used = first.cpu(), second.cpu()
    time.sleep(5)
    assert first.cpu() - used[0] <= 0.2, "the leader is not idle"
    assert second.cpu() - used[1] <= 0.2, "who stands by is not idle"
    assert not second.leads()
    first.popen.kill()
    until(send(connection, "while nobody leads"), "an event after the leader's death", 5.0)
    assert second.leads() and led(connection)
    until(send(connection, "after"), "an event", 2.0)
    second.popen.send_signal(signal.SIGTERM)
    assert second.popen.wait(5) == 0
    assert "Traceback" not in first.said() + second.said()
    rows = connection.execute("SELECT count(*), count(DISTINCT message_id) FROM events").fetchone()
    assert rows == (8, 8)


def test_it_outlives_its_connections(connection: Connection, start: Start) -> None:
    process = start("only")
    until(process.leads, "leading")
    for number in range(2):
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        until(send(connection, f"e-{number}"), "an event", 10.0)
    assert process.popen.poll() is None
    assert process.said().count(LEADS) == 3
    assert "trying again" in process.said()
    assert "Traceback" not in process.said()


def test_a_leader_whose_cursor_was_moved_begins_anew(connection: Connection, start: Start) -> None:
    process = start("only")
    until(process.leads, "leading")
    until(send(connection, "one"), "an event")
    connection.execute("UPDATE cursor SET seq = 0")
    until(send(connection, "two"), "an event")
    assert "the cursor is no longer at 1; standing by" in process.said()
    assert process.said().count(LEADS) == 2
    rows = connection.execute("SELECT message_id FROM events ORDER BY 1").fetchall()
    assert rows == [("one",), ("two",)]


def test_what_a_newer_version_made_ends_it_with_one_clear_line(app: App, connection: Connection, start: Start) -> None:
    start_cursor(connection, app.context().rules_name)
    connection.execute("UPDATE cursor SET projection_version = 99")
    send(connection, "one")
    process = start("only")
    assert process.popen.wait(PATIENCE) == 1
    (line,) = process.said().splitlines()
    assert line.startswith("regulars: what is derived was made by version 99") and "a newer one" in line
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
