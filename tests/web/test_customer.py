"""The pages of one customer: bad addresses, what is another's, marks, and what is written down."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, SITE, Installation, identify, track
from support.site import add_user, session_of

from regulars.app import EXPORT
from regulars.model.user import Role
from regulars.storage import log
from regulars.web.composed import Composed
from regulars.web.security import csrf_token
from regulars.web.server import create_server

Client = TestClient[Any]
NOBODY = "ab" * 16


def forget(customer: bytes, keys: list[bytes]) -> object:
    raise AssertionError("nobody was to be erased")


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    composed = Composed(installation.context.rules_name, EXPORT, forget)
    with TestClient(create_server(installation.conninfo, SECRET, composed=composed)) as made:
        id, _ = add_user(installation, Role.OWNER)
        token = session_of(installation, id)
        made.headers.update({"Cookie": f"session={token}", "X-CSRF-Token": csrf_token(SECRET, token)})
        yield made


def ada(installation: Installation, **more: Any) -> str:
    installation.send(SHOP, {**identify("u-1", name="Ada", email="ada@shop.example"), **more})
    found = installation.holder("user_id", "u-1")
    assert found is not None
    return f"/customers/{found.hex()}"


@pytest.mark.parametrize("path", ["", "/orders", "/why", "/data", "/export.json", "/timeline?before=1.1", "/events/1"])
def test_nobody(client: Client, path: str) -> None:
    for id in (NOBODY, "x", "%00", NOBODY + "0", "é"):
        assert client.get(f"/customers/{id}{path}", follow_redirects=False).status_code in (400, 404)


@pytest.mark.parametrize(
    "path",
    [
        "?what=nothing", "?before=x", "?before=1.1.1", "?channel=%00", f"?channel={'x' * 100}", "/orders?page=0",
        "/orders?page=x", "/timeline", "/live?until=1&after=1", "/live?until=1.1&after=-1", "/correct?say=x&a=1&b=2",
        "/correct",
    ],
)  # fmt: skip
def test_what_an_address_cannot_say(client: Client, installation: Installation, path: str) -> None:
    assert client.get(f"{ada(installation)}{path}").status_code == 400


@pytest.mark.parametrize(("a", "b"), [("1", "2"), (f"i-{NOBODY}", f"c-{NOBODY}"), ("c-x", ""), ("i-" + "0" * 33, "c")])
def test_who_is_nobody_cannot_be_corrected(client: Client, installation: Installation, a: str, b: str) -> None:
    address, rows = ada(installation), log.last(installation.connection)
    assert client.get(f"{address}/correct", params={"say": "merge", "a": a, "b": b}).status_code == 422
    form = {"say": "split", "a": a, "b": b}
    assert client.post(f"{address}/correct", data=form, follow_redirects=False).status_code == 422
    assert log.last(installation.connection) == rows


def test_the_event_of_another(client: Client, installation: Installation) -> None:
    address = ada(installation)
    installation.send(SHOP, identify("u-2"), track("Product Viewed", "", product_id="p"))
    assert client.get(f"{address}/events/1").status_code == 200
    for id in (2, 3, 0, 2**62, 2**63, 10**30):
        assert client.get(f"{address}/events/{id}").status_code in (400, 404)


def test_a_deletion_that_is_not_meant(client: Client, installation: Installation) -> None:
    address = ada(installation)
    for proof in ("", "12345678", address[11:18], address[11:20]):
        answer = client.post(f"{address}/erase", data={"proof": proof}, follow_redirects=False)
        assert answer.status_code == 422
    assert client.get(address).status_code == 200


def test_what_is_made_up_says_so(client: Client, installation: Installation) -> None:
    assert "Example data" in client.get(ada(installation, origin="simulated")).text


def test_what_is_real_does_not(client: Client, installation: Installation) -> None:
    assert "Example data" not in client.get(ada(installation)).text


def test_what_only_a_browser_says_is_marked(client: Client, installation: Installation) -> None:
    address = ada(installation)
    assert "Claimed" not in client.get(address).text
    installation.send(SITE, track("Product Added", "u-1", "b-1", product_id="p-1"))
    assert client.get(address).text.count("Claimed") >= 2


def test_every_look_is_written_down(client: Client, installation: Installation) -> None:
    address = ada(installation)
    for path in ("", "/orders", "/why", "/data", "/export.json", "/timeline?before=9.9", "/events/1"):
        assert client.get(f"{address}{path}").status_code == 200
    rows = installation.connection.execute(
        "SELECT action FROM audit WHERE encode(customer, 'hex') = %s", (address[11:],)
    ).fetchall()
    assert [row[0] for row in rows] == ["show", "orders", "explain", "data", "export", "events", "event"]
