"""One meaning, whoever is asked; joins and leaves are events that come once, whatever is killed."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.installation import SHOP, SITE, Installation, identify, track
from test_erasure import erase

from regulars.identity.rules import RULES
from regulars.lake.exporter import Exporter
from regulars.profiles.fragment import decode as decode_fragment
from regulars.segments import membership, store
from regulars.segments.compiled import members_query
from regulars.segments.evaluate import Everybody, evaluate_all
from regulars.segments.live import Live
from regulars.segments.memory import Memory
from regulars.segments.rule import All, BadRule, Consent, Did, Node, Some, Trait, Where, check, decode
from regulars.segments.shipped import install
from regulars.segments.touched import Touched
from regulars.storage import database, log
from regulars.storage.engine import open_lake

START = datetime(2026, 2, 1, 9, tzinfo=UTC)
AT = 1_773_480_900_000_000
PRODUCTS = ["coat", "hat", "scarf"]
PEOPLE = [f"u{n}" for n in range(12)]
EVENTS = ["Product Viewed", "Product Added", "Product Removed", "Order Completed", "Store Entered", "Searched"]


def shop(installation: Installation, seed: int = 7) -> None:
    """A small shop's six weeks: catalogue, consents, visits with properties, orders, refunds."""
    chance = random.Random(seed)
    for number, id in enumerate(PRODUCTS):
        category = "Clothes > Outside" if number else "Clothes"
        installation.send(SHOP, track("Product Updated", product_id=id, name=id, category=category, brand=f"b{number}"))
    items: list[dict[str, Any]] = [identify(user, email=f"{user}@example.com") for user in PEOPLE]
    for number in range(220):
        user = chance.choice(PEOPLE)
        when = (START + timedelta(minutes=chance.randrange(60_000))).isoformat()
        items.append({**_event(chance, user, number), "timestamp": when})
    for user in PEOPLE[::2]:
        word = chance.choice(["Consent Given", "Consent Withdrawn"])
        items.append(track(word, user, purpose="marketing", channel=chance.choice(["email", "sms"])))
    installation.send(SHOP, *items)


def _event(chance: random.Random, user: str, number: int) -> dict[str, Any]:
    name, product = chance.choice(EVENTS), chance.choice(PRODUCTS)
    said: dict[str, Any] = {"product_id": product}
    if name == "Order Completed":
        price = chance.randrange(5, 80)
        said = {
            "order_id": f"o{number}", "total": price, "currency": "EUR", "discount": chance.choice([0, 2]),
            "products": [{"product_id": product, "price": price, "quantity": 1}],
        }  # fmt: skip
    if name == "Searched":
        said = {"query": chance.choice(PRODUCTS), "results": chance.randrange(9), "mobile": chance.random() < 0.5}
    if chance.random() < 0.3:
        said["store_id"] = chance.choice(["s1", "s2"])
    return track(name, user, **said)


@pytest.fixture
def lake(installation: Installation, tmp_path: Path) -> Path:
    shop(installation)
    with database.connect(installation.conninfo, autocommit=True) as connection:
        Exporter(tmp_path / "lake", connection, "EUR").run()
    return tmp_path / "lake"


_of = st.sampled_from
_text = _of([*PRODUCTS, "Clothes", "Outside", "Clothes > Outside", "b1", "s1", "web", "", "it's"])
_word = _text.filter(bool)
_days = st.one_of(st.none(), st.integers(1, 50))
_where = st.one_of(
    st.builds(Where, field=_of(["product", "category", "brand"]), op=_of(["is", "is_not"]), value=_text),
    st.builds(Where, field=st.just("category"), op=_of(["one_of", "not_one_of"]), value=st.lists(_text, min_size=1)),
    st.builds(Where, field=st.just("brand"), op=_of(["known", "unknown"])),
)
_property = st.one_of(
    st.builds(Where, field=st.just("properties.results"), op=_of(["at_least", "less", "is_not"]), value=st.integers()),
    st.builds(Where, field=st.just("properties.query"), op=_of(["is", "contains", "is_not"]), value=_word),
    st.builds(Where, field=st.just("properties.mobile"), op=st.just("is"), value=st.booleans()),
)
_often = st.builds(
    Did,
    what=_of(["viewed", "added", "bought"]),
    negated=st.booleans(),
    at_least=st.integers(1, 4),
    at_most=st.one_of(st.none(), st.integers(4, 6)),
    within_days=_days,
    measure=_of(["times", "days", "products", "categories"]),
    same=_of(["", "product"]),
    then_not=_of([(), ("bought",), ("bought", "removed")]),
    where=st.lists(_where, max_size=2).map(tuple),
)
_did = st.one_of(
    _often,
    st.builds(Did, what=st.just("ordered"), at_least=st.just(0), at_most=st.integers(0, 3), negated=st.booleans()),
    st.builds(Did, what=_of(["ordered", "bought"]), measure=st.just("amount"), at_least=st.integers(1, 20_000)),
    st.builds(Did, what=st.just("event"), event=_of(EVENTS), where=st.lists(_property, max_size=2).map(tuple)),
)
_consent = st.just("marketing"), _of(["email", "sms"]), _of(["given", "withdrawn", "none"])
_condition = st.one_of(
    _did,
    st.builds(Trait, st.just("last_seen"), _of(["within_days", "not_within_days"]), st.integers(0, 45)),
    st.builds(Trait, _of(["first_channel", "last_channel"]), _of(["is", "is_not"]), _word),
    st.builds(Consent, *_consent),
)
_groups = st.recursive(
    _condition,
    lambda inner: st.one_of(
        st.builds(All, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Some, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def test_one_meaning(installation: Installation, lake: Path) -> None:
    ids = {user: installation.holder("user_id", user) for user in PEOPLE}
    memory, held = Memory(installation.connection, lake), set[str]()

    @given(node=_groups, chosen=st.sampled_from([set(PEOPLE[:2]), set(PEOPLE[3:6]), set(PEOPLE)]))
    @settings(max_examples=80, deadline=None)
    def same(node: Node, chosen: set[str]) -> None:
        rule = All((node,))
        try:
            check(rule)
        except BadRule:
            return
        keys = {key for user, key in ids.items() if user in chosen and key is not None}
        names = {each.hex() for each in keys}
        full = ask(opened, members_query(rule, AT, {}))
        assert ask(opened, members_query(rule, AT, {}, names)) == full & names
        if held != chosen:
            memory.load(keys)
            held.clear()
            held.update(chosen)
        assert ask(memory.database, members_query(rule, AT, {})) == full & names

    with open_lake(lake) as opened:
        same()
    memory.close()


def ask(database: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    rows = database.execute(query).fetchall()
    assert len(rows) == len(set(rows))
    return {row[0] for row in rows}


VIEWERS = decode('{"is":"all","of":[{"is":"did","what":"viewed","at_least":2,"same":"product","then_not":["bought"]}]}')
SEEN = "SELECT name, message_id FROM events WHERE source LIKE 'segments%' ORDER BY id"


def test_live(installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = installation.connection
    assert install(connection) == 6 and install(connection) == 0
    segment = store.put(connection, "cli", "viewers", "Viewers", "", VIEWERS)
    assert store.put(connection, "cli", "viewers", "Viewers", "", VIEWERS).version == 1
    touched = Touched(connection)
    with Live(connection, tmp_path / "lake", RULES, "now") as live:
        installation.send(SHOP, *[track("Product Viewed", user="greta", product_id="coat")] * 1)
        installation.send(SHOP, track("Product Viewed", user="greta", product_id="coat"))
        installation.send(SITE, *[track("Product Viewed", anonymous=name, product_id="coat") for name in "aab"])
        greta, anna = installation.holder("user_id", "greta"), installation.holder("anonymous_id", "a")
        assert greta is not None and anna is not None
        found = touched.look()
        assert found is not None and {greta, anna} < found
        broken(monkeypatch, live, found)
        assert live.evaluate(found).joined == 2
        assert live.evaluate(found) == membership.Changes(0, 0)
        before = last_seen(installation)
        installation.step()
        assert touched.look() == set()
        assert last_seen(installation) == before
        assert list(store.members(connection, "viewers")) == sorted([greta, anna])
        order = track("Order Completed", user="greta", order_id="1", total=9, products=[{"product_id": "coat"}])
        installation.send(SHOP, order)
        assert live.evaluate(touched.look() or set()).gone == 1
        installation.step()
    expected = {("Segment Joined", f"viewers:{each.hex()}:1") for each in (greta, anna)}
    assert set(connection.execute(SEEN.encode())) == expected | {("Segment Left", f"viewers:{greta.hex()}:2")}
    erase(installation, "anonymous_id", "a")
    assert list(store.members(connection, "viewers")) == []
    assert connection.execute("SELECT count(*) FROM rejected").fetchone() == (0,)
    assert segment.group() == VIEWERS


def last_seen(installation: Installation) -> dict[bytes, int | None]:
    rows = installation.connection.execute("SELECT bundle, body FROM fragments")
    return {bytes(bundle): decode_fragment(bytes(body)).last for bundle, body in rows}


def broken(monkeypatch: pytest.MonkeyPatch, live: Live, customers: set[bytes]) -> None:
    """Break off between the event and the row: neither is there."""
    append = log.append

    def then_die(*arguments: Any) -> None:
        append(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(log, "append", then_die)
        with pytest.raises(KeyboardInterrupt):
            live.evaluate(customers)


def test_everybody(installation: Installation, lake: Path) -> None:
    folder = lake
    connection = installation.connection
    store.put(connection, "cli", "viewers", "Viewers", "", VIEWERS)
    broken = decode('{"is":"all","of":[{"is":"insight","field":"shoe_size","value":3}]}')
    store.put(connection, "cli", "broken", "Broken", "", broken)
    with open_lake(folder) as opened:
        wanted = ask(opened, members_query(VIEWERS, AT, {}))
    late = installation.holder("user_id", PEOPLE[0])
    assert late is not None
    installation.send(SHOP, *[track("Product Viewed", PEOPLE[0], product_id="new")] * 1)
    installation.send(SHOP, track("Product Viewed", PEOPLE[0], product_id="new"))
    with Everybody(connection, folder, RULES, "auto") as everybody:
        done = {each.segment: each for each in evaluate_all(everybody, connection)}
    assert "shoe_size" in done["broken"].error
    assert done["viewers"].members == len(wanted) and "email" in dict(done["viewers"].channels())
    # What came after the lake's state counts too.
    assert {each.hex() for each in store.members(connection, "viewers")} == wanted | {late.hex()}
    with Everybody(connection, folder, RULES, "auto") as everybody:
        again = {each.segment: each for each in evaluate_all(everybody, connection, ["viewers"])}
    assert (again["viewers"].joined, again["viewers"].gone) == (0, 0)
    store.put(connection, "cli", "viewers", "Viewers", "", VIEWERS, ended=True)
    with Everybody(connection, folder, RULES, "auto") as everybody:
        assert next(iter(evaluate_all(everybody, connection, ["viewers"]))).gone == len(wanted | {late.hex()})
    assert store.counts(connection) == {}
    assert [each.version for each in store.versions(connection, "viewers")] == [2, 1]
    assert msgspec.json.decode(store.versions(connection, "viewers")[1].rule)["is"] == "all"
