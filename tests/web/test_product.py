"""The page of a product, what leads to it, and marks that would turn the text around them."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, SITE, Installation, identify, track
from support.site import add_user, session_of

from regulars.model.user import Role
from regulars.profiles.listing.refresh import Refresher
from regulars.web.server import create_server

Client = TestClient[Any]
TURN = "\u202e"
ODD = "a b/ü%2F?#"


@pytest.fixture
def client(installation: Installation) -> Iterator[Client]:
    with TestClient(create_server(installation.conninfo, SECRET)) as made:
        id, _ = add_user(installation, Role.OWNER)
        made.headers["Cookie"] = f"session={session_of(installation, id)}"
        yield made


def test_no_product(client: Client) -> None:
    for id in ("", "x", "%00", "x" * 300, "%ED%A0%80", "a/b/", "//"):
        answer = client.get(f"/products/{id}", follow_redirects=False)
        assert answer.status_code in (400, 404), id[:9]


def test_what_is_known_of_it(client: Client, installation: Installation) -> None:
    variants = [{"id": "s.1", "size": "S", "price": 7}, {"id": "m", "size": "M"}]
    known: dict[str, Any] = {
        "category": "Kitchen > Cups",
        "brand": "Bruno",
        "image_url": "https://elsewhere.example/a.png",
    }
    installation.send(
        SHOP,
        track("Product Updated", product_id="A1", name="Mug", price=8, currency="EUR", variants=variants, **known),
        track("Product Updated", product_id=ODD, name="Teapot", url="javascript:alert(1)"),
        track("Store Updated", store_id="12", name="Brno"),
        track("Stock Updated", product_id="A1", variant_id="s.1", store_id="12", quantity=4),
        track("Stock Updated", product_id="A1", variant_id="m", store_id="12", quantity=2),
    )
    text = client.get("/products/A1").text
    for words in ("Mug", "€8.00", "€7.00", "Kitchen › Cups", "Bruno", "Brno", '<span class="number">6</span>'):
        assert words in text, words
    assert "<img" not in text.partition("<main")[2], "a picture of another site"
    found = client.get("/search?q=teapot").text
    address = found.partition('href="/products/')[2].partition('"')[0]
    odd = client.get(f"/products/{address}")
    assert odd.status_code == 200 and "Teapot" in odd.text and "javascript:" not in odd.text


def test_an_order_by_the_end_of_its_number(client: Client, installation: Installation) -> None:
    orders = [
        track("Order Completed", "u-1", order_id=id, total=5) for id in ("W-2026_0042A", "W-20260042B", "W%0042A")
    ]
    installation.send(SHOP, identify("u-1", name="Ada"), *orders)
    for text, found in (
        ("0042a", ["W%0042A", "W-2026_0042A"]), ("_0042A", ["W-2026_0042A"]), ("%0042a", ["W%0042A"]), ("42A", []),
        ("W-20260042B", ["W-20260042B"]), ("0042", []),
    ):  # fmt: skip
        shown = client.get("/search", params={"q": text}).text.partition("<main")[2]
        assert [id for id in ("W%0042A", "W-2026_0042A", "W-20260042B") if f"<strong>{id}<" in shown] == found, text


def test_marks_that_turn_text_round_are_left_out(client: Client, installation: Installation) -> None:
    mail, sku = f"a{TURN}b@shop.example", f"s{TURN}k"
    installation.send(
        SHOP,
        identify("u-1", name=f"Ada{TURN}Evil", email=mail),
        track("Product Updated", product_id="p", name=f"Mug{TURN}", sku=sku),
        track("Order Completed", f"u{TURN}2", order_id=f"o-{TURN}1234", total=1, products=[{"product_id": "p"}]),
    )
    Refresher(installation.connection, installation.context.rules, "EUR").run()
    for path in ("/customers", "/customers?q=ada", "/search?q=ada", "/search?q=mug", "/search?q=1234", "/products/p"):
        text = client.get(path).text
        assert TURN not in text and ("Ada" in text or "Mug" in text or "1234" in text), path
    assert TURN not in client.get("/search", params={"q": f"{TURN}nobody"}).text


def test_what_could_not_be_read_as_a_table(client: Client, installation: Installation) -> None:
    installation.send(SITE, b'{"type":"=HYPERLINK(1)"}', b'{"type":"track"}')
    every = client.get("/rejected.csv").text.splitlines()
    assert every[0].startswith("\ufeffnumber,received") and len(every) == 3
    assert "unknown_type" in client.get("/rejected.csv?reason=unknown_type").text
    assert len(client.get("/rejected.csv?reason=unknown_type").text.splitlines()) == 2
    assert len(client.get("/rejected.csv?source=nobody").text.splitlines()) == 1
    assert client.get("/rejected.csv?reason=x%00").status_code == 200
