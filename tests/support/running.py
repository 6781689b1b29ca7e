"""The real thing for tests: `regulars up` as processes on a free port, and ways to speak with it."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from regulars.app import App
from regulars.cli.leftovers import MARKER, Entry
from regulars.cli.main import main
from regulars.settings import FILE, load
from regulars.storage.processes import carrying, started, wait_gone

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
OK = b'{"success":true}'
_record = msgspec.json.Decoder(list[Entry])


class Running:
    """One installation as its users see it: a folder, an address, keys."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.folder = folder
        if database_url:
            folder.mkdir(parents=True)
            (folder / FILE).touch(0o600)
            (folder / FILE).write_text(f"database_url = {json.dumps(database_url)}\n")
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        # Unlike a user's, this client must not ask a proxy for an address of this machine.
        self.http = httpx.Client(base_url=self.address, trust_env=False, timeout=30)

    def start(self, **more: str) -> None:
        """Run `regulars up` until it is ready, with this in its environment too."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, "-m", "regulars", "up", "--no-demo", "--port", str(self.port)]
        with (self.folder.parent / f"{self.folder.name}.out").open("ab") as out:
            argv += ["--data", str(self.folder)]
            env = environment() | more
            self.process = subprocess.Popen(argv, env=env, stdout=out, stderr=out, start_new_session=True)
        self.until_ready()

    def until_ready(self) -> None:
        """Return once the log takes writes."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process is not None and self.process.poll() is None, f"`up` has ended: {self.output()}"
            try:
                if self.http.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready after {PATIENCE} s: {self.output()}")

    def stop(self) -> None:
        """End it as an administrator would; fails when any process of it is left."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.process = None
        left = self.left_over()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, f"processes left after SIGTERM: {left}"
        assert code == 0, f"`up` ended with code {code}: {self.output()}"

    def left_over(self) -> list[int]:
        """The pids of this installation's processes that still run; those about to end are given a moment."""
        return wait_gone(carrying(f"{MARKER}={self.folder}"), 2.0)

    def restart(self) -> None:
        """End everything and start it again on the same port."""
        self.stop()
        self.start()

    def output(self) -> str:
        """The last that `up` and its children said."""
        return (self.folder.parent / f"{self.folder.name}.out").read_text(errors="replace")[-3000:]

    def pid(self, child: str) -> int:
        """The pid of a child process; waits until it runs."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                entries = _record.decode((self.folder / "run" / "pids.json").read_bytes())
            except (OSError, msgspec.DecodeError):
                entries = []
            for entry in entries:
                if entry.name == child and started(entry.pid) == entry.started:
                    return entry.pid
            time.sleep(0.02)
        raise AssertionError(f"{child} does not run: {self.output()}")

    def kill(self, child: str) -> None:
        """Kill a child process as hard as it goes."""
        os.kill(self.pid(child), signal.SIGKILL)

    def cli(self, *arguments: str) -> list[Any]:
        """What a command prints with --json, line by line; run in this process, since starting one takes a second."""
        said, wrong = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(wrong):
            code = main([*arguments, "--json", "--data", str(self.folder)])
        assert code == 0, wrong.getvalue()
        return [json.loads(line) for line in said.getvalue().splitlines()]

    def key(self, kind: str, source: str) -> str:
        """A new key."""
        return str(self.cli("keys", "create", "--kind", kind, "--source", source)[0]["key"])

    def wait(self) -> None:
        """Return once all that was acknowledged is taken in."""
        self.cli("wait", "--timeout", str(PATIENCE))

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with App(load(self.folder)).connect() as connection:
            return connection.execute(query.encode(), values).fetchall()

    def message_ids(self, source: str) -> list[str]:
        """The message ids of a source's accepted events, as often as they are there, in order."""
        rows = self.sql("SELECT message_id FROM events WHERE source = %s ORDER BY message_id", source)
        return [row[0] for row in rows]

    def rejected(self, source: str) -> list[dict[str, Any]]:
        """A source's rejected items as `rejected list` shows them, oldest first."""
        return [row for row in reversed(self.cli("rejected", "list", "-n", "10000")) if row["source"] == source]

    def post(self, path: str, key: str, body: Any, **headers: str) -> httpx.Response:
        """One call with a key as the user of Basic auth; anything but bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.post(path, content=content, auth=_auth(key), headers=headers)

    def send(self, key: str, *items: dict[str, Any]) -> None:
        """Have a batch acknowledged."""
        answer = self.post("/v1/batch", key, {"batch": items})
        assert (answer.status_code, answer.content) == (200, OK), answer.text

    def get(self, path: str, key: str, **parameters: str) -> httpx.Response:
        """Ask the JSON API."""
        return self.http.get(path, params=parameters, auth=_auth(key))

    def close(self) -> None:
        """End it and forget the connections."""
        self.http.close()
        self.stop()


def _auth(key: str) -> httpx.Auth:
    return httpx.BasicAuth(key, "") if key else httpx.Auth()


def environment() -> dict[str, str]:
    """For processes of ours: this checkout's code, no proxy on the way to this machine, no settings from outside."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGULARS_")}
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def now(offset: float = 0.0) -> str:
    """The time as SDKs write it, some seconds from now."""
    moment = datetime.fromtimestamp(time.time() + offset, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
