"""Opens and clicks: only what we signed counts, a link leads nowhere else, and each is told once."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from psycopg.types.json import Jsonb
from support.installation import SECRET, SHOP, Installation, identify

from regulars.erasure import PARTS
from regulars.measurement.erase import erase_touches
from regulars.messaging.links import pixel, token, tracked
from regulars.model.parts import Erasure
from regulars.web.server import create_server

Client = TestClient[Any]
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
COAT, HAT = "https://shop.example/coats/red?for=ada#top", "https://shop.example/hats"
HOUR = 3_600_000_000
DECIDED = """
INSERT INTO decisions (id, occasion, kind, name, customer, at, action, version, channel, done, probability, arm,
    held_by, policy, again, simulated, words, body)
VALUES (%s, %s, 'campaign', 'spring', %s, %s, 'spring', 1, 'email', true, 1, '', '', 'p', 0, false, '', '')
"""
SENT = """
INSERT INTO outbox (decision, customer, channel, address, message, variant, purpose, topic, action, context, not_before,
    state, message_id, at, changed)
VALUES (%s, %s, 'email', 'email:ada@example.com', 'spring', '', 'marketing', '', 'spring', %s, 0, 'sent', 'm@x', %s, %s)
"""
TOLD = """
SELECT name, convert_from(body, 'UTF8')::jsonb->'properties' FROM events WHERE name LIKE 'Message %' ORDER BY id
"""


@pytest.fixture(scope="module")
def ada(shared_installation: Installation) -> bytes:
    shared_installation.send(SHOP, identify("u1", email="ada@example.com"))
    found = shared_installation.holder("user_id", "u1")
    assert found is not None
    return found


@pytest.fixture
def client(shared_installation: Installation) -> Iterator[Client]:
    with TestClient(create_server(shared_installation.conninfo, SECRET)) as made:
        made.headers["user-agent"] = DESK
        yield made


def sent(installation: Installation, customer: bytes, name: str, ago: int = HOUR) -> bytes:
    decision, at = name.encode().ljust(16, b".")[:16], time.time_ns() // 1000 - ago
    installation.connection.execute(DECIDED, (decision, name, customer, at))
    installation.connection.execute(SENT, (decision, customer, Jsonb({}), at, at))
    return decision


def told(installation: Installation, decision: bytes) -> list[tuple[str, dict[str, Any]]]:
    installation.step()
    rows = installation.connection.execute(TOLD).fetchall()
    return [(name, said) for name, said in rows if said["decision"] == decision.hex()]


def counted(installation: Installation, decision: bytes) -> list[tuple[str, str, int]]:
    query = "SELECT what, machine, n FROM touches WHERE decision = %s ORDER BY what, machine, first"
    return installation.connection.execute(query, (decision,)).fetchall()


def get(client: Client, address: str, agent: str = DESK) -> Any:
    return client.get(address, headers={"user-agent": agent}, follow_redirects=False)


@pytest.mark.parametrize(
    "path",
    [
        "/t/c/x", f"/t/c/{'A' * 43}?u=https://evil.example/", f"/t/c/{token(SECRET, 'clicked', bytes(16))}",
        f"/t/c/{token(SECRET, 'clicked', bytes(16), 'javascript:alert(1)')}?u=javascript:alert(1)",
        f"/t/c/{token(SECRET, 'clicked', bytes(16), HAT)}?u=https://evil.example/",
        f"/t/c/{token(SECRET, 'opened', bytes(16), HAT)}?u=https://shop.example/hats",
    ],
)  # fmt: skip
def test_a_link_that_we_did_not_make_leads_nowhere(client: Client, path: str) -> None:
    answer = get(client, path)
    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_a_wrong_picture_is_a_picture_and_counts_for_nothing(client: Client) -> None:
    for path in ("/t/o/x.gif", "/t/o/x", f"/t/o/{'A' * 43}.gif", f"/t/o/{token(SECRET, 'opened', bytes(16))}.gif"):
        answer = get(client, path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/gif")
        assert "no-store" in answer.headers["cache-control"] and "set-cookie" not in answer.headers


def test_opens_and_clicks_are_told_once_and_counted(
    client: Client, shared_installation: Installation, ada: bytes
) -> None:  # fmt: skip
    decision = sent(shared_installation, ada, "spring 1")
    dot = pixel(SECRET, "", decision)
    for agent in (DESK, DESK, "Mozilla/5.0", DESK):
        assert get(client, dot, agent).status_code == 200
    for _ in range(2):
        answer = get(client, tracked(SECRET, "", decision, COAT))
        assert (answer.status_code, answer.headers["location"]) == (302, COAT)
        assert "set-cookie" not in answer.headers
    assert get(client, tracked(SECRET, "", decision, HAT)).status_code == 302
    assert get(client, tracked(SECRET, "", decision, HAT), "curl/8.5.0").headers["location"] == HAT
    assert counted(shared_installation, decision) == [
        ("clicked", "", 2), ("clicked", "burst", 1), ("clicked", "robot", 1), ("opened", "", 3), ("opened", "apple", 1),
    ]  # fmt: skip
    found = told(shared_installation, decision)
    assert [(name, said["machine"]) for name, said in found] == [
        ("Message Opened", False), ("Message Opened", True), ("Message Clicked", False)
    ]  # fmt: skip
    said = found[2][1]
    assert (said["url"], said["campaign"], said["channel"]) == ("https://shop.example/coats/red", "spring", "email")
    assert shared_installation.connection.execute("SELECT count(*) FROM rejected").fetchone() == (0,)


def test_what_opens_at_once_is_no_person(client: Client, shared_installation: Installation, ada: bytes) -> None:
    decision = sent(shared_installation, ada, "spring 2", ago=0)
    get(client, pixel(SECRET, "", decision))
    get(client, tracked(SECRET, "", decision, COAT))
    assert counted(shared_installation, decision) == [("clicked", "soon", 1), ("opened", "soon", 1)]
    assert [(name, said["told_by"]) for name, said in told(shared_installation, decision)] == [
        ("Message Opened", "soon")
    ]


def test_an_erasure_takes_what_she_touched(client: Client, shared_installation: Installation, ada: bytes) -> None:
    decision = sent(shared_installation, ada, "spring 3")
    get(client, pixel(SECRET, "", decision))
    assert counted(shared_installation, decision) == [("opened", "", 1)]
    assert erase_touches in PARTS
    gone = erase_touches(
        shared_installation.connection, Erasure(0, (ada,), {}, frozenset(), frozenset(), frozenset())
    )  # fmt: skip
    assert gone["touches"] >= 1
    assert counted(shared_installation, decision) == []


def test_a_link_works_when_the_decision_is_gone(client: Client, shared_installation: Installation) -> None:
    decision = b"erased".ljust(16, b".")
    assert get(client, tracked(SECRET, "", decision, HAT)).headers["location"] == HAT
    get(client, pixel(SECRET, "", decision))
    assert counted(shared_installation, decision) == []


def test_a_link_works_without_a_database() -> None:
    with TestClient(create_server("host=127.0.0.1 port=1 dbname=none", SECRET)) as made:
        assert get(made, tracked(SECRET, "", bytes(16), HAT)).headers["location"] == HAT
