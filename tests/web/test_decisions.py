"""Decisions over HTTP: `POST /api/decisions`, and the pages by role."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from litestar.testing import TestClient
from support.installation import SECRET, SHOP, Installation, identify, track
from support.site import add_user, session_of

from regulars.decisioning import actions
from regulars.decisioning.shipped import shipped
from regulars.model.contact import TOTAL, Cap, ContactPolicy
from regulars.model.decision import Action
from regulars.model.user import Role
from regulars.storage.sources import create_key
from regulars.web.composed import Composed
from regulars.web.security import csrf_token
from regulars.web.server import create_server

Client = TestClient[Any]
PATH = "/api/decisions"
POLICY = ContactPolicy(caps={TOTAL: (Cap(1, 1),)}, hours_between=0, quiet_from=0, quiet_to=0, holdout=0.0, pressure=0)
OFFER = Action("offer", title="An <b>offer</b>", because="we like you", message="offer", worth=1000, base_rate=0.5)
SHOWN = Action("shown", title="A banner", channels=("onsite",), worth=10, base_rate=0.5, placements=("home",))

ODD: tuple[Any, ...] = (
    b"", b"{", b"[]", {}, {"customer": "xyz"}, {"customer": "ab" * 16, "identifier": "email:a@b.de"},
    {"identifier": "a@b.de"}, {"identifier": "email:a\u0000b@c.de"},
    {"occasion": "x" * 101, "identifier": "user_id:u1"},
    {"identifier": "user_id:u1", "actions": [""]}, {"identifier": "user_id:u1", "actions": ["x"] * 101},
    {"identifier": "user_id:u1", "rates": {"offer": 2}}, {"identifier": "user_id:u1", "context": []},
    {"identifier": "user_id:u1", "context": {"a": "\u0000"}},
    {"identifier": "user_id:u1", "context": {"a": "x" * 33_000}},
    {"identifier": "user_id:u1", "occasion": "a\u0000"}, {"identifier": "user_id:u1", "nobody": 1},
    b'{"identifier": "user_id:u1", "context": {"a": "\\ud800"}}',
)  # fmt: skip


def test_decisions_over_http(installation: Installation) -> None:
    installation.send(
        SHOP, identify("u1", email="ada@mail.example"), identify("u2", email="bea@mail.example"),
        track("Consent Given", "u1", purpose="marketing", channel="email", address="ada@mail.example"),
    )  # fmt: skip
    for each in (OFFER, SHOWN):
        actions.put(installation.connection, "test", each)
    with TestClient(create_server(installation.conninfo, SECRET, composed=Composed(contact=POLICY))) as client:
        _asked(client, installation)
        _pages(client, installation)


def _asked(client: Client, installation: Installation) -> None:
    public = create_key(installation.connection, "write", "site")
    for authorization, status in (("", 401), ("Bearer nonsense", 401), (f"Bearer {public}", 403)):
        assert client.post(PATH, json={}, headers={"Authorization": authorization}).status_code == status
    client.headers["Authorization"] = f"Bearer {create_key(installation.connection, 'secret', 'shop')}"
    for odd in ODD:
        answer = client.post(PATH, content=odd) if isinstance(odd, bytes) else client.post(PATH, json=odd)
        assert (answer.status_code, set(answer.json())) == (400, {"code", "message"}), odd
    for unknown in ({"customer": "ab" * 16}, {"identifier": "email:nobody@mail.example"}):
        assert client.post(PATH, json=unknown).status_code == 404
    asked = {"identifier": "email:ada@mail.example", "occasion": "one", "context": {"product": "A1"}}
    first = client.post(PATH, json=asked).json()
    assert (first["action"], first["channel"], first["repeated"]) == ("offer", "email", False)
    assert first["words"].startswith("You got this because we like you.")
    again = client.post(PATH, json=asked).json()
    assert again == first | {"repeated": True}
    assert client.post(PATH, json=asked | {"identifier": "user_id:u2"}).status_code == 409
    capped = client.post(PATH, json=asked | {"occasion": "two", "explain": True}).json()
    assert capped["action"] == "" and capped["again"] > capped["at"]
    assert [each["dropped"] for each in capped["candidates"]] == ["capped", "placement", ""]
    one = client.get(f"{PATH}/{capped['id']}").json()
    assert one["words"] == capped["words"] and one["candidates"] == capped["candidates"]
    for wrong, status in (("xyz", 400), ("ab" * 16, 404)):
        assert client.get(f"{PATH}/{wrong}").status_code == status
    # Many at once for somebody who agreed to nothing, but comes to the site: ten there weigh as much as one message.
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: _decide(client, n), range(24)))
    assert [each["action"] for each in told if each["action"]] == ["shown"] * 10
    counted = installation.connection.execute("SELECT count(*) FROM outbox").fetchone()
    assert counted == (1,)
    audited = installation.connection.execute("SELECT count(*) FROM audit WHERE action = 'decide'").fetchone()
    assert audited is not None and audited[0] == 28
    del client.headers["Authorization"]


def _decide(client: Client, n: int) -> dict[str, Any]:
    asked = {"identifier": "user_id:u2", "placement": "home", "occasion": f"rush-{n}"}
    found: dict[str, Any] = client.post(PATH, json=asked).json()
    return found


def _pages(client: Client, installation: Installation) -> None:
    ada = installation.holder("user_id", "u1")
    assert ada is not None
    row = installation.connection.execute("SELECT encode(id, 'hex') FROM decisions WHERE done AND channel = 'email'")
    decision = f"/decisions/{row.fetchone()[0]}"  # type: ignore[index]
    for role in Role:
        id, _ = add_user(installation, role)
        token = session_of(installation, id)
        client.cookies.set("session", token)
        client.headers["X-CSRF-Token"] = csrf_token(SECRET, token)
        person = 200 if role is not Role.ANALYST else 403
        assert client.get(decision).status_code == client.get(f"/customers/{ada.hex()}/next").status_code == person
        shown = client.get("/actions")
        changes = role in (Role.OWNER, Role.MARKETER)
        assert shown.status_code == 200 and ("Switch off" in shown.text) == changes
        assert "An &lt;b&gt;offer&lt;/b&gt;" in shown.text and "at most 1 a day" in shown.text
        status = client.post("/actions/offer/off", follow_redirects=False).status_code
        assert status == (303 if changes else 403)
    id, _ = add_user(installation, Role.OWNER)
    token = session_of(installation, id)
    client.cookies.set("session", token)
    client.headers["X-CSRF-Token"] = csrf_token(SECRET, token)
    assert "You got this because we like you." in client.get(decision).text
    part = client.get(f"/customers/{ada.hex()}/next", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert decision in part.text and "<html" not in part.text
    assert client.get(f"/decisions/{'ab' * 16}").status_code == client.get("/decisions/x").status_code == 404
    for lever, expected in (("2.5", 303), ("11", 422), ("much", 422), ("nan", 422)):
        answer = client.post("/actions/offer/lever", data={"lever": lever}, follow_redirects=False)
        assert answer.status_code == expected, lever
    assert client.post("/actions/nobody/on", follow_redirects=False).status_code == 404
    assert client.post("/actions/offer/on", follow_redirects=False).status_code == 303
    now = actions.find(installation.connection, "offer")
    assert now is not None and (now.action.lever, now.action.enabled) == (2.5, True)
    assert actions.install(installation.connection, (OFFER, *shipped())) == len(shipped())
    assert actions.install(installation.connection, shipped()) == 0
