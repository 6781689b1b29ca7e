"""The pages of messages: who may, what the form keeps, what a preview shows and writes down."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, Installation, identify, track
from support.site import add_user, session_of

from regulars.messaging import store
from regulars.messaging.file import BadMessage
from regulars.messaging.shipped import install, shipped
from regulars.model.shop import Shop
from regulars.model.user import Role
from regulars.web.message_form import form_of, message_from
from regulars.web.security import csrf_token
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

Client = TestClient[Any]
EVIL = '"><script>alert(1)</script>'
SITE = SiteOptions(currency="EUR", shop=Shop("Lund", "https://shop.example", "12 Market Street"))


@pytest.fixture(scope="module")
def client(shared_installation: Installation) -> Iterator[Client]:
    install(shared_installation.connection)
    shared_installation.send(
        SHOP,
        identify("u-1", firstName="Ada", lastName="Lovelace", email="ada@shop.example"),
        track("Product Updated", product_id="A1", name="Blue scarf", price=49.9, currency="EUR", url="/p/A1"),
        track("Product Added", "u-1", product_id="A1"),
    )
    with TestClient(create_server(shared_installation.conninfo, SECRET, site=SITE)) as made:
        sign_in(made, shared_installation, Role.MARKETER)
        yield made


def sign_in(client: Client, installation: Installation, role: Role) -> None:
    id, _ = add_user(installation, role)
    token = session_of(installation, id)
    client.cookies.set("session", token)
    client.headers["X-CSRF-Token"] = csrf_token(SECRET, token)


def form(name: str = "welcome", **more: str) -> dict[str, str]:
    return {**form_of(shipped()[name]), **more}


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_form_keeps_everything(name: str) -> None:
    assert message_from(form(name)) == shipped()[name]


@pytest.mark.parametrize(
    "more", [{"block.most": "many"}, {"offer.percent": "-1"}, {"facts": "no colon"}, {"offer.percent": "99999"}]
)
def test_a_form_that_says_nothing_that_can_be(more: dict[str, str]) -> None:
    with pytest.raises(BadMessage):
        message_from(form(**more))


def test_pages_are_there_and_the_list_names_each(client: Client) -> None:
    text = client.get("/messages").text
    assert all(said.title in text for said in shipped().values())
    assert client.get("/messages/new").status_code == 200
    assert client.get("/messages/nothing").status_code == 404
    assert client.get("/messages/../etc").status_code == 404


@pytest.mark.parametrize(
    "said", [{}, {"name": "welcome"}, {"name": "../x", "title": EVIL}, {"block.kind": EVIL, "topic": EVIL}]
)
def test_a_form_with_little_in_it_is_refused_in_words(client: Client, said: dict[str, str]) -> None:
    for path, status in (("/messages", 422), ("/messages/draft", 200), ("/messages/draft/letter", 200)):
        answer = client.post(path, data=said)
        assert answer.status_code == status and "<script>alert" not in answer.text


def test_a_wrong_message_is_told_and_not_kept(client: Client, shared_installation: Installation) -> None:
    answer = client.post("/messages", data=form(paragraphs="Good\nday {{ nobody }}", title=EVIL))
    assert answer.status_code == 422
    assert "is nothing that a message knows" in answer.text and "<script>alert" not in answer.text
    found = store.message(shared_installation.connection, "welcome")
    assert found is not None and found.title == "Welcome"
    looked = client.post("/messages/draft", data=form(paragraphs="{% if %}"))
    assert looked.status_code == 200 and "line 1" in looked.text


def test_a_message_is_made_changed_ended_and_taken_up_again(client: Client, shared_installation: Installation) -> None:
    said = form() | {"name": "", "title": "Spring news", "paragraphs": "One. Two.\r\n\r\nThree.", "offer.percent": "20"}
    assert client.post("/messages", data=said, follow_redirects=False).status_code == 303
    made = store.message(shared_installation.connection, "spring-news")
    assert made is not None and made.paragraphs == ("One. Two.", "Three.") and made.offer.percent == 20
    assert client.post("/messages", data=said).status_code == 422, "another of this title"
    client.post("/messages", data={**said, "name": "spring-news", "about": "New"})
    assert "Version 2" in client.get("/messages/spring-news").text
    client.post("/messages/spring-news/end")
    kept = store.find(shared_installation.connection, "spring-news")
    assert kept is not None and kept.ended
    client.post("/messages/spring-news/again")
    kept = store.find(shared_installation.connection, "spring-news")
    assert kept is not None and not kept.ended


def test_a_preview_shows_every_channel_for_a_customer_and_is_written_down(
    client: Client, shared_installation: Installation
) -> None:
    ada = shared_installation.holder("email", "ada@shop.example")
    assert ada is not None
    answer = client.post("/messages/abandoned-cart/preview", data={"who": "ada@shop.example"}, follow_redirects=False)
    assert answer.headers["location"] == f"/messages/abandoned-cart/preview?customer={ada.hex()}"
    page = client.get(answer.headers["location"])
    assert (
        "Ada, your cart is as you left it" in page.text
        and "frame-src 'self'" in page.headers["content-security-policy"]
    )
    letter = client.get(f"/messages/abandoned-cart/letter?customer={ada.hex()}")
    assert "Blue scarf" in letter.text and "€49.90" in letter.text and "12 Market Street" in letter.text
    piece = client.get(f"/messages/abandoned-cart/letter?customer={ada.hex()}&channel=onsite")
    assert "regulars-message" in piece.text
    query = "SELECT count(*) FROM audit WHERE action = 'preview message' AND customer = %s"
    row = shared_installation.connection.execute(query, (ada,)).fetchone()
    assert row is not None and row[0] == 3


def test_nothing_in_a_letter_can_run_or_lead_away(client: Client) -> None:
    headers = client.get("/messages/welcome/letter").headers
    policy = headers["content-security-policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "script-src" not in policy
    assert headers["x-frame-options"] == "SAMEORIGIN"
    draft = client.post("/messages/draft/letter", data=form(paragraphs=EVIL))
    assert "sandbox" in draft.headers["content-security-policy"] and "<script>" not in draft.text
    broken = client.post("/messages/draft/letter", data=form(paragraphs="{{ 1 | x }}"))
    assert broken.status_code == 200 and "It cannot be sent" in broken.text


def test_nobody_by_that_name(client: Client) -> None:
    answer = client.post("/messages/welcome/preview", data={"who": "nobody@shop.example"})
    assert "Nobody is known by this" in answer.text
    assert client.get("/messages/welcome/preview?customer=xyz").status_code == 404
    assert client.get("/messages/welcome/letter?customer=" + "ab" * 16).status_code == 404


def test_an_address_of_another_site_is_no_way_back(client: Client) -> None:
    answer = client.post("/messages/%2F%2Fevil.example/preview", data={"who": ""}, follow_redirects=False)
    assert answer.headers.get("location", "/messages").startswith("/")
    assert "//" not in answer.headers.get("location", "/messages")


@pytest.mark.parametrize("role", [Role.ASSOCIATE, Role.CARE, Role.ANALYST])
def test_others_may_not(shared_installation: Installation, role: Role) -> None:
    with TestClient(create_server(shared_installation.conninfo, SECRET, site=SITE)) as other:
        sign_in(other, shared_installation, role)
        assert other.get("/messages").status_code == 403
        assert other.get("/messages/welcome/letter").status_code == 403
        assert other.post("/messages", data=form()).status_code == 403
