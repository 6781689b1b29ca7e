"""Staff and "Never contact": not for every role, not of nobody, and back again."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, Installation, identify, track
from support.site import add_user, session_of

from regulars.consent.standing import standings
from regulars.consent.suppress import BOUNCE, suppress
from regulars.identity.bundle import identifier_key
from regulars.identity.rules import RULES
from regulars.model.identifier import Identifier
from regulars.model.user import Role
from regulars.web.security import csrf_token
from regulars.web.server import create_server

Client = TestClient[Any]


@pytest.fixture(scope="module")
def client(shared_installation: Installation) -> Iterator[Client]:
    with TestClient(create_server(shared_installation.conninfo, SECRET)) as made:
        made.follow_redirects = False
        yield made


def sign_in(client: Client, installation: Installation, role: Role) -> None:
    id, _ = add_user(installation, role)
    token = session_of(installation, id)
    client.cookies.set("session", token)
    client.headers["X-CSRF-Token"] = csrf_token(SECRET, token)


def test_who_may_say_it(client: Client, shared_installation: Installation) -> None:
    for role in (Role.MARKETER, Role.ANALYST):
        sign_in(client, shared_installation, role)
        assert client.post(f"/customers/{'0' * 32}/contact", data={"do": "never"}).status_code == 403


def test_never_and_again(client: Client, shared_installation: Installation) -> None:
    installation = shared_installation
    installation.send(SHOP, identify("u1", email="ada@mail.example"), track("Consent Given", "u1", purpose="marketing"))
    customer = installation.holder("email", "ada@mail.example")
    assert customer is not None
    sign_in(client, installation, Role.ASSOCIATE)
    path = f"/customers/{customer.hex()}/contact"
    for wrong in ({}, {"do": "maybe"}, {"do": "never", "why": "x" * 201}):
        assert client.post(path, data=wrong).status_code == 400
    assert client.post(f"/customers/{'0' * 32}/contact", data={"do": "never"}).status_code == 404

    def code(purpose: str) -> str:
        found = standings(installation.connection, [customer], RULES, "UTC")[customer]
        return found.permit("email", purpose, at=1).code

    assert "No address for it is known." in client.get(path).text
    assert client.post(path, data={"do": "never", "why": "said so at the till"}).status_code == 303
    assert "Nothing goes out" in client.get(path).text
    assert (code("marketing"), code("service")) == ("suppressed", "suppressed")
    assert client.post(path, data={"do": "again"}).status_code == 303
    assert (code("marketing"), code("service")) == ("", "")
    said = installation.connection.execute("SELECT action FROM audit WHERE action LIKE '%contact%' ORDER BY id")
    assert {"never contact", "contact again"} <= {row[0] for row in said}


def test_an_address_that_came_back_is_written_to_again(client: Client, shared_installation: Installation) -> None:
    installation = shared_installation
    installation.send(SHOP, identify("u2", email="bea@mail.example"))
    customer = installation.holder("email", "bea@mail.example")
    assert customer is not None
    address = Identifier("email", "", "bea@mail.example")
    suppress(installation.connection, SECRET, address, BOUNCE, 1_000_000, "mail")
    sign_in(client, installation, Role.CARE)
    path = f"/customers/{customer.hex()}/contact"
    shown = client.get(path).text
    key = re.search(r'name="key" value="([0-9a-f]+)"', shown)
    assert "Messages came back" in shown and key is not None
    for wrong in ("", "00", "x" * 5_000, identifier_key(Identifier("email", "", "ada@mail.example"), SECRET).hex()):
        assert client.post(path, data={"do": "lift", "key": wrong}).status_code == 422
    assert client.post(path, data={"do": "lift", "key": key[1]}).status_code == 303
    assert "Messages came back" not in client.get(path).text
    standing = standings(installation.connection, [customer], RULES, "UTC")[customer]
    assert standing.suppressions == () and standing.permit("email", "service").allowed
