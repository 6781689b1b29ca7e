"""Processes killed in the middle of an import and of its undo: both are gone on with, and nothing counts twice."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.running import Running, environment

pytestmark = pytest.mark.slow


def town(folder: Path) -> str:
    """1,200 calls of one source; a row of the log holds 500 frames, each of one call."""
    folder.mkdir()
    (folder / "sources.json").write_text(json.dumps([{"name": "old", "trust": "server"}]))
    with (folder / "events.jsonl").open("w") as file:
        for n in range(1200):
            traits = {"email": f"u{n % 100}@mail.example", "loyalty_id": f"CARD{n % 90}"}
            event = {"type": "identify", "userId": f"u{n % 100}", "messageId": f"o{n}", "traits": traits}
            received = f"2026-03-01T10:{n // 60:02}:{n % 60:02}Z"
            file.write(json.dumps({"source": "old", "received_at": received, "event": event}) + "\n")
    return str(folder)


def command(running: Running, fault: str, *arguments: str) -> int:
    argv = [sys.executable, "-m", "regulars", *arguments, "--data", str(running.folder)]
    return subprocess.run(argv, env=environment() | {"REGULARS_FAULT": fault}, timeout=120, check=False).returncode


def test_an_import_and_its_undo_survive_kills(tmp_path: Path) -> None:
    folder = town(tmp_path / "town")
    running = Running(tmp_path / "data")
    running.start()
    try:
        key = running.key("secret", "shop")
        running.send(
            key, *({"type": "track", "event": "A", "userId": f"u{n}", "messageId": f"r{n}"} for n in range(50))
        )
        running.wait()
        before = running.cli("digest")[0]
        assert command(running, "import.before:2", "import", "events", folder) < 0
        assert command(running, "import.after:1", "import", "events", folder) < 0
        (told,) = running.cli("import", "events", folder)
        assert (told["items"], told["added"], told["present"]) == (1200, 1200, 0)
        # The pipeline is killed in the middle of it, again and again, as often as it begins anew.
        running.stop()
        running.start(REGULARS_FAULT="undo.before:1")
        argv = ("import", "undo", told["run"])
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run(
                [sys.executable, "-m", "regulars", *argv, "--data", str(running.folder)],
                env=environment(), timeout=15, check=False,
            )  # fmt: skip
        assert running.cli("import", "list")[0][0]["state"] == "undoing"
        assert len(running.message_ids("old")) == 1200
        running.restart()
        (undone,) = running.cli(*argv)
        assert (undone["events"], undone["back"]) == (1200, 0)
        assert running.cli("digest")[0] == before
        running.cli("rebuild")
        assert running.cli("digest")[0] == before
    finally:
        running.close()
