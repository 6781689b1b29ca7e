"""`import list|report|undo` and `demo remove`, as somebody types them."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.installation import KEY, SHOP, Installation, identify, track

from regulars.app import DIGEST, App
from regulars.cli import main as cli
from regulars.cli.imports import DEMO_MARK
from regulars.settings import load
from regulars.storage import imports
from regulars.storage.digest import digest

SOURCES = [{"name": "town", "trust": "server"}]


class Cli:
    """Runs commands against an installation's database, with a pipeline beside them."""

    def __init__(self, installation: Installation, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._installation = installation
        self._capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        with stepping(self._installation):
            found = cli.main([*arguments, "--data", str(self.folder)])
        said = self._capsys.readouterr()
        assert found == code, said.err
        return said.err if code else said.out

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))


@contextmanager
def stepping(installation: Installation) -> Iterator[None]:
    done = threading.Event()

    def steps() -> None:
        while not done.is_set():
            installation.pipeline.step()
            time.sleep(0.02)

    thread = threading.Thread(target=steps)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.fixture
def run(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    folder = tmp_path / "data"
    monkeypatch.setenv("REGULARS_DATABASE_URL", installation.conninfo)
    monkeypatch.setenv("REGULARS_SECRET", KEY.hex())
    # Nobody leads here but the thread beside the command.
    monkeypatch.setattr("regulars.cli.projection.led", lambda connection: True)
    App(load(str(folder)), create=True)
    return Cli(installation, folder, capsys)


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Calls as `simulate` writes them: three events, one of them twice, one that cannot be read."""
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "sources.json").write_text(json.dumps(SOURCES))
    calls = [identify("ada", email="ada@mail.example"), track("Cart Viewed", "ada"), track("Cart Viewed", "bob")]
    items = [{"messageId": str(n), "origin": "simulated", **call} for n, call in enumerate(calls)]
    lines = [
        json.dumps({"source": "town", "received_at": f"2026-03-01T10:00:0{n}Z", "event": event})
        for n, event in enumerate([*items, items[0], {"type": "track", "event": 7}])
    ]
    (folder / "events.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def digest_of(installation: Installation) -> str:
    return digest(installation.connection, installation.context.rules_name, DIGEST).digest


def test_a_run_from_import_to_undo(installation: Installation, run: Cli, town: Path) -> None:
    installation.send(SHOP, identify("ada"))
    before = digest_of(installation)
    assert run("import", "list").strip() == "nothing was imported"
    told = run.json("import", "events", str(town))
    assert (told["items"], told["added"], told["present"], told["rejected"]) == (5, 3, 1, 1)
    id = told["run"]
    (listed,) = run.json("import", "list")
    assert (listed["id"], listed["state"], listed["what"], listed["sources"]) == (id, "done", "events", ["town"])
    text = run("import", "report", id[:12])
    assert "events.jsonl" in text and "5 read, 3 added, 1 there already, 1 rejected" in text
    assert run.json("import", "undo", id, "--dry-run") == {"run": id, "dry_run": True, "events": 3, "customers": 2}
    assert digest_of(installation) != before
    assert run.json("rejected", "list")["source"] == "town"
    assert run.json("import", "undo", id) == {"run": id, "dry_run": False, "events": 3, "back": 0}
    assert digest_of(installation) == before
    assert run("rejected", "list").strip() == "nothing is rejected"
    assert run.json("import", "report", id)["undone"] == {"events": 3, "back": 0}
    assert "undone already: 3 events are gone" in run("import", "undo", id, code=1)
    actions = installation.connection.execute("SELECT action, detail FROM audit").fetchall()
    assert actions == [("undo import", id)]


def test_again_after_it_and_twice(installation: Installation, run: Cli, town: Path) -> None:
    first = run.json("import", "events", str(town))["run"]
    run("import", "undo", first)
    second = run.json("import", "events", str(town))
    assert second["run"] != first and second["added"] == 3
    third = run.json("import", "events", str(town))
    assert (third["added"], third["present"]) == (0, 4)
    assert "3 of them came again from elsewhere" in run("import", "undo", second["run"])
    row = installation.connection.execute("SELECT count(*) FROM events").fetchone()
    assert row == (3,)


def test_an_undo_that_was_asked_for_is_waited_for(installation: Installation, run: Cli, town: Path) -> None:
    id = run.json("import", "events", str(town))["run"]
    assert imports.begin_undo(installation.connection, id)
    assert run.json("import", "list")[0]["state"] == "undoing"
    # Between the two the command was killed; its transaction was not committed, so there is no record either.
    installation.connection.execute("UPDATE imports SET state = 'done'")
    assert run.json("import", "undo", id)["events"] == 3


def test_one_that_was_broken_off_goes_on(
    installation: Installation, run: Cli, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("regulars.cli.importing.FRAMES", 1)
    appended = imports.append
    left = [2]

    def breaking(*given: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        appended(*given)

    with monkeypatch.context() as patched:
        patched.setattr("regulars.storage.imports.append", breaking)
        run("import", "events", str(town), code=130)
    (broken,) = run.json("import", "list")
    assert (broken["state"], broken["items"], broken["place"]) == ("interrupted", 2, "2")
    told = run.json("import", "events", str(town))
    assert (told["run"], told["items"], told["added"], told["present"]) == (broken["id"], 5, 3, 1)


@pytest.mark.parametrize("wanted", ["nothing", "%", ""])
def test_no_such_run(run: Cli, town: Path, wanted: str) -> None:
    run("import", "events", str(town))
    assert "there is no import run" in run("import", "undo", wanted, code=1)
    assert "there is no import run" in run("import", "report", wanted, code=1)


def test_more_than_one_begins_so(run: Cli, town: Path) -> None:
    run("import", "events", str(town))
    run("import", "events", str(town))
    assert "more than one import run begins with '20'" in run("import", "undo", "20", code=1)
    assert "at least 1" in run("import", "list", "-n", "0", code=1)


def test_example_data_are_removed(installation: Installation, run: Cli, town: Path) -> None:
    assert run("demo", "remove").strip() == "there are no example data"
    installation.send(SHOP, identify("ada"))
    before = digest_of(installation)
    run("import", "events", str(town))
    # Two of a real source say that they are simulated: one that is taken, and one that cannot be.
    installation.send(SHOP, {**track("Cart Viewed", "ada"), "origin": "simulated"})
    installation.send(SHOP, {"type": "track", "event": 8, "context": {"origin": "simulated"}}, {"type": "track"})
    assert run.json("demo", "remove", "--dry-run") == {"dry_run": True, "events": 4, "customers": 3}
    assert "example data removed: 4 events are gone" in run("demo", "remove")
    assert digest_of(installation) == before
    for _ in range(2):
        kept = run("rejected", "list", "--json").splitlines()
        assert len(kept) == 2 and not any("simulated" in line for line in kept)
        run("rebuild")
    assert (run.folder / DEMO_MARK).exists()
    assert run.json("import", "list")[0]["state"] == "undone"
    assert run("demo", "remove").strip() == "there are no example data"
    assert run.json("import", "events", str(town))["added"] == 3
