"""Faults at the worst places: nothing acknowledged is lost, nothing counts twice, work goes on by itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from support.load import Sender, assert_kept
from support.running import PATIENCE, Running, environment

from regulars.storage.faults import FAULT, POINTS
from regulars.storage.processes import HAS_PROC

pytestmark = pytest.mark.slow

TIMES = 3
SENDERS = 3
ROOM = "300m"
MORE_ROOM = "900m"


def until(happens: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
    """The seconds until something happens."""
    started = time.monotonic()
    while not happens():
        assert time.monotonic() - started < patience, f"{what}: not within {patience} s"
        time.sleep(0.05)
    return time.monotonic() - started


def said(running: Running, event: str) -> list[dict[str, object]]:
    """What the processes said of this event, oldest first."""
    text = (running.folder.parent / f"{running.folder.name}.out").read_text(errors="replace")
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def deaths(running: Running) -> int:
    """How many children have ended by SIGKILL so far."""
    return sum(line["reason"] == "ended by SIGKILL" for line in said(running, "child_ended"))


def serve(running: Running, *role: str, **more: str) -> subprocess.Popen[bytes]:
    """One role more on the same folder, as a process of its own."""
    argv = [sys.executable, "-m", "regulars", "serve", *role, "--data", str(running.folder)]
    with (running.folder.parent / f"{role[0]}.out").open("ab") as out:
        return subprocess.Popen(argv, env=environment() | more, stdout=out, stderr=out)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def senders(running: Running) -> Iterator[Callable[[], list[Sender]]]:
    """Starts the load; what a failed test left is ended."""
    made: list[Sender] = []

    def begin() -> list[Sender]:
        made.extend(Sender(running, number) for number in range(SENDERS))
        for sender in made:
            sender.start()
        return made

    yield begin
    for sender in made:
        sender.give_up()


@pytest.mark.timeout(900)
def test_each_fault_point_three_times_under_load(
    running: Running, senders: Callable[[], list[Sender]], tmp_path: Path
) -> None:
    running.start()
    load = senders()
    for point in POINTS:
        if point.startswith(("swap.", "import.", "undo.", "decision.", "handover.")):
            continue
        running.stop()
        before = deaths(running)
        running.start(**{FAULT: f"{point}:{5 if point.startswith('a') else 3}"})
        until(lambda at=before: deaths(running) >= at + TIMES, point)  # type: ignore[misc]
    running.restart()
    for sender in load:
        sender.finish()
    for point in ("swap.before", "swap.after"):
        for _ in range(TIMES):
            argv = [sys.executable, "-m", "regulars", "rebuild", "--data", str(running.folder)]
            done = subprocess.run(argv, env=environment() | {FAULT: f"{point}:1"}, capture_output=True, check=False)
            assert done.returncode == -signal.SIGKILL
    running.cli("rebuild")
    assert_kept(running, load, tmp_path / "undisturbed")


@pytest.mark.timeout(300)
def test_a_leader_that_was_only_asleep_writes_nothing_afterwards(running: Running) -> None:
    running.start()
    key = running.key("secret", "shop")
    os.kill(running.pid("pipeline"), signal.SIGSTOP)  # its place is taken by those below
    supervised = running.pid("pipeline")
    _end_sessions(running)
    asleep = serve(running, "pipeline", **{FAULT: "cursor.before:2:SIGSTOP"})
    awake: subprocess.Popen[bytes] | None = None
    try:
        running.send(key, *_items(0, 10))
        running.wait()
        running.send(key, *_items(10, 10))
        until(lambda: _state(asleep.pid) == "T", "asleep")
        awake = serve(running, "pipeline")
        _end_sessions(running)
        until(lambda: _retried(running, key, _items(20, 10)) == 200, "its appender's session was ended too")
        until(lambda: len(running.message_ids("shop")) == 30, "what came meanwhile", 15.0)
        cursor = running.sql("SELECT seq FROM cursor")
        digest = running.cli("digest")
        for pid in (asleep.pid, supervised):
            os.kill(pid, signal.SIGCONT)
        time.sleep(3)
        assert running.sql("SELECT seq FROM cursor") == cursor
        assert running.cli("digest") == digest
        assert len(running.message_ids("shop")) == 30
        running.send(key, *_items(30, 10))
        awake.kill()
        assert until(lambda: len(running.message_ids("shop")) == 40, "who stands by follows") < 5
    finally:
        for process in (asleep, awake):
            if process is not None:
                process.kill()
                process.wait()
        with suppress(ProcessLookupError):
            os.kill(supervised, signal.SIGCONT)


def _items(first: int, n: int) -> list[dict[str, object]]:
    said = {"type": "track", "event": "Seen"}
    return [{**said, "messageId": f"m{at}", "userId": f"u{at}"} for at in range(first, first + n)]


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _end_sessions(running: Running) -> None:
    """End every session but the web server's, and wait until they are gone."""
    running.sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'web'"
    )


@pytest.mark.timeout(300)
def test_without_its_database_it_answers_503_and_recovers(running: Running, tmp_path: Path) -> None:
    running.start()
    key = running.key("secret", "shop")
    running.send(key, *_items(0, 10))
    web, postgres = running.pid("web"), running.pid("postgres")
    os.kill(postgres, signal.SIGSTOP)  # the supervisor sees it alive, nobody gets an answer from it
    children = [int(each) for each in Path(f"/proc/{postgres}/task/{postgres}/children").read_text().split()]
    for pid in children:
        os.kill(pid, signal.SIGSTOP)
    answer = running.post("/v1/batch", key, {"batch": _items(10, 10)})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert "regulars_database_up 0" in running.http.get("/metrics").text
    for pid in (*children, postgres):
        os.kill(pid, signal.SIGCONT)
    until(lambda: _retried(running, key, _items(10, 10)) == 200, "recovery")
    running.kill("postgres")
    until(lambda: _retried(running, key, _items(10, 10)) == 503, "gone", 15)
    until(lambda: _retried(running, key, _items(10, 10)) == 200, "recovery")
    running.wait()
    assert running.message_ids("shop") == sorted(item["messageId"] for item in _items(0, 20))  # type: ignore[type-var]
    assert running.pid("web") == web


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of little room, given more by `mount -o remount`."""
    path = tmp_path / "disk"
    path.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.mark.skipif(not HAS_PROC, reason="mounts a tmpfs")
@pytest.mark.timeout(600)
def test_out_of_disk_nothing_is_lost_and_work_goes_on_once_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    running = Running(small_disk / "data")
    (small_disk / "data.out").symlink_to(tmp_path / "up.out")
    running.start()
    try:
        key = running.key("secret", "shop")
        sent, full = _fill(running, key)
        assert full.headers["Retry-After"] and full.json()["code"] == "unavailable"
        time.sleep(3)
        subprocess.run(["mount", "-o", f"remount,size={MORE_ROOM}", str(small_disk)], check=True)
        until(lambda: _retried(running, key, sent[-1]) == 200, "room again")
        running.wait()
        wanted = sorted(str(item["messageId"]) for batch in sent for item in batch)
        assert running.message_ids("shop") == wanted
    finally:
        running.close()


def _fill(running: Running, key: str) -> tuple[list[list[dict[str, object]]], httpx.Response]:
    """Batches that were acknowledged, the last one not, and how that was answered."""
    sent: list[list[dict[str, object]]] = []
    while True:
        at = 20 * len(sent)
        sent.append([{**item, "properties": {"noise": os.urandom(10_000).hex()}} for item in _items(at, 20)])
        assert len(sent) < 2000, "the disk is not full"
        answer = running.post("/v1/batch", key, {"batch": sent[-1]})
        if answer.status_code != 200:
            assert answer.status_code == 503, answer.text
            return sent, answer


def _retried(running: Running, key: str, batch: list[dict[str, object]]) -> int:
    try:
        return running.post("/v1/batch", key, {"batch": batch}).status_code
    except httpx.TransportError:
        return 0
