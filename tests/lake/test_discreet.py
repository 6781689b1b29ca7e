"""Nothing that names or reaches a person gets into the lake, wherever a sender may have put it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.installation import SHOP, SITE, Installation, identify, track

from regulars.lake.discreet import LARGEST, NOTHING, Own, is_personal, properties, word
from regulars.lake.exporter import Exporter
from regulars.storage import database
from regulars.storage.engine import open_lake


def kept(said: dict[str, Any], *own: str) -> dict[str, Any]:
    found = properties(said, Own(own))
    return {} if found is None else json.loads(found)


def test_what_can_be_counted_stays() -> None:
    said = {
        "price": 49.9, "quantity": 2, "currency": "EUR", "name": "Blue scarf", "category": ["Women", "Scarves"],
        "query": "red shoes", "size": "38", "is_gift": True, "cart": {"products": [{"sku": "A-1", "price": 3}]},
        "product_id": "5901234123457", "path": "/p/17", "position": 3, "variant": "Größe M / blau",
    }  # fmt: skip
    assert kept(said, "ada-17") == said


PERSONAL = """
email Email customerEmail customer-email e.mail.address phoneNumber PHONE mobile first_name lastName recipient
shippingAddress zip postcode ip ip_address userId user customer_id loyaltyId anonymousId deviceId session_token password
iban birthday comment note url referrer ada@mail.example <script> 17
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", [*PERSONAL, "", " ", "x" * 60, "é", "a\nb", "\u200bsize", "name\0", "phone number"])
def test_properties_that_tell_who_somebody_is(name: str) -> None:
    assert is_personal(name) or word(name) is None
    assert kept({name: "Ada"}) == {}
    assert kept({"deep": [{"down": {name: "Ada"}}]}) == {}


@pytest.mark.parametrize(
    "value",
    [
        "ada@mail.example", "write to ada@mail.example!", "ADA＠MAIL.EXAMPLE", "ada%40mail.example",
        "ada (at) mail.example",
        "+49 170 1234567", "0170/123-45-67", "call 01701234567 now", "(202) 555.0143", "4111 1111 1111 1111",
        "550e8400-e29b-41d4-a716-446655440000", "d41d8cd98f00b204e9800998ecf8427e", "eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIx",
        "x" * 201, "a\0b", "a\u200bb", "line\nbreak", "\ud800", 491701234567, -491701234567, 4111111111111111, 1e300,
        float("nan"), float("inf"), 10**40, 1e7,
    ],
)  # fmt: skip
def test_values_that_look_like_a_way_to_somebody(value: object) -> None:
    assert kept({"thing": value, "size": 1}) == {"size": 1}
    assert kept({"list": [value, 7], "deep": {"thing": value}}) == {"list": [7]}


def test_the_identifiers_on_the_event_itself() -> None:
    own = ("Ada-17", "38", "k9", "71234")
    said = {
        "ref": "ADA-17",
        "text_like": "of ada-17.",
        "size": 38,
        "other": "38",
        "ada-17": 1,
        "small": "k9",
        "of": 71234,
    }
    assert kept({**said, "width": 381, "kind": "k99"}, *own) == {"width": 381, "kind": "k99"}
    assert word("Profile of ada-17", Own(own)) is None
    assert word("Profile", Own(own)) == "Profile"
    assert Own(own).within(b'{"a":"b"}') is NOTHING
    assert Own(own).within(b'{"a":"ADA-17"}').whole
    assert Own(own).within(b'{"a":"\\u0041da-17"}').whole


def test_giants() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": [deep]}
    assert kept({"deep": deep}) == {}
    assert len(kept({f"n{n}": n for n in range(5000)})) == 100
    many = properties({f"n{n}": "word " * 30 for n in range(90)}, NOTHING)
    assert many is None
    mixed = properties({"size": 1, "list": ["word " * 30] * 90}, NOTHING)
    assert mixed == b'{"size":1}' and len(mixed) < LARGEST


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("zuleika-77"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.just("zuleika-77"), inner, max_size=3)
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=10), JSON, max_size=4))
def test_whatever_is_sent_what_is_left_is_json_without_her(said: dict[str, Any]) -> None:
    found = properties(said, Own(["zuleika-77"]))
    if found is not None:
        assert b"zuleika-77" not in found.lower()
        assert json.loads(found)


HOSTILE: dict[str, Any] = {
    "note": "zuleika@mail.example", "ref": "zuleika-77", "zuleika-77": 1, "n": 0.1, "nul": "a\0b", "big": 10**40,
    "deep": {"x": [{"y": "of zuleika-77"}]}, "lone": "\\ud800", "f": 1e308, "list": ["zuleika@mail.example", 2],
    "channel": "zuleika@mail.example", "product_id": "zuleika-77", "category": "zuleika@mail.example",
}  # fmt: skip
VALUES = (b"zuleika", b"mail.example", b"dobson", b"+12025550143", b"5550143")


def test_no_file_of_the_lake_holds_her_values(installation: Installation, tmp_path: Path) -> None:
    traits = {"email": "zuleika@mail.example", "phone": "+1 202 555 0143", "firstName": "Zuleika", "lastName": "Dobson"}
    lines = [
        {
            "product_id": "A",
            "name": "for zuleika@mail.example",
            "quantity": 1,
            "price": 3,
            "coupon": "zuleika@mail.example",
        }
    ]
    installation.send(
        SHOP,
        identify("zuleika-77", "cookie-of-zuleika", **traits),
        track("Something", "zuleika-77", **HOSTILE),
        track("Order Completed", "zuleika-77", order_id="O1", total=3, currency="EUR", coupon="zuleika@mail.example",
              products=lines, channel="zuleika@mail.example", store_id="zuleika@mail.example"),
        track("Consent Given", "zuleika-77", purpose="zuleika@mail.example", channel="email"),
        track("Product Updated", product_id="A", name="as zuleika@mail.example wears it", brand="zuleika@mail.example"),
    )  # fmt: skip
    installation.send(SITE, {"type": "page", "name": "Hello zuleika-77", "userId": "zuleika-77", "properties": HOSTILE})
    installation.send(SITE, track("zuleika@mail.example", "zuleika-77", origin="zuleika-77"))
    exporter = Exporter(tmp_path / "lake", database.connect(installation.conninfo, autocommit=True), "EUR")
    exporter.run()
    with open_lake(exporter.folder) as lake:
        assert lake.execute("SELECT count(*), count(DISTINCT customer) FROM events").fetchall() == [(7, 1)]
        something = "SELECT properties->>'n', product, channel FROM events WHERE name = 'Something'"
        assert lake.execute(something).fetchall() == [("0.1", None, None)]
        dump = "".join(
            repr(lake.execute(f"SELECT * FROM {view}").fetchall()).lower()
            for (view,) in lake.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        )
    assert not [value for value in VALUES if value.decode() in dump]
    for file in exporter.folder.iterdir():
        assert not [value for value in VALUES if value in file.read_bytes().lower()], file.name
