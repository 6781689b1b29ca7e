"""Places on the shop's site: a public key reads nothing of anybody, a signed user id does, and reports are told."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, SITE, Installation, identify, track
from support.slots import open_places

from regulars.messaging.links import SHOWN, token
from regulars.messaging.slots.signing import signature, signing_secret
from regulars.model.contact import ContactPolicy
from regulars.storage.sources import create_key
from regulars.web.composed import Composed
from regulars.web.server import create_server

Client = TestClient[Any]
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
SIGNING = signing_secret(SECRET, "site")
MEMBER = "INSERT INTO memberships (segment, customer, joined, gone, changes) VALUES ('vip', %s, 0, NULL, 1)"


@pytest.fixture(scope="module")
def key(shared_installation: Installation) -> str:
    """Ada is known, and her cookie is; v1 to v3 are visitors of whom nothing is known but that they looked."""
    shared_installation.send(SHOP, identify("u1", email="ada@example.com", firstName="Ada"))
    shared_installation.send(SITE, identify("u1", "c-ada"))
    shared_installation.send(SITE, *(track("Product Viewed", "", f"v{n}", product_id="p") for n in (1, 2, 3)))
    shared_installation.connection.execute(MEMBER, (shared_installation.holder("user_id", "u1"),))
    return open_places(shared_installation.connection)


@pytest.fixture(scope="module")
def client(shared_installation: Installation, key: str) -> Iterator[Client]:
    composed = Composed(contact=ContactPolicy(holdout=0.0, hours_between=0, caps={}))
    with TestClient(create_server(shared_installation.conninfo, SECRET, composed=composed)) as made:
        made.headers["user-agent"] = DESK
        yield made


def ask(client: Client, key: str, anonymous: str = "", place: str = "home", **more: Any) -> Any:
    answer = client.post("/v1/slot", json={"writeKey": key, "placement": place, "anonymousId": anonymous, **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == "*" and "set-cookie" not in answer.headers
    return answer.json()["show"]


def report(client: Client, made: str, what: str, url: str = "") -> int:
    return int(client.post("/v1/slot/report", json={"token": made, "what": what, "url": url}).status_code)


def decisions(installation: Installation) -> int:
    row = installation.connection.execute("SELECT count(*) FROM decisions").fetchone()
    return 0 if row is None else int(row[0])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b"{", 400), (b'{"placement":""}', 400), (b'{"placement":7}', 400),
        (b'{"placement":"home","anonymousId":"\\u0000"}', 400), (b'{"placement":"' + b"x" * 9_000 + b'"}', 400),
        (b'{"placement":"home","until":"soon"}', 400), (b'{"placement":"home"}', 401),
        (b'{"placement":"home","writeKey":"nobody"}', 401),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(client: Client, body: bytes, status: int) -> None:
    answer = client.post("/v1/slot", content=body, headers={"content-type": "text/plain"})
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message"}


def test_a_secret_key_does_not_work_in_a_page(client: Client, shared_installation: Installation) -> None:
    secret = create_key(shared_installation.connection, "secret", "shop", "shop")
    assert client.post("/v1/slot", json={"writeKey": secret, "placement": "home"}).status_code == 401


def test_what_cannot_be_reported(client: Client) -> None:
    good = token(SECRET, SHOWN, bytes(16))
    for made in ("", "x" * 43, "ü", token(SECRET, "opened", bytes(16))):
        assert report(client, made, "shown") == 404
    assert report(client, good, "sold") == 400
    assert client.post("/v1/slot/report", content=b"{").status_code == 400


def test_nothing_is_decided_for_who_is_not_there(
    client: Client, key: str, shared_installation: Installation
) -> None:  # fmt: skip
    before = decisions(shared_installation)
    assert ask(client, key, "unknown") is None
    assert ask(client, key, "") is None
    assert ask(client, key, "v1", "no-such-place") is None
    bot = {"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    body = {"writeKey": key, "placement": "home", "anonymousId": "v1"}
    assert client.post("/v1/slot", json=body, headers=bot).json() == {"show": None}
    assert decisions(shared_installation) == before


def test_a_visitor_is_shown_one_thing_until_it_is_put_away(
    client: Client, key: str, shared_installation: Installation
) -> None:  # fmt: skip
    found = ask(client, key, "v1")
    assert found["action"] == "hello-home"
    assert found["message"]["heading"] == "Good to see you"
    assert found["message"]["action"] == {"label": "Look at coats", "url": "https://shop.example/coats"}
    before = decisions(shared_installation)
    assert ask(client, key, "v1") == found
    assert decisions(shared_installation) == before
    assert report(client, found["token"], "shown") == 200
    assert report(client, found["token"], "shown") == 200
    seen = shared_installation.connection.execute("SELECT seen FROM contacts").fetchall()
    assert seen == [(True,)]
    assert report(client, found["token"], "clicked", "https://shop.example/coats?who=ada") == 200
    assert report(client, found["token"], "dismissed") == 200
    assert ask(client, key, "v1") is None
    shared_installation.step()
    rows = shared_installation.connection.execute(
        "SELECT e.name, e.bundle = ANY (SELECT b.key FROM bundles b WHERE b.customer = %s) FROM events e "
        "WHERE e.name LIKE 'Promotion %%' ORDER BY e.id", (shared_installation.holder("anonymous_id", "v1"),)
    ).fetchall()  # fmt: skip
    assert shared_installation.connection.execute("SELECT reason FROM rejected").fetchall() == []
    assert rows == [("Promotion Viewed", True), ("Promotion Clicked", True), ("Promotion Dismissed", True)]


def test_a_public_key_reads_nothing_of_who_is_known(client: Client, key: str) -> None:
    found = ask(client, key, "c-ada")
    assert found["message"]["heading"] == "Good to see you" and "Ada" not in str(found)
    assert ask(client, key, "c-ada", "inner") is None
    until = int(time.time()) + 600
    for user, sign, when in (
        ("u1", "", until), ("u1", "0" * 64, until), ("u1", signature(SIGNING, "u2", until), until),
        ("u1", signature(SIGNING, "u1", until), until + 1), ("u1", signature(SIGNING, "u1", 1), 1),
        ("u1", signature(SIGNING, "u1", until * 2), until * 2), ("u1", "é" * 64, until),
        ("u1", signature(signing_secret(SECRET, "other"), "u1", until), until),
    ):  # fmt: skip
        said: dict[str, Any] = {"userId": user, "signature": sign, "until": when}
        assert ask(client, key, "", "inner", **said) is None
        assert "Ada" not in str(ask(client, key, "v2", **said))


def test_a_user_id_that_the_shop_signed_is_taken(client: Client, key: str) -> None:
    until = int(time.time()) + 600
    said: dict[str, Any] = {"userId": "u1", "signature": signature(SIGNING, "u1", until), "until": until}
    assert ask(client, key, "v3", **said)["message"]["heading"] == "Hello Ada"
    assert ask(client, key, "v3", "inner", **said)["action"] == "hello-inner"


def test_the_snippet_has_an_address_that_stays(client: Client) -> None:
    answer = client.get("/slot.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "innerHTML" not in answer.text and "eval(" not in answer.text and ".style" not in answer.text
    assert client.options("/v1/slot").headers["access-control-allow-origin"] == "*"
