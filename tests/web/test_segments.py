"""The pages of segments: who may see and change them, and a builder that needs no JavaScript."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from support.installation import SECRET, SHOP, Installation, identify, track
from support.site import add_user, session_of

from regulars.identity.rules import RULES
from regulars.lake.exporter import Exporter
from regulars.model.user import Role
from regulars.segments import store
from regulars.segments.live import Live
from regulars.segments.rule import BadRule, encode
from regulars.segments.shipped import install, shipped
from regulars.storage import database
from regulars.web.composed import Composed, Segmenting
from regulars.web.segment_form import changed, form_of, read, rule_of
from regulars.web.server import create_server

Client = TestClient[Any]


class Fields(HTMLParser):
    """The fields of the first form to /segments, as a browser would send them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.said: dict[str, str] = {}
        self._within = False
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._within = has.get("action") == "/segments"
        elif self._within and tag == "input" and (has.get("type") != "checkbox" or "checked" in has):
            self.said[has["name"]] = has.get("value", "on")
        elif self._within and tag == "select":
            self._select = has["name"]
        elif self._within and tag == "option" and ("selected" in has or self._select not in self.said):
            self.said[self._select] = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "form"


@pytest.fixture
def client(installation: Installation, tmp_path: Path) -> Iterator[Client]:
    composed = Composed(segmenting=Segmenting(tmp_path / "lake", "now"))
    with TestClient(create_server(installation.conninfo, SECRET, composed=composed)) as made:
        yield made


def sign_in(client: Client, installation: Installation, role: Role) -> None:
    id, _ = add_user(installation, role)
    client.headers["Cookie"] = f"session={session_of(installation, id)}"


def post(client: Client, path: str, said: dict[str, str]) -> Any:
    return client.post(path, data=said, follow_redirects=False)


def test_who_may(client: Client, installation: Installation) -> None:
    install(installation.connection)
    paths = {
        "/segments": "amo",
        "/segments/left-a-cart": "amo",
        "/segments/new": "mo",
        "/segments/left-a-cart/change": "mo",
    }
    paths["/segments/left-a-cart/members.csv"] = "mo"
    for role in Role:
        sign_in(client, installation, role)
        for path, roles in paths.items():
            allowed = str(role)[0] in roles and role != Role.ASSOCIATE
            assert (client.get(path).status_code == 200) == allowed, (role, path)
    sign_in(client, installation, Role.ANALYST)
    assert "New segment" not in client.get("/segments").text
    assert client.get("/segments/nothing").status_code == 404
    assert client.get("/segments/..%2f%00").status_code == 404


def test_bad_posts(client: Client, installation: Installation) -> None:
    sign_in(client, installation, Role.MARKETER)
    said = Fields(client.get("/segments/new").text).said
    token = {name: value for name, value in said.items() if "." not in name and name not in ("match", "name", "title")}
    assert post(client, "/segments", {**said, "title": "X", **dict.fromkeys(token, "x")}).status_code == 403
    for wrong in (
        {},
        {"title": "x" * 101},
        {"title": "X", "name": "Not A Name"},
        {"title": "X", "0.0.at_least": "0"},
        {"title": "X", "rule": "{", "do": "json"},
        {"title": "X", "rule": "[" * 10_000, "do": "json"},
        {"title": "X", "0.0.is": "insight", "0.0.field": "stage", "0.0.op": "more", "0.0.value": "3"},
    ):
        answer = post(client, "/segments", {**said, **wrong})
        assert answer.status_code == 422 and "notice-danger" in answer.text, wrong
    assert store.all_segments(installation.connection) == []
    assert client.get("/segments/new").status_code == 200


def test_the_builder_without_javascript(client: Client, installation: Installation, tmp_path: Path) -> None:
    installation.send(SHOP, identify("greta", email="greta@mail.example", first_name="Greta", last_name="Okafor"))
    installation.send(SHOP, *[track("Product Viewed", "greta", product_id="coat") for _ in range(3)])
    with database.connect(installation.conninfo, autocommit=True) as connection:
        Exporter(tmp_path / "lake", connection, "EUR").run()
    greta = installation.holder("user_id", "greta")
    assert greta is not None
    sign_in(client, installation, Role.MARKETER)
    said = Fields(client.get("/segments/new").text).said | {
        "title": "Looked often",
        "0.0.at_least": "3",
        "0.0.within_days": "",
    }
    more = post(client, "/segments/draft", {**said, "do": "add:0"})
    assert more.status_code == 200 and "0.1.is" in Fields(more.text).said
    fewer = post(client, "/segments/draft", {**Fields(more.text).said, "do": "remove:0.1"})
    said = Fields(fewer.text).said
    assert "0.1.is" not in said and said["0.0.at_least"] == "3"
    found = post(client, "/segments/draft", {**said, "do": f"why:{greta.hex()}"}).text
    assert "notice-danger" not in found, found.partition("<main")[2]
    assert "1 customer<" in found and "Greta Okafor" in found and "3 times: coat; last on 14 March 2026." in found
    kept = post(client, "/segments", said)
    assert kept.status_code == 303 and kept.headers["location"] == "/segments/looked-often"
    with Live(installation.connection, tmp_path / "lake", RULES, "now") as live:
        assert live.evaluate([greta]).joined == 1
    shown = client.get("/segments/looked-often").text
    assert "Greta Okafor" in shown and "Looked at 3 times or more" in shown
    assert "Yes" in client.get(f"/segments/looked-often/why/{greta.hex()}").text
    assert greta.hex() in client.get("/segments/looked-often/members.csv").text
    text = json.dumps(
        {"is": "all", "of": [{"is": "any", "of": [{"is": "all", "of": [{"is": "did", "what": "viewed"}]}]}]}
    )
    deep = post(client, "/segments/draft", {**said, "do": "json", "rule": text}).text
    assert "deeper than the form" in deep
    token = dict(re.findall(r'name="(_?csrf[^"]*)" value="([^"]*)"', shown)) or {}
    ended = post(client, "/segments/looked-often/end", {**{k: v for k, v in said.items() if "." not in k}, **token})
    assert ended.status_code == 303 and store.all_segments(installation.connection) == []
    actions = [row[0] for row in installation.connection.execute("SELECT action FROM audit ORDER BY id")]
    assert {"make segment", "end segment", "preview segment", "look why in segment", "take segment"} <= set(actions)


def test_what_is_shipped_goes_through_the_form() -> None:
    for name, told in shipped().items():
        form = form_of(told.rule)
        assert form is not None, name
        assert encode(rule_of(form)) == encode(told.rule), name


@given(
    st.dictionaries(st.from_regex(r"\d\.\d\.[a-z_0-9.]{1,12}", fullmatch=True), st.text(max_size=20), max_size=30),
    st.text(),
)
def test_no_fields_break_the_form(fields: dict[str, str], do: str) -> None:
    try:
        rule_of(changed(read({**fields, "0.0.is": "bought"}), do))
    except BadRule as error:
        assert error.message
