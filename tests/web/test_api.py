import base64
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import RECEIVED, SECRET, SHOP, SITE, Installation, identify, track

from regulars.erasure import erasure_frame
from regulars.storage import log
from regulars.storage.sources import create_key, revoke_key
from regulars.web.server import create_server

Client = TestClient[Any]


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    with TestClient(create_server(installation.conninfo, SECRET), raise_server_exceptions=False) as made:
        key = create_key(installation.connection, "secret", "shop")
        made.headers["Authorization"] = f"Bearer {key}"
        yield made


def audited(installation: Installation) -> list[tuple[str, str, str | None]]:
    rows = installation.connection.execute("SELECT actor, action, encode(customer, 'hex') FROM audit ORDER BY id")
    return [(row[0], row[1], row[2]) for row in rows]


def hex_of(installation: Installation, type_: str, value: str) -> str:
    held = installation.holder(type_, value)
    assert held is not None
    return held.hex()


PATHS = ["/api/customers?identifier=user_id:u1", f"/api/customers/{'ab' * 16}", f"/api/customers/{'ab' * 16}/events"]


@pytest.mark.parametrize("path", PATHS)
def test_only_a_secret_key_reads(client: Client, installation: Installation, path: str) -> None:
    public = create_key(installation.connection, "write", "site")
    gone = create_key(installation.connection, "secret", "old")
    revoke_key(installation.connection, gone)
    for authorization, status in [
        ("", 401), ("Bearer nonsense", 401), ("Basic !!", 401), (f"Bearer {gone}", 401), (f"Bearer {public}", 403),
        (f"Basic {base64.b64encode(f'{public}:'.encode()).decode()}", 403),
    ]:  # fmt: skip
        answer = client.get(path, headers={"Authorization": authorization})
        assert answer.status_code == status and set(answer.json()) == {"code", "message"}
        assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert audited(installation) == []


def test_a_secret_key_as_the_user_of_basic_auth(client: Client, installation: Installation) -> None:
    key = client.headers["Authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"{key}:".encode()).decode()
    assert client.get(PATHS[0], headers={"Authorization": f"Basic {basic}"}).status_code == 200


ODD = ["", " ", "%00", "a%00b", "%ED%A0%80", "%FF", "x" * 10_000, "%0a"]


@pytest.mark.parametrize("start", ["q=", "identifier=", "identifier=email:"])
def test_an_odd_parameter_is_a_bad_request(client: Client, start: str) -> None:
    for value in ODD:
        answer = client.get(f"/api/customers?{start}{value}")
        assert answer.status_code == 400, value[:20]
        assert answer.json()["code"] == "bad_request"


WRONG = (
    ["", "q=a&identifier=email:a@b.example", "q=ada&limit=0", "q=ada&limit=51", "q=ada&limit=x", "q=ada&limit=-1",
     "q=ada&limit=1e9", f"q=ada&limit={'9' * 5_000}", "q=ada&limit=", "q=ada&limit=%00", "identifier=nonsense"]
)  # fmt: skip


def test_a_wrong_query_is_a_bad_request(client: Client) -> None:
    for query in WRONG:
        answer = client.get(f"/api/customers?{query}")
        assert answer.status_code == 400 and set(answer.json()) == {"code", "message"}, query[:40]


def test_a_repeated_parameter_is_no_fault_of_the_server(client: Client) -> None:
    assert client.get("/api/customers?q=ada&q=bob").status_code in (200, 400)
    assert client.get("/api/customers?q=ada&limit=1&limit=2").status_code in (200, 400)


def test_a_bad_id(client: Client) -> None:
    for id in ("x", "ab", "zz" * 16, "ab" * 17, "%00", "%ED%A0%80", "x" * 10_000):
        for rest in ("", "/events"):
            assert client.get(f"/api/customers/{id}{rest}").status_code == 400, id[:20]


def test_a_bad_page_of_events(client: Client, installation: Installation) -> None:
    installation.send(SHOP, identify("u1"))
    path = f"/api/customers/{hex_of(installation, 'user_id', 'u1')}/events"
    for query in ("before=x", "before=%00", "limit=501", "limit=0", f"before={'9' * 10_000}", "before=1"):
        assert client.get(f"{path}?{query}").status_code == 400, query[:20]


def test_unknown_ids_and_paths(client: Client) -> None:
    for path in (f"/api/customers/{'ab' * 16}", f"/api/customers/{'ab' * 16}/events", "/api/nothing", "/nothing"):
        answer = client.get(path)
        assert answer.status_code == 404 and answer.json()["code"] == "not_found"
    assert client.post("/api/customers").json()["code"] == "method_not_allowed"
    assert client.get("/api/customers?identifier=user_id:nobody").json()["customers"] == []


def test_a_customer_is_found_shown_and_audited(client: Client, installation: Installation) -> None:
    installation.send(SHOP, identify("u1", email="ada@mail.example", name="Ada Lovelace"))
    installation.send(SITE, track("Product Viewed", "u1", "c1", name="Boot", product_id="boot"))
    ada = hex_of(installation, "user_id", "u1")
    (found,) = client.get("/api/customers", params={"identifier": "email:ADA@mail.example"}).json()["customers"]
    assert (found["id"], found["kind"], found["name"]) == (ada, "person", "Ada Lovelace")
    assert [each["value"] for each in found["identifiers"]] == ["u1", "ada@mail.example"]
    (same,) = client.get("/api/customers", params={"q": "lovelace"}).json()["customers"]
    assert same == found
    answer = client.get(f"/api/customers/{ada}")
    shown = answer.json()
    assert shown["id"] == ada and shown["name"]["value"] == "Ada Lovelace" and shown["kind"] == "person"
    assert answer.headers["Cache-Control"] == "no-store" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer.headers
    events = client.get(f"/api/customers/{ada.upper()}/events?limit=1").json()
    assert [each["summary"] for each in events["events"]] == ["Looked at Boot (site)"]
    older = client.get(f"/api/customers/{ada}/events", params={"before": events["before"]}).json()
    assert [each["kind"] for each in older["events"]] == ["identify"] and older["before"] == ""
    actions = ["look up", "search", "show", "events", "events"]
    assert audited(installation) == [("shop", action, ada) for action in actions]


def test_what_leads_nowhere_is_audited_too(client: Client, installation: Installation) -> None:
    client.get("/api/customers?identifier=user_id:nobody")
    client.get("/api/customers?q=nobody")
    assert audited(installation) == [("shop", "look up", None), ("shop", "search", None)]
    details = installation.connection.execute("SELECT detail FROM audit").fetchall()
    assert not any("nobody" in row[0] for row in details)


def test_an_old_id_is_answered_with_the_current_one(client: Client, installation: Installation) -> None:
    installation.send(SITE, {"type": "page", "anonymousId": "c1"})
    old = hex_of(installation, "anonymous_id", "c1")
    installation.send(SHOP, identify("u1", "c1"))
    assert client.get(f"/api/customers/{old}").json()["id"] == hex_of(installation, "user_id", "u1") != old
    assert len(client.get(f"/api/customers/{old}/events").json()["events"]) == 2


def test_health_and_schema(client: Client) -> None:
    del client.headers["Authorization"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"status": "ready"}
    schema = client.get("/schema/openapi.json").json()
    assert schema["info"]["title"] == "Regulars"
    assert {"/api/customers", "/api/customers/{customer}", "/v1/batch", "/readyz"} <= set(schema["paths"])
    parameters = schema["paths"]["/api/customers"]["get"]["parameters"]
    assert {each["name"] for each in parameters} == {"identifier", "q", "limit"}


def test_sending_and_then_reading(client: Client, installation: Installation) -> None:
    assert client.post("/v1/identify", json={"userId": "u1", "traits": {"name": "Ada"}}).json() == {"success": True}
    installation.step()
    (found,) = client.get("/api/customers?identifier=user_id:u1").json()["customers"]
    assert found["name"] == "Ada"


def test_without_a_database_it_starts_and_says_so() -> None:
    nowhere = "host=127.0.0.1 port=1 dbname=nothing user=nobody connect_timeout=1"
    with TestClient(create_server(nowhere, SECRET), raise_server_exceptions=False) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        answer = client.get("/api/customers?q=ada", headers={"Authorization": "Bearer x"})
        assert answer.status_code == 503 and answer.json()["code"] == "unavailable"
        assert answer.headers["Retry-After"] == "1"


def test_an_erased_customer_is_gone(installation: Installation, client: Client) -> None:
    installation.send(SHOP, identify("u1", email="ada@mail.example"))
    old = installation.holder("user_id", "u1")
    assert old is not None
    log.append(installation.connection, [[erasure_frame(old, [], RECEIVED)]])
    installation.step()
    for path in (f"/api/customers/{old.hex()}", f"/api/customers/{old.hex()}/events"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert client.get("/api/customers?identifier=email:ada@mail.example").json()["customers"] == []
