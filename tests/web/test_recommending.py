"""`POST /api/recommendations`: who may ask, what is refused, and what is answered and audited."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, Installation, identify, track
from support.recommended import learnt

from regulars.recommendations.files import Latest
from regulars.recommendations.lists import Asked
from regulars.recommendations.shown import shelf
from regulars.storage.sources import create_key
from regulars.web.composed import Composed
from regulars.web.server import create_server

Client = TestClient[Any]
PATH = "/api/recommendations"

ODD: tuple[Any, ...] = (
    b"", b"{", b"[]", b'"x"', {"limit": 0}, {"limit": 101}, {"limit": "ten"}, {"list": "all"}, {"list": 1},
    {"customer": "xyz"}, {"customer": "ab" * 16, "identifier": "email:a@b.de"}, {"identifier": "a@b.de"},
    {"identifier": "email:a\u0000b@c.de"}, {"store": "a\u0000"}, {"store": "x" * 300}, {"store": 12}, {"store": " "},
    {"exclude": "tea"}, {"exclude": [1]}, {"exclude": [""]}, {"exclude": ["x"] * 501}, {"nobody": 1},
    b'{"store": "\\ud800"}', b'{"exclude": ["\\ud800"]}', {"exclude": ["x" * 201]},
)  # fmt: skip


@pytest.fixture
def client(installation: Installation, tmp_path: Path) -> Iterator[Client]:
    _, folder = learnt(tmp_path)
    composed = Composed(latest=Latest(folder))
    with TestClient(create_server(installation.conninfo, SECRET, composed=composed)) as made:
        made.headers["Authorization"] = f"Bearer {create_key(installation.connection, 'secret', 'shop')}"
        yield made


def test_recommendations(client: Client, installation: Installation) -> None:
    public = create_key(installation.connection, "write", "site")
    for authorization, status in (("", 401), ("Bearer nonsense", 401), (f"Bearer {public}", 403)):
        assert client.post(PATH, json={}, headers={"Authorization": authorization}).status_code == status
    for odd in ODD:
        answer = client.post(PATH, content=odd) if isinstance(odd, bytes) else client.post(PATH, json=odd)
        assert (answer.status_code, set(answer.json())) == (400, {"code", "message"}), odd
    for unknown in ({"customer": "ab" * 16}, {"identifier": "email:nobody@mail.example"}):
        assert client.post(PATH, json=unknown).status_code == 404
    lines = [{"product_id": "tea", "name": "Tea"}]
    installation.send(
        SHOP,
        identify("u1"),
        track("Order Completed", "u1", order_id="o-1", store_id="7", products=lines),
        track("Product Updated", product_id="tea", name="Black tea", price=4.5, currency="EUR", image="/tea.png"),
    )
    holder = installation.holder("user_id", "u1")
    assert holder is not None
    said = client.post(PATH, json={"identifier": "user_id:u1", "limit": 2, "exclude": ["mug"]}).json()
    assert said["customer"] == holder.hex()
    assert [each["product"] for each in said["lists"]["again"]] == ["tea"]
    assert len(said["lists"]["like"]) == 2 and "mug" not in [each["product"] for each in said["lists"]["like"]]
    assert client.post(PATH, json={"customer": holder.hex(), "list": "again"}).json()["lists"]["like"] == []
    nobody = client.post(PATH, json={"store": "12"}).json()
    assert nobody["customer"] == "" and nobody["lists"]["again"] == [] and nobody["lists"]["like"]
    seen = installation.connection.execute("SELECT action, customer FROM audit").fetchall()
    assert seen == [("recommend", holder)] * 2
    shown = installation.read(lambda connection: shelf(connection, None, holder, Asked()))
    assert [(each.name, each.image_url, str(each.price and each.price.text)) for each in shown.again] == [
        ("Black tea", "/tea.png", "4.50 EUR"),
    ]  # fmt: skip
