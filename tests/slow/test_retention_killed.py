"""A pipeline killed in the middle of retention, and a run while it waits: nothing is lost, nothing is half done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.running import Running, environment

pytestmark = pytest.mark.slow

SETTINGS = "[retention]\nbrowsing = 0\nanonymous = 0\nrejected = 0\n"


def events(n: int) -> list[dict[str, object]]:
    return [*(event(n, i) for i in range(100)), {"type": "track", "event": 7, "messageId": f"bad-{n}"}]


def event(n: int, i: int) -> dict[str, object]:
    who = {"userId": f"user-{i}"} if i % 2 else {"anonymousId": f"visitor-{(n * 100 + i) % 700}"}
    return {
        "type": "track",
        "event": "Product Viewed" if i % 3 else "Product Added",
        "messageId": f"k{n}-{i}",
        **who,
        "properties": {"product_id": f"p{i}", "url": "https://shop.example/seen-by-nobody"},
    }


def test_retention_survives_kills(tmp_path: Path) -> None:
    running = Running(tmp_path / "data")
    running.start()
    try:
        key = running.key("write", "site")
        for n in range(60):
            running.send(key, *events(n))
        running.wait()
        (tmp_path / "data" / "regulars.toml").write_text(SETTINGS)
        argv = [sys.executable, "-m", "regulars", "retention", "run", "--data", str(tmp_path / "data")]
        os.kill(running.pid("pipeline"), signal.SIGSTOP)
        stopped = running.pid("pipeline")
        run = subprocess.Popen(argv, env=environment(), stderr=subprocess.DEVNULL)
        while not running.sql("SELECT FROM log WHERE seq > (SELECT seq FROM cursor)"):
            time.sleep(0.01)
        os.kill(stopped, signal.SIGCONT)
        time.sleep(0.05)
        os.kill(stopped, signal.SIGKILL)
        run.kill()
        run.wait()
        done = running.cli("retention", "run")[0]
        assert all(not each["error"] for each in done["classes"])
        shown = running.cli("retention", "show")[0]["runs"]
        removed = {
            kind: sum(each["removed"] for each in shown if each["class"] == kind) for kind in ("browsing", "rejected")
        }
        # What went as browsing and what went with its visitor are 60 times 66 views; none counts twice.
        assert removed["browsing"] == 60 * 66 and removed["rejected"] == 60
        assert any(each["error"] == "broken off" for each in shown)
        ids = running.message_ids("site")
        assert len(ids) == len(set(ids)) == 60 * 50
        before = running.cli("digest")[0]
        running.cli("rebuild")
        assert running.cli("digest")[0]["parts"] == before["parts"]
        for n in range(60):
            running.send(key, *events(n)[:-1])
        running.wait()
        assert running.message_ids("site") == ids
        assert running.cli("digest")[0]["parts"] == before["parts"]
    finally:
        running.close()
