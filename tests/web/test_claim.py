"""The page on which a receipt is claimed, and the link that tills print: hostile first."""

import base64
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar.testing import TestClient
from support.emptied import emptied
from support.installation import SECRET, TILL, Installation, track
from support.site import add_user, session_of

from regulars.clienteling.receipt import DAY, claim_token, receipt_of
from regulars.collection.receive import receive
from regulars.model.user import Role
from regulars.profiles.order_reader import told_orders
from regulars.storage import log
from regulars.storage.sources import create_key
from regulars.web.pages.claim import WRONG_FORMS, WRONG_LINKS
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

Client = TestClient[Any]
PLACE = {"store_id": "12", "till_id": "3", "receipt_id": "4711"}
API = "/api/receipts/claim-link"
EVIL = '"><script>alert(1)</script>'


@pytest.fixture
def installation(shared_installation: Installation) -> Installation:
    return emptied(shared_installation)


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    site = SiteOptions("https://shop.example", currency="EUR")
    with TestClient(
        create_server(installation.conninfo, SECRET, site=site), base_url="https://testserver.local"
    ) as made:
        key = create_key(installation.connection, "secret", "till", "till")
        made.headers["Authorization"] = f"Bearer {key}"
        yield made


def moment(seconds: float = 0) -> str:
    return datetime.fromtimestamp(time.time() + seconds, UTC).isoformat()


def link(client: Client, **said: Any) -> str:
    """The path of a receipt's link."""
    answer = client.post(API, json={**PLACE, "qr": "none", **said})
    assert answer.status_code == 200, answer.text
    found = answer.json()["link"]
    assert found.startswith("https://shop.example/claim/")
    return str(found.removeprefix("https://shop.example"))


def sell(installation: Installation, **more: Any) -> None:
    sale = track("Order Completed", **PLACE, currency="EUR", total=49.9, products=[{"product_id": "A1"}], **more)
    now = time.time_ns() // 1000
    body = json.dumps({**sale, "timestamp": moment(-60)}).encode()
    log.append(installation.connection, [[receive(TILL, "track", body, "", now)]])
    installation.step()


def post(client: Client, path: str, **form: str) -> Any:
    shown = client.get(path).text
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', shown)
    assert token is not None, shown
    return client.post(path, data={"csrf": token[1], **form}, follow_redirects=False)


def home(client: Client) -> str:
    return " ".join(client.get("/").text.split())


def claims(installation: Installation) -> int:
    row = installation.connection.execute("SELECT count(*) FROM receipt_claims").fetchone()
    assert row is not None
    return int(row[0])


ODD: tuple[Any, ...] = (
    {}, {"store_id": "12"}, {"receipt_id": []}, {"receipt_id": "x" * 201}, {"receipt_id": "1", "qr": "gif"}, [1],
    {"receipt_id": "1", "time": "yesterday"}, {"receipt_id": "1", "time": "2026-03-14T10:00:00"},
    {"receipt_id": "1", "time": "1999-01-01T00:00:00Z"}, {"receipt_id": "1", "more": 1},
)  # fmt: skip


def test_what_makes_no_link(client: Client, installation: Installation) -> None:
    for odd in (*ODD, {"receipt_id": "1", "time": moment(3600)}, {"receipt_id": "1", "time": moment(-31 * 86_400)}):
        answer = client.post(API, json=odd)
        assert (answer.status_code, set(answer.json())) == (400, {"code", "message"}), odd
    public = create_key(installation.connection, "write", "site")
    for authorization, status in (("", 401), ("Bearer nonsense", 401), (f"Bearer {public}", 403)):
        assert client.post(API, json=PLACE, headers={"Authorization": authorization}).status_code == status


def test_the_code(client: Client) -> None:
    answer = client.post(API, json={**PLACE, "receipt_id": 4711}).json()
    assert answer["qr"].startswith("<svg") and "</svg>" in answer["qr"]
    picture = base64.b64decode(client.post(API, json={**PLACE, "qr": "png"}).json()["qr"])
    assert picture.startswith(b"\x89PNG")
    assert datetime.fromisoformat(answer["until"]).timestamp() > time.time() + 29 * 86_400
    at = moment(-60)
    assert link(client, time=at) == link(client, time=at) != link(client, time=at, receipt_id="4712")


def test_forged_and_guessed(client: Client, installation: Installation) -> None:
    good = link(client)
    for n in range(WRONG_LINKS):
        wrong = good[:-1] + ("A" if good[-1] == "-" else "-") if n % 2 else f"/claim/{n:x}"
        assert client.get(wrong).status_code == 404
    limited = client.get("/claim/nonsense")
    assert limited.status_code == 429 and "Too many tries" in limited.text
    # Who holds a receipt is not kept from it by who tries others.
    assert client.get(good).status_code == 200
    assert claims(installation) == 0


def test_what_does_not_fit(client: Client, installation: Installation) -> None:
    path = link(client)
    assert client.post(path, data={"email": "ada@shop.example"}, follow_redirects=False).status_code == 403
    for form in ({}, {"email": EVIL}, {"email": "a@b.example", "phone": "+442071838750"}, {"phone": "12"}):
        answer = post(client, path, **form)
        assert answer.status_code == 422 and 'role="alert"' in answer.text and "<script>alert" not in answer.text
    card = post(client, path, loyalty_id="2907999733", news="on")
    assert card.status_code == 422 and "not a card" in card.text
    for _ in range(WRONG_FORMS):
        last = post(client, path)
    assert last.status_code == 429
    assert claims(installation) == 0


def test_claimed_once(client: Client, installation: Installation) -> None:
    sell(installation)
    path = link(client)
    shown = client.get(path)
    assert shown.status_code == 200 and "€49.90" in shown.text and 'content="noindex"' in shown.text
    answer = post(client, path, email="Ada@Shop.example")
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    done = client.get(path).text
    assert "Thank you" in done and "has been claimed" in done and "ada@shop.example" not in done.lower()
    assert "Thank you" not in client.get(path).text and "csrf" not in client.get(path).text
    installation.step()
    holder = installation.holder("email", "ada@shop.example")
    assert holder is not None
    found = installation.read(lambda connection: told_orders(connection, holder))
    assert [(each.order.paid, each.order.place.store_id) for each in found] == [(4990, "12")]
    assert installation.connection.execute("SELECT count(*) FROM consents").fetchone() == (0,)
    # Home counts it among the sales with a name, and leads to those who buy in stores.
    for role, leads in ((Role.MARKETER, True), (Role.ANALYST, False)):
        id, _ = add_user(installation, role)
        client.cookies.set("__Host-session", session_of(installation, id), domain="testserver.local", path="/")
        text, deadline = home(client), time.monotonic() + 30
        # On a busy machine the figures are kept for a little longer.
        while "100%" not in text.partition("Till sales")[2].partition("orders completed in a store")[0]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
            text = home(client)
        assert ('href="/customers?channel=store"' in text) is leads


def test_of_somebody_and_too_old(client: Client, installation: Installation) -> None:
    sell(installation, traits={"loyalty_id": "2907999733"})
    shown = client.get(link(client))
    assert "has its owner already" in shown.text and "csrf" not in shown.text and "2907999733" not in shown.text
    # Made while it could still be claimed.
    receipt = receipt_of("till", PLACE, time.time_ns() // 1000 - 31 * DAY)
    late = client.get(f"/claim/{claim_token(SECRET, receipt)}")
    assert late.status_code == 410 and "can no longer be claimed" in late.text


def consents(installation: Installation) -> list[tuple[Any, ...]]:
    query = "SELECT purpose, channel, address, covers_all, wording, basis, withdrawn FROM consents ORDER BY time"
    return installation.connection.execute(query).fetchall()


def test_what_was_agreed_to(client: Client, installation: Installation) -> None:
    assert post(client, link(client), phone="+44 20 7183 8750", news="on").status_code == 303
    installation.step()
    said = ("marketing", "sms", "phone:+442071838750", False, "receipt claim 1", "consent", False)
    assert consents(installation) == [said]


def test_a_no_is_not_taken_back_by_who_holds_a_receipt(client: Client, installation: Installation) -> None:
    said = track("Consent Withdrawn", purpose="marketing", channel="email", email="ada@shop.example")
    installation.send(TILL, {**said, "context": {"traits": {"email": "ada@shop.example"}}})
    assert post(client, link(client), email="ada@shop.example", news="on").status_code == 303
    installation.step()
    assert [row[-1] for row in consents(installation)] == [True]
    assert claims(installation) == 1
