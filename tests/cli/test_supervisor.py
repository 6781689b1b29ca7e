"""Supervision: each test runs a real supervisor in a process of its own, and looks at what is left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeVar

import psycopg
import pytest

from regulars.cli import leftovers
from regulars.storage.folder import DataFolder
from regulars.storage.processes import carrying, started, wait_gone, working_in

DRIVER = """
import json, sys
from regulars.cli.child import Child, database_child
from regulars.cli.supervisor import Supervisor
from regulars.storage.cluster import Cluster
from regulars.storage.folder import DataFolder, FolderError
from regulars.storage.processes import wait_gone
def fail():
    raise FolderError("mend it so")
def dies(pid):
    wait_gone([pid], 60)
    raise FolderError("not ready")
try:
    folder = DataFolder(sys.argv[1])
    supervisor = Supervisor(folder)
    if "postgres" in sys.argv[3:]:
        supervisor.add(database_child(Cluster(folder, "32MB")))
    for name, fields in json.loads(sys.argv[2]).items():
        if fields.pop("fails", False):
            fields["before"] = fail
        if fields.pop("dies", False):
            fields["after"] = dies
        if "says" in fields:
            fields["done"] = lambda words=fields.pop("says"): print(words, file=sys.stderr, flush=True)
        if "patience" in fields:
            fields["stop"] = ((15, fields.pop("patience")), (9, 5.0))
        supervisor.add(Child(name, **fields))
    supervisor.run()
except FolderError as error:
    sys.exit(str(error))
"""
T = TypeVar("T")
SLEEP: dict[str, object] = {"argv": ["sleep", "1000"]}


class Up:
    """A running supervisor and what it says."""

    def __init__(self, data: Path, children: dict[str, dict[str, object]], *more: str) -> None:
        self.data = data
        self.errors = data.parent / "errors.txt"
        argv = [sys.executable, "-c", DRIVER, str(data), json.dumps(children), *more]
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(argv, stdout=errors, stderr=errors, start_new_session=True)

    def said(self) -> str:
        return self.errors.read_text()

    def pids(self) -> dict[str, int]:
        try:
            entries = json.loads((self.data / "run" / "pids.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return {entry["name"]: entry["pid"] for entry in entries}

    def pid(self, name: str, other_than: int = 0) -> int:
        return until(lambda: (found := self.pids().get(name, 0)) != other_than and found)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def until(ask: Callable[[], T | Literal[False]], seconds: float = 20.0) -> T:
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
    return answer


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    left = carrying(f"{leftovers.MARKER}={(tmp_path / 'data').resolve()}")
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "the test left processes behind"


def test_a_second_one_on_the_same_folder_is_refused(data: Path) -> None:
    up = Up(data, {"a": SLEEP})
    first = up.pid("a")
    second = Up(data, {"a": SLEEP})
    assert second.process.wait(20) == 1
    assert f"in use by process {up.process.pid}" in second.said()
    assert up.pid("a") == first
    assert up.end() == 0


def test_an_error_at_the_first_start_ends_all(data: Path) -> None:
    up = Up(data, {"a": SLEEP, "b": SLEEP | {"fails": True}, "c": SLEEP})
    assert up.process.wait(20) == 1
    assert "mend it so" in up.said()
    assert up.pids() == {}


def test_a_program_that_is_not_there_is_said_and_tried_again(data: Path) -> None:
    up = Up(data, {"a": {"argv": ["/no/such/program"]}})
    until(lambda: up.said().count("/no/such/program") >= 2)
    assert up.end() == 0


def test_a_child_killed_while_it_becomes_ready_is_started_again(data: Path) -> None:
    up = Up(data, {"a": SLEEP | {"dies": True}, "b": SLEEP})
    first = up.pid("a")
    os.kill(first, signal.SIGKILL)
    second = up.pid("a", other_than=first)
    assert "b" not in up.pids()
    os.kill(second, signal.SIGKILL)
    until(lambda: up.said().count("ended by SIGKILL; starting it again") == 2)
    assert up.end() == 0


def test_a_killed_child_is_started_again(data: Path) -> None:
    up = Up(data, {"a": SLEEP, "b": SLEEP})
    first, other = up.pid("a"), up.pid("b")
    os.kill(first, signal.SIGKILL)
    assert up.pid("a", other_than=first) != first
    assert up.pid("b") == other
    assert "a: ended by SIGKILL; starting it again in 0.2 s" in up.said()
    assert up.end() == 0


def test_one_that_keeps_dying_waits_longer_each_time(data: Path) -> None:
    up = Up(data, {"a": {"argv": ["sh", "-c", "exit 3"]}})
    until(lambda: "ended with code 3; starting it again in 0.8 s" in up.said())
    assert up.end() == 0


def test_a_one_shot_child_runs_once(data: Path) -> None:
    once = {"argv": ["sh", "-c", "echo here"], "once": True, "log": True, "says": "that was a"}
    up = Up(data, {"a": once, "b": SLEEP})
    up.pid("b")
    until(lambda: (data / "logs" / "a.log").exists() and (data / "logs" / "a.log").read_text() == "here\n")
    until(lambda: "a" not in up.pids())
    time.sleep(0.4)
    assert (data / "logs" / "a.log").read_text() == "here\n"
    assert up.errors.read_text().count("that was a") == 1
    assert up.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_in_reverse(data: Path, number: int) -> None:
    told = data.parent / "told"
    script = 'trap "echo {0} >> {1}; exit" TERM; sleep 1000 & wait'
    up = Up(data, {name: {"argv": ["sh", "-c", script.format(name, told)]} for name in ("a", "b", "c")})
    pids = [up.pid(name) for name in ("a", "b", "c")]
    time.sleep(0.1)
    assert up.end(number) == 0
    assert told.read_text().split() == ["c", "b", "a"]
    assert wait_gone(pids, 0) == []
    assert carrying(f"{leftovers.MARKER}={data}") == []


def test_one_that_does_not_listen_is_killed(data: Path) -> None:
    up = Up(data, {"a": {"argv": ["sh", "-c", 'trap "" TERM; while :; do sleep 1000; done'], "patience": 0.5}})
    deaf = up.pid("a")
    time.sleep(0.1)
    assert up.end() == 0
    assert started(deaf) is None


def test_a_dead_childs_own_children_end_with_it(data: Path) -> None:
    up = Up(data, {"a": {"argv": ["sh", "-c", "sleep 1000 & wait"]}})
    first = up.pid("a")
    family = until(lambda: len(found := carrying(f"{leftovers.MARKER}={data}")) == 2 and found)
    os.kill(first, signal.SIGKILL)
    assert wait_gone(family, 5) == []
    assert up.end() == 0


def test_nothing_of_a_killed_supervisor_is_left_after_the_next_start(data: Path) -> None:
    stubborn = {"argv": ["sh", "-c", 'trap "" TERM; sleep 1000 & wait; sleep 1000'], "patience": 0.3}
    up = Up(data, {"a": stubborn, "b": SLEEP})
    until(lambda: len(carrying(f"{leftovers.MARKER}={data}")) == 3)
    old = carrying(f"{leftovers.MARKER}={data}")
    up.end(signal.SIGKILL)
    again = Up(data, {"b": SLEEP})
    until(lambda: again.pids().get("b", old[0]) not in old)
    assert wait_gone(old, 0) == []
    assert again.end() == 0


def test_a_reused_pid_in_the_record_is_left_alone(data: Path) -> None:
    stranger = subprocess.Popen(["sleep", "1000"])
    folder = DataFolder(data)
    old = leftovers.entry("a", stranger.pid, ((signal.SIGKILL, 1.0),))
    leftovers.write(folder.run / "pids.json", [leftovers.Entry(old.name, old.pid, "an earlier time", old.stop)])
    assert leftovers.end_leftovers(folder.run / "pids.json", folder.path) == []
    assert stranger.poll() is None
    leftovers.write(folder.run / "pids.json", [old])
    assert leftovers.end_leftovers(folder.run / "pids.json", folder.path) == ["a"]
    assert stranger.wait() == -signal.SIGKILL


def test_a_torn_record_is_no_obstacle(data: Path) -> None:
    folder = DataFolder(data)
    (folder.run / "pids.json").write_text('[{"name": "a", "pi')
    assert leftovers.end_leftovers(folder.run / "pids.json", folder.path) == []


def test_it_sleeps_while_nothing_happens(data: Path) -> None:
    up = Up(data, {"a": SLEEP})
    up.pid("a")
    time.sleep(0.2)
    stat = Path(f"/proc/{up.process.pid}/stat")
    if stat.exists():
        before = stat.read_text().rpartition(")")[2].split()[11:13]
        time.sleep(1.0)
        assert stat.read_text().rpartition(")")[2].split()[11:13] == before
    assert up.end() == 0


def test_postgres_comes_first_and_again_after_each_death(data: Path) -> None:
    up = Up(data, {"web": SLEEP}, "postgres")
    web = up.pid("web")
    folder = DataFolder(data)
    with psycopg.connect(folder.database_url()) as link:
        link.execute("CREATE TABLE kept AS SELECT 5 AS v")
    first = up.pid("postgres")
    os.kill(first, signal.SIGKILL)
    up.pid("postgres", other_than=first)
    assert until(lambda: _value(folder)) == 5
    assert up.pid("web") == web

    up.end(signal.SIGKILL)
    again = Up(data, {"web": SLEEP}, "postgres")
    until(lambda: again.pids().get("web", web) != web)
    assert _value(folder) == 5
    server = again.pid("postgres")
    assert again.end() == 0
    assert started(server) is None
    assert working_in(folder.postgres, "postgres") == []


def _value(folder: DataFolder) -> object:
    try:
        with psycopg.connect(folder.conninfo()) as link:
            row = link.execute("SELECT v FROM kept").fetchone()
    except psycopg.OperationalError:
        return None
    return row and row[0]
