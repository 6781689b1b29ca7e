"""A pipeline killed in the middle of an erasure, and a restore of a back-up that is older than the erasure."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from support.running import Running

pytestmark = pytest.mark.slow

HERS = ("zuleika@mail.example", "zuleika-77")


def events(n: int) -> list[dict[str, object]]:
    return [
        {
            "type": "track",
            "event": "Product Viewed",
            "messageId": f"k{n}-{i}",
            "userId": f"user-{(n * 100 + i) % 900}" if i % 10 else "zuleika-77",
            "context": {"traits": {"email": "zuleika@mail.example"}} if i % 10 == 0 else {},
            "properties": {"product_id": f"p{i}"},
        }
        for i in range(100)
    ]


def found_in(folder: Path) -> list[tuple[str, str]]:
    found = []
    for file in folder.rglob("*"):
        if file.is_file() and "pg_wal" not in file.parts:
            content = file.read_bytes()
            found += [(file.name, name) for name in HERS if name.encode() in content]
    return found


def test_an_erasure_survives_a_kill_and_a_restore(tmp_path: Path) -> None:
    running = Running(tmp_path / "data")
    running.start()
    try:
        key = running.key("secret", "shop")
        for n in range(100):
            running.send(key, *events(n))
        running.wait()
        running.cli("backup", str(tmp_path / "old.backup"))
        os.kill(running.pid("pipeline"), signal.SIGSTOP)
        thread = threading.Thread(
            target=running.cli, args=("customers", "erase", "user_id:zuleika-77", "--yes"), daemon=True
        )
        thread.start()
        while not running.sql("SELECT FROM log WHERE seq > (SELECT seq FROM cursor)"):
            time.sleep(0.01)
        stopped = running.pid("pipeline")
        os.kill(stopped, signal.SIGCONT)
        time.sleep(0.05)
        os.kill(stopped, signal.SIGKILL)
        thread.join(60)
        assert not thread.is_alive()
        assert len(running.message_ids("shop")) == 9000
        before = running.cli("digest")[0]
        running.cli("rebuild")
        assert running.cli("digest")[0] == before
        assert found_in(tmp_path / "data") == []
    finally:
        running.close()
    restored = Running(tmp_path / "restored")
    erasures = str(tmp_path / "data" / "erasures.jsonl")
    restored.cli("restore", str(tmp_path / "old.backup"), "--erasures", erasures)
    restored.start()
    try:
        assert len(restored.message_ids("shop")) == 9000
        assert restored.cli("digest")[0]["parts"] == before["parts"]
        assert restored.sql("SELECT FROM identifiers WHERE value LIKE %s", "zuleika%") == []
    finally:
        restored.close()
