"""A mapped import, killed and gone on with: nothing is lost, nothing is added twice; then it is undone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.running import Running, environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ORDERS = 60_000
LINES = 3
MAP = """
kind = "order lines"
source = "shop"
[formats]
time_zone = "Europe/Prague"
currency = "EUR"
[fields]
order_id = "order"
time = "day"
[line]
product_id = "sku"
quantity = "pieces"
price = "price"
[ids]
email = "mail"
"""


def files(folder: Path) -> tuple[Path, Path]:
    """A file of order lines, of which every thousandth order has a bad one, and its map."""
    csv, map = folder / "orders.csv", folder / "orders.toml"
    with csv.open("w") as file:
        file.write("order;day;mail;sku;pieces;price\n")
        for n in range(ORDERS):
            for line in range(LINES):
                pieces = "many" if n % 1000 == 7 and line == 1 else str(1 + n % 3)
                file.write(f"O{n};2026-03-{1 + n % 28:02};p{n % 2000}@mail.example;A{line};{pieces};2.50\n")
    map.write_text(MAP)
    return csv, map


def command(running: Running, argv: list[str], **more: str) -> "subprocess.Popen[bytes]":
    argv = [sys.executable, "-m", "regulars", *argv, "--data", str(running.folder)]
    return subprocess.Popen(
        argv, env=environment() | more, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )


def kill_in_the_middle(running: Running, argv: list[str], appended: int) -> None:
    """Start it, and `kill -9` it once it has appended something more."""
    process = command(running, argv)
    deadline = time.monotonic() + 60
    while (imported := running.cli("import", "list")[0]) and imported[0]["items"] <= appended:
        assert process.poll() is None and time.monotonic() < deadline
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_resumed_and_undone(tmp_path: Path) -> None:
    csv, map = files(tmp_path)
    running = Running(tmp_path / "data")
    running.start()
    try:
        # Someone is known before, and shares an order's product, a mail address and the source with the file.
        key = running.key("secret", "shop")
        order = {"order_id": "O1", "currency": "EUR", "total": 1, "products": [{"product_id": "A1", "price": 1}]}
        ada = {
            "userId": "ada",
            "context": {"traits": {"email": "p5@mail.example"}},
            "timestamp": "2026-01-01T10:00:00Z",
        }
        running.send(key, {"type": "track", "event": "Order Completed", "messageId": "r1", "properties": order, **ada})
        running.wait()
        before = running.cli("digest")[0]
        argv = ["import", str(csv), "--map", str(map)]
        for fault in ("import.before:1", "import.after:1", "import.after:2"):
            assert command(running, argv, REGULARS_FAULT=fault).wait(120) == -signal.SIGKILL
        (broken,) = running.cli("import", "list")[0]
        assert broken["state"] == "interrupted" and broken["items"] > 0
        kill_in_the_middle(running, argv, broken["items"])
        (told,) = running.cli(*argv)
        assert told["run"] == broken["id"]
        whole = {"added": ORDERS - ORDERS // 1000, "present": 0, "rejected": ORDERS // 1000}
        assert {name: told[name] for name in whole} == whole
        ids = running.message_ids("shop")
        assert len(ids) == len(set(ids)) == whole["added"] + 1
        assert len(running.rejected("shop")) == whole["rejected"]
        assert running.sql("SELECT count(*) FROM orders") == [(whole["added"] + 1,)]
        after = running.cli("digest")[0]
        (again,) = running.cli(*argv)
        assert (again["added"], again["present"], again["rejected"]) == (0, whole["added"], 0)
        assert running.cli("digest")[0] == after
        running.cli("import", "undo", again["run"])
        running.cli("import", "undo", told["run"])
        assert running.cli("digest")[0] == before
        assert running.rejected("shop") == []
        # An import that was broken off can be taken back too, and then comes in whole.
        assert command(running, argv, REGULARS_FAULT="import.after:2").wait(120) == -signal.SIGKILL
        running.cli("import", "undo", running.cli("import", "list")[0][0]["id"])
        assert running.cli("digest")[0] == before
        assert running.cli(*argv)[0]["added"] == whole["added"]
        assert running.cli("digest")[0] == after
    finally:
        running.close()
