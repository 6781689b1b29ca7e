"""The pages of journeys and campaigns: who may, what they show, and that nothing goes out by itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import RECEIVED, SECRET, Installation, track
from support.journeys import Shop, deciding, shop_of
from support.site import add_user, session_of

from regulars.decisioning.campaigns import store as campaigns
from regulars.decisioning.campaigns.run import Campaigns
from regulars.decisioning.journeys import store
from regulars.messaging.shipped import install as install_messages
from regulars.model.contact import ContactPolicy
from regulars.model.user import Role
from regulars.recommendations.files import Latest
from regulars.segments.rule import decode
from regulars.segments.store import put
from regulars.web.composed import Acting, Composed, Segmenting
from regulars.web.server import create_server

Client = TestClient[Any]
EVERYBODY = decode('{"is":"all","of":[{"is":"trait","field":"kind","op":"is","value":"person"}]}')


@pytest.fixture
def shop(installation: Installation, tmp_path: Path) -> Iterator[Shop]:
    made = shop_of(installation, "ada", "bea")
    made.with_lake(tmp_path)
    install_messages(installation.connection)
    put(installation.connection, "cli", "all-of-them", "All of them", "", EVERYBODY)
    rows = installation.connection.execute("SELECT DISTINCT customer FROM identifiers WHERE type = 'email'").fetchall()
    for row in rows:
        installation.connection.execute(
            "INSERT INTO memberships (segment, customer, joined, changes) VALUES ('all-of-them', %s, 1, 1)", row
        )
    yield made


@pytest.fixture
def client(shop: Shop, tmp_path: Path) -> Iterator[Client]:
    lake = tmp_path / "lake"
    awake = ContactPolicy(holdout=0.0, quiet_from=0, quiet_to=0)
    acting = Acting(deciding(awake), lake, "last", Latest())
    composed = Composed(segmenting=Segmenting(lake, "last"), acting=acting)
    with TestClient(create_server(shop.installation.conninfo, SECRET, composed=composed)) as made:
        sign_in(made, shop, Role.MARKETER)
        yield made


def sign_in(client: Client, shop: Shop, role: Role) -> None:
    id, _ = add_user(shop.installation, role)
    client.headers["Cookie"] = f"session={session_of(shop.installation, id)}"


def post(client: Client, path: str, page: str, **said: str) -> Any:
    """Send a form as the page would, with its token."""
    text = client.get(page).text
    token = text.split('name="csrf" value="', 1)[-1].split('"', 1)[0]
    return client.post(path, data={"csrf": token, **said}, follow_redirects=False)


def test_who_may(client: Client, shop: Shop) -> None:
    paths = {
        "/journeys": "amo", "/journeys/abandoned-cart": "amo", "/journeys/new": "mo",
        "/journeys/abandoned-cart/change": "mo",
        "/journeys/abandoned-cart/try": "mo", "/journeys/abandoned-cart/replay": "mo", "/campaigns": "amo",
        "/campaigns/new": "mo",
    }  # fmt: skip
    for role in Role:
        sign_in(client, shop, role)
        for path, roles in paths.items():
            allowed = str(role)[0] in roles and role != Role.ASSOCIATE
            assert (client.get(path).status_code == 200) == allowed, (role, path)
    sign_in(client, shop, Role.MARKETER)
    for path in ("/journeys/nothing", "/journeys/..%2f%00", "/campaigns/nothing", "/campaigns/nothing/preview"):
        assert client.get(path).status_code == 404
    assert client.post("/journeys/abandoned-cart/on").status_code == 403
    assert store.running(shop.connection) == {}


def test_a_journey(client: Client, shop: Shop) -> None:
    page = "/journeys/abandoned-cart"
    assert "Nothing goes out until you switch it on" in client.get(page).text
    assert post(client, f"{page}/on", page).status_code == 303
    assert list(store.running(shop.connection)) == ["abandoned-cart"]
    shop.on("abandoned-cart")
    shop.send(track("Product Added", "ada", product_id="coat"))
    shop.look()
    text = client.get(page).text
    assert "1 came in" in text and "1 here now" in text and "Left in the cart" in client.get("/journeys").text
    tried = client.get("/journeys/win-back/try", params={"who": "ada@mail.example"}).text
    assert "As if it began now" in tried and "“win-back” would go by e-mail." in tried
    assert client.get(f"{page}/try", params={"who": "nobody@mail.example"}).status_code == 422
    assert post(client, f"{page}/off", page).status_code == 303
    assert store.running(shop.connection) == {}
    wrong = post(client, "/journeys", f"{page}/change", name="abandoned-cart", known="yes", body="title: x")
    assert wrong.status_code == 422 and "file must say `purpose`" in wrong.text
    body = store.shipped()["abandoned-cart"]
    taken = post(client, "/journeys", "/journeys/new", name="abandoned-cart", body=body)
    assert taken.status_code == 422 and "is taken" in taken.text
    text = body.replace("message: abandoned-cart", "message: not-written")
    assert post(client, "/journeys", "/journeys/new", name="mine", body=text).status_code == 303
    assert "not written yet" in client.get("/journeys/mine").text
    assert post(client, "/journeys/mine/on", "/journeys/mine").status_code == 409


def test_a_replay(client: Client, shop: Shop, tmp_path: Path) -> None:
    shop.send(track("Product Added", "ada", product_id="coat"), track("Product Added", "bea", product_id="hat"))
    shop.send(track("Order Completed", "bea", order_id="1", total=9, products=[{"product_id": "hat"}]))
    shop.send(track("Page", "ada"))
    shop.with_lake(tmp_path)
    text = client.get("/journeys/abandoned-cart/replay").text
    assert "It would have sent 1 message to 1 person." in text and "1 left: did what ends it" in text
    assert "cannot be replayed" in client.get("/journeys/back-in-store/replay").text
    assert shop.outbox() == []


def test_a_campaign(client: Client, shop: Shop) -> None:
    said = {
        "title": "Spring coats",
        "segment": "all-of-them",
        "message": "win-back",
        "other": "win-back-2",
        "holdout": "0",
    }
    for wrong in ({"title": ""}, {"segment": "nothing"}, {"share": "100"}, {"holdout": "x"}, {"message": "No!"}):
        answer = post(client, "/campaigns", "/campaigns/new", **{**said, **wrong})
        assert answer.status_code == 422 and "notice-danger" in answer.text, wrong
    made = post(client, "/campaigns", "/campaigns/new", **said)
    page = "/campaigns/spring-coats"
    assert made.headers["location"] == page
    assert post(client, "/campaigns", "/campaigns/new", **said).status_code == 422
    previewed = client.get(f"{page}/preview").text
    assert "2 of 2 customers would get it now." in previewed
    runner = Campaigns(shop.connection, deciding())
    assert runner.step("spring-coats", RECEIVED) == 0
    assert post(client, f"{page}/begin", f"{page}/preview").status_code == 303
    begun = campaigns.find(shop.connection, "spring-coats")
    assert begun is not None and begun.state == "running"
    assert post(client, f"{page}/pause", page).status_code == 303
    assert runner.step("spring-coats", begun.starts + 1) == 0
    assert post(client, f"{page}/resume", page).status_code == 303
    noon = begun.starts - begun.starts % 86_400_000_000 + 86_400_000_000 + 43_200_000_000
    assert [runner.step("spring-coats", noon) for _ in range(3)] == [2, 0, 0]
    assert {row["message"] for row in shop.outbox()} <= {"win-back", "win-back-2"} and len(shop.outbox()) == 2
    assert ">Done<" in client.get(page).text and "2" in client.get("/campaigns").text
    assert post(client, f"{page}/pause", "/campaigns/new").status_code == 409
    assert post(client, f"{page}/begin", "/campaigns/new").status_code == 409
