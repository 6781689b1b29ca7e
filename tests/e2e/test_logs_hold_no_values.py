"""Marked values in good, bad and failing requests, a killed database among them: no log of any process holds one."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import psycopg
import pytest
from support import own_server
from support.running import Running, now

from regulars.storage.cluster import Cluster
from regulars.storage.folder import DataFolder

MARK = "markedvalue"
PHONE = "+4915112345678"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    if own_server.URL:
        pytest.skip("looks into the logs of the embedded server")
    made = Running(tmp_path / "data")
    made.start()
    yield made
    made.close()


def log_every_statement(running: Running) -> None:
    """As if each statement were slow."""
    with psycopg.connect(Cluster(DataFolder(running.folder)).conninfo("postgres", "postgres"), autocommit=True) as link:
        link.execute("ALTER SYSTEM SET log_min_duration_statement = 0")
        link.execute("SELECT pg_reload_conf()")


def bodies() -> list[bytes]:
    """What can be sent: good, refused item by item, refused whole, and what the database refuses."""
    who = {"userId": MARK, "anonymousId": f"{MARK}-browser"}
    traits = {"email": f"{MARK}@mail.example", "phone": PHONE, "name": MARK, "loyalty_id": f"{MARK}-card"}
    good = {"type": "identify", "messageId": f"{MARK}-1", "timestamp": now(), "traits": traits, **who}
    items = [
        good,
        {**good, "traits": {"name": "another"}},  # a conflicting duplicate
        {**good, "messageId": f"{MARK}-2", "timestamp": MARK},
        {**good, "messageId": f"{MARK}-3", "type": MARK},
        {**good, "messageId": MARK * 100},
        {"type": "track", "event": "Order Completed", "messageId": f"{MARK}-4", "properties": {"total": MARK}, **who},
        {"type": "track", "event": f"{MARK} \x00", "messageId": f"{MARK}-5", **who},
        {"type": "alias", "previousId": f"{MARK}-old", "messageId": f"{MARK}-6", **who},
    ]
    whole = json.dumps({"batch": items}).encode()
    return [whole, whole[:-20], gzip.compress(whole), gzip.compress(whole)[:-30], f'{{"batch": "{MARK}"}}'.encode()]


@pytest.mark.slow
def test_no_log_holds_a_value_that_somebody_sent(running: Running) -> None:
    key = running.key("secret", "shop")
    log_every_statement(running)
    for body in bodies():
        running.post("/v1/batch", key, body)
        running.post("/v1/track", key, body)
        running.post("/v1/track", f"{MARK}-key", body)
    running.wait()
    for asked in (f"email:{MARK}@mail.example", f"user_id:{MARK}", f"phone:{PHONE}", MARK, f"{MARK}\x00"):
        running.get("/api/customers", key, identifier=asked)
        running.get("/api/customers", key, q=asked)
        running.get(f"/api/customers/{quote(asked)}", key)
    running.http.get(f"/v1/projects/{MARK}/settings")
    running.kill("postgres")
    for body in bodies()[:2]:
        for path in ("/v1/batch", f"/{MARK}"):
            try:
                running.post(path, key, body)
                running.get("/api/customers", key, identifier=f"user_id:{MARK}")
            except httpx.TransportError:
                pass
    running.until_ready()
    running.kill("pipeline")
    running.send(key, {"type": "identify", "userId": MARK, "traits": {"phone": PHONE}})
    running.wait()
    files = [running.folder.parent / f"{running.folder.name}.out"]
    files += [path for path in running.folder.joinpath("logs").rglob("*") if path.is_file()]
    texts = {path.name: path.read_text(errors="replace") for path in files}
    wanted = (MARK, PHONE.removeprefix("+"), key)
    found = [
        (name, line) for name, text in texts.items() for line in text.splitlines() if any(w in line for w in wanted)
    ]
    assert found == []
    statements = [text for name, text in texts.items() if name.startswith("postgres-")]
    assert any("INSERT INTO log" in text for text in statements), "the statements were not logged"
    told = [line for line in texts[files[0].name].splitlines() if line.startswith("{")]
    assert {json.loads(line)["process"] for line in told} >= {"up", "pipeline"}
