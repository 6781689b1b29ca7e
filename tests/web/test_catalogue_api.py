import base64
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, TILL, Installation, track

from regulars.storage.sources import create_key
from regulars.web.server import create_server

Client = TestClient[Any]
PATHS = ["/api/products?q=mug", "/api/products?id=A1", "/api/products/A1", "/api/stores"]


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    with TestClient(create_server(installation.conninfo, SECRET), raise_server_exceptions=False) as made:
        key = create_key(installation.connection, "secret", "shop")
        made.headers["Authorization"] = f"Bearer {key}"
        yield made


def test_only_a_secret_key_reads(client: Client, installation: Installation) -> None:
    public = create_key(installation.connection, "write", "site")
    for path in PATHS:
        for authorization, status in [
            ("", 401), ("Bearer nonsense", 401), (f"Bearer {public}", 403),
            (f"Basic {base64.b64encode(f'{public}:'.encode()).decode()}", 403),
        ]:  # fmt: skip
            assert client.get(path, headers={"Authorization": authorization}).status_code == status, path


def test_odd_parameters_are_bad_requests(client: Client) -> None:
    odd = ["", "%00", "a%00b", "%ED%A0%80", "x" * 10_000, "%0a"]
    paths = [f"/api/products?{name}={value}" for name in ("q", "id") for value in odd]
    paths += ["/api/products", "/api/products?q=a&id=b", "/api/products?q=a&limit=0", "/api/products?q=a&limit=101"]
    paths += ["/api/products?q=a&at=yesterday", "/api/products?q=a&currency=Euro", "/api/products?" + "&id=a" * 101]
    paths += ["/api/products/a%00b", f"/api/products/{'x' * 201}", "/api/products/A?at=", "/api/products/A?currency=12"]
    paths += ["/api/stores?limit=0", "/api/stores?limit=x", "/api/stores?after=%00", f"/api/stores?after={'x' * 201}"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 400 and set(answer.json()) == {"code", "message"}, path[:60]
    answer = client.get("/api/products/unknown")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_products_and_stores_are_read(client: Client, installation: Installation) -> None:
    money: dict[str, Any] = {"price": 8, "cost": "3.10", "currency": "EUR", "valid_from": "2026-01-01"}
    installation.send(
        SHOP,
        track("Product Updated", product_id="A1", name="Mug", topics=["tea"], **money, variants=[{"id": "w"}]),
        track("Product Updated", product_id="a b/ü", name="Teapot"),
        track("Stock Updated", product_id="A1", store_id="12", quantity=4),
        track("Article Updated", article_id="t", title="Tea", topics=["Tea"], body="<script>x</script>"),
        *(track("Store Updated", store_id=f"{n}", name=f"Store {n}", timezone="Europe/Prague") for n in (12, 7, 30)),
    )
    installation.send(TILL, track("Order Completed", user="u", order_id="o", products=[{"sku": "Z", "name": "Mug Z"}]))
    page = client.get("/api/products/A1").json()
    assert page["product"]["price"] == {"currency": "EUR", "minor": 800, "text": "8.00 EUR"}
    assert page["product"]["cost"]["minor"] == page["product"]["variants"][0]["cost"]["minor"] == 310
    assert [(each["kind"], each["valid_from"]) for each in page["history"]] == [
        ("cost", "2026-01-01T00:00:00Z"), ("price", "2026-01-01T00:00:00Z"),
    ]  # fmt: skip
    assert [(each["store"], each["quantity"]) for each in page["stock"]] == [("12", "4")]
    assert [(each["id"], each["title"]) for each in page["articles"]] == [("t", "Tea")]
    assert "body" not in page["articles"][0]
    assert client.get("/api/products/A1?at=2025-12-31T23:59:59Z").json()["product"]["price"] is None
    assert client.get("/api/products/A1?currency=USD").json()["product"]["price"] is None
    found = client.get("/api/products?q=mug").json()["products"]
    assert [(each["id"], each["seen"]) for each in found] == [("A1", False), ("Z", True)]
    listed = client.get("/api/products", params={"id": ["a b/ü", "A1", "none"]}).json()["products"]
    assert [each["id"] for each in listed] == ["A1", "a b/ü"]
    first = client.get("/api/stores?limit=2").json()
    assert ([each["id"] for each in first["stores"]], first["next"]) == (["12", "30"], "30")
    rest = client.get("/api/stores?limit=2&after=30").json()
    assert ([each["id"] for each in rest["stores"]], rest["next"]) == (["7"], "")
    assert rest["stores"][0]["timezone"] == "Europe/Prague"
