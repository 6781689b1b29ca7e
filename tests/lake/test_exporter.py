"""The lake follows PostgreSQL, whatever happens there: it is always what a lake made anew would be."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.installation import RECEIVED, SHOP, SITE, TILL, Installation, identify, track
from test_erasure import erase
from test_retraction import begin, bring, item, undo

import regulars.app
from regulars.collection.receive import keep as keep_call
from regulars.collection.redaction import IpPolicy
from regulars.collection.tracked import tracked_calls
from regulars.lake.exporter import Exporter
from regulars.pipeline import Pipeline
from regulars.retention import Record, retention_frame
from regulars.simulation.hard import generate
from regulars.storage import database, log, shadow
from regulars.storage.engine import open_lake
from regulars.storage.lake.views import columns
from regulars.storage.queries import start_cursor
from regulars.storage.sources import register

Rows = list[tuple[Any, ...]]


@pytest.fixture
def exporter(installation: Installation, tmp_path: Path) -> Exporter:
    return export_to(installation, tmp_path / "lake")


def export_to(installation: Installation, folder: Path) -> Exporter:
    return Exporter(folder, database.connect(installation.conninfo, autocommit=True), "EUR")


def ask(exporter: Exporter, query: str) -> Rows:
    with open_lake(exporter.folder) as lake:
        return lake.execute(query).fetchall()


def everything(exporter: Exporter) -> dict[str, list[str]]:
    """All rows of all views, without the customers' numbers and the lake's own."""
    with open_lake(exporter.folder) as lake:
        found = {}
        for view, types in columns().items():
            shown = ", ".join(f'"{name}"' for name in types if name != "person")
            if view != "lake":
                found[view] = sorted(map(repr, lake.execute(f"SELECT {shown} FROM {view}").fetchall()))
        return found


HELD = """
SELECT encode(customer, 'hex'), count(*) FROM events e LEFT JOIN bundles b ON b.key = e.bundle WHERE flags !~ 'bot'
GROUP BY 1
"""
KEPT = """
SELECT encode(customer, 'hex'), product, kind, day, sum(n)::bigint, max(last) FROM interactions i
JOIN bundles b ON b.key = i.bundle WHERE customer IS NOT NULL GROUP BY 1, 2, 3, 4
"""
TOLD = """
SELECT customer, product, kind, day - DATE '1970-01-01', sum(count)::BIGINT, epoch_us(max(last)) FROM interactions
WHERE customer IS NOT NULL GROUP BY ALL
"""


def check(installation: Installation, exporter: Exporter) -> None:
    """The lake is what PostgreSQL holds now, and PostgreSQL agrees on the numbers."""
    exporter.run()
    anew = export_to(installation, exporter.folder.parent / f"anew-{exporter.published.state}")
    assert anew.run()
    assert everything(exporter) == everything(anew)
    held = installation.connection.execute(HELD).fetchall()
    assert set(ask(exporter, "SELECT customer, count(*) FROM events GROUP BY ALL")) == set(held)
    assert set(ask(exporter, TOLD)) == set(installation.connection.execute(KEPT.encode()).fetchall())


def basket(user: str, order: str, **more: Any) -> dict[str, Any]:
    lines = [{"product_id": "A", "quantity": 2, "price": 20.5}, {"product_id": "B", "price": 9}]
    return track("Order Completed", user, order_id=order, total=50, currency="EUR", products=lines, **more)


def test_a_first_state_and_the_next(installation: Installation, exporter: Exporter) -> None:
    installation.send(
        SHOP,
        identify("ada", email="ada@mail.example"),
        track("Product Viewed", "ada", product_id="A", price=4.5),
        basket("ada", "O1", channel="web", tax=3),
        track("Consent Given", "ada", purpose="news", channel="email", address="email:ada@mail.example"),
    )
    assert exporter.run()
    ada = installation.holder("user_id", "ada")
    assert ada is not None
    assert ask(exporter, "SELECT customer, person, kind, first_channel, origin FROM customers") == [
        (ada.hex(), 0, "person", "web", "")
    ]
    assert ask(exporter, "SELECT total, tax, spend, lines, channel, currency FROM orders") == [
        (5000, 300, 5000, 2, "web", "EUR")
    ]
    lines = "SELECT line, product, quantity, pieces, amount FROM order_lines ORDER BY line"
    assert ask(exporter, lines) == [(1, "A", 2.0, 2, 4100), (2, "B", None, 1, 900)]
    assert ask(exporter, "SELECT purpose, channel, word FROM consents") == [("news", "email", "given")]
    assert not exporter.run()
    installation.send(TILL, track("Order Completed", receipt_id="1", store_id="7", total=3, currency="EUR"))
    installation.send(
        SHOP, track("Order Refunded", "ada", order_id="O1", products=[{"product_id": "A", "price": 20.5}])
    )
    installation.send(SHOP, track("Consent Withdrawn", "ada", purpose="news", channel="email"))
    exporter.run()
    assert ask(exporter, "SELECT customer, channel, store, total FROM orders WHERE customer IS NULL") == [
        (None, "store", "7", 300)
    ]
    assert ask(exporter, "SELECT amount, spend FROM refunds JOIN orders USING (space, order_id)") == [(2050, 2950)]
    assert ask(exporter, "SELECT product, amount FROM refund_lines") == [("A", 2050)]
    assert ask(exporter, "SELECT word FROM consents") == [("withdrawn",)]
    installation.send(SHOP, track("Order Cancelled", "ada", order_id="O1"))
    check(installation, exporter)
    assert ask(exporter, "SELECT order_id FROM orders WHERE customer IS NOT NULL") == []
    assert ask(exporter, "SELECT order_id, spend FROM cancelled_orders") == [("O1", 0)]
    assert ask(exporter, "SELECT count(*) FROM order_lines WHERE order_id = 'O1'") == [(0,)]


def test_two_become_one_and_two_again(installation: Installation, exporter: Exporter) -> None:
    installation.send(SITE, track("Product Viewed", anonymous="c1", product_id="A"))
    installation.send(SHOP, basket("ada", "O1"))
    exporter.run()
    assert ask(exporter, "SELECT count(*), count(DISTINCT kind) FROM customers") == [(2, 2)]
    before = exporter.published.parts["events"]
    installation.send(SITE, identify("ada", "c1"))
    check(installation, exporter)
    assert ask(exporter, "SELECT count(DISTINCT customer) FROM events") == [(1,)]
    assert set(before) <= set(exporter.published.parts["events"]), "no fact is written again for a merge"
    for user in ("bob", "cid", "dan", "eve"):
        installation.send(SITE, identify(user, "c1"))
    check(installation, exporter)
    assert ask(exporter, "SELECT count(*) FROM customers WHERE kind = 'shared'") == [(1,)]


def test_a_word_about_an_order_from_elsewhere(installation: Installation, exporter: Exporter) -> None:
    """Whoever is erased takes along what she said of somebody else's order."""
    installation.send(SHOP, basket("ada", "O1"))
    installation.send(SHOP, track("Order Updated", "bob", order_id="O1", total=70, currency="EUR"))
    exporter.run()
    assert ask(exporter, "SELECT total FROM orders") == [(7000,)]
    erase(installation, "user_id", "bob")
    check(installation, exporter)
    assert ask(exporter, "SELECT total FROM orders") == [(5000,)]


def test_an_import_that_is_undone(installation: Installation, exporter: Exporter) -> None:
    installation.send(SHOP, basket("ada", "O1"), track("Product Viewed", "ada", product_id="A"))
    run = begin(installation, TILL, SHOP)
    bring(installation, run, TILL, item(track("Order Completed", receipt_id="9", total=1, currency="EUR"), "i1", 1))
    bring(
        installation, run, SHOP, item(basket("ada", "O1", channel="web"), "i2", 2), item(basket("bob", "O2"), "i3", 3)
    )
    bring(installation, run, SHOP, item(track("Product Updated", product_id="A", name="Scarf", price=9), "i4", 4))
    exporter.run()
    assert ask(exporter, "SELECT count(*) FROM orders") == [(3,)]
    assert ask(exporter, "SELECT name FROM products WHERE product = 'A'") == [("Scarf",)]
    undo(installation, run.id)
    check(installation, exporter)
    assert ask(exporter, "SELECT order_id FROM orders") == [("O1",)]
    assert ask(exporter, "SELECT name FROM products WHERE product = 'A'") == [(None,)]


def test_browsing_that_was_kept_long_enough(installation: Installation, exporter: Exporter) -> None:
    installation.send(SITE, track("Product Viewed", anonymous="c1", product_id="A", name="Scarf"), basket("", "O1"))
    exporter.run()
    assert ask(exporter, "SELECT count(*) FROM interactions") == [(1,)]
    last = log.last(installation.connection)
    log.append(installation.connection, [[retention_frame(Record("browsing", 0, until=last), RECEIVED)]])
    installation.step()
    check(installation, exporter)
    assert ask(exporter, "SELECT count(*) FROM interactions") == [(0,)]
    assert ask(exporter, "SELECT properties FROM events WHERE order_id IS NULL") == [(None,)]


def test_the_catalogue(installation: Installation, exporter: Exporter) -> None:
    shelf: dict[str, Any] = {
        "category": ["Women", "Scarves"],
        "brand": "Loom",
        "price": 49.9,
        "cost": 20,
        "currency": "EUR",
    }
    variants = [{"variant_id": "A-red", "colour": "red", "size": "M"}]
    installation.send(
        SHOP,
        track("Product Updated", product_id="A", name="Scarf", variants=variants, **shelf),
        track("Order Completed", "ada", order_id="O1", products=[{"product_id": "B", "name": "Hat"}]),
        track("Store Updated", store_id="7", name="Brno", zone="South", address={"city": "Brno", "country": "cz"}),
        track("Stock Updated", product_id="A", store_id="7", quantity=4),
    )
    exporter.run()
    shown = "SELECT product, name, category, categories, brand, price, cost, currency, seen FROM products ORDER BY 1"
    assert ask(exporter, shown) == [
        ("A", "Scarf", "Women > Scarves", ["Women", "Scarves"], "Loom", 4990, 2000, "EUR", False),
        ("B", "Hat", None, None, None, None, None, None, True),
    ]
    assert ask(exporter, "SELECT variant, size, colour, price FROM variants") == [("A-red", "M", "red", 4990)]
    assert ask(exporter, "SELECT store, name, zone, country, city FROM stores") == [
        ("7", "Brno", "South", "CZ", "Brno")
    ]
    assert ask(exporter, "SELECT store, product, quantity FROM stock") == [("7", "A", 4.0)]
    installation.send(SHOP, track("Product Updated", product_id="A", price=45, currency="EUR"))
    installation.send(SHOP, track("Stock Updated", product_id="A", store_id="7", quantity=3))
    check(installation, exporter)
    assert ask(exporter, "SELECT price FROM products WHERE product = 'A'") == [(4500,)]
    assert ask(exporter, "SELECT amount FROM prices WHERE kind = 'price' ORDER BY valid_from") == [(4990,), (4500,)]
    assert ask(exporter, "SELECT quantity FROM stock") == [(3.0,)]


def test_a_town_with_everything_happening_to_it(installation: Installation, exporter: Exporter, tmp_path: Path) -> None:
    generate(30, 30, 21, tmp_path)
    sources, calls = tracked_calls(tmp_path)
    for source in sources:
        register(installation.connection, source)
    frames = [keep_call(source, "import", body, received, IpPolicy.MASK) for source, received, body in calls]
    size = len(frames) // 5
    for n in range(0, len(frames), size):
        log.append(installation.connection, [frames[n : n + size]])
        installation.step()
        exporter.run()
    check(installation, exporter)
    holder = installation.connection.execute(
        "SELECT type, value FROM identifiers WHERE customer IS NOT NULL AND type = 'email' ORDER BY value LIMIT 1"
    ).fetchone()
    assert holder is not None
    erase(installation, *holder)
    check(installation, exporter)


def test_a_rebuild(installation: Installation, exporter: Exporter) -> None:
    installation.send(SHOP, basket("ada", "O1"), basket("bob", "O2"))
    exporter.run()
    with database.connect(installation.conninfo, autocommit=True) as keeper:
        assert shadow.begin_rebuild(keeper)
        regulars.app.schema().create_derived(installation.conninfo, shadow.SHADOW_SCHEMA)
        with database.connect(installation.conninfo, shadow.SHADOW_SCHEMA, autocommit=True) as worker:
            start_cursor(worker, installation.context.rules_name)
            pipeline = Pipeline(worker, installation.context)
            while pipeline.step():
                pass
            assert shadow.swap(keeper, pipeline.place)
    before = exporter.published.parts["events"]
    assert exporter.is_behind, "though nothing has moved in the log"
    check(installation, exporter)
    assert not exporter.is_behind
    assert not set(before) & set(exporter.published.parts["events"])


def test_the_past_leaves_no_files(installation: Installation, exporter: Exporter) -> None:
    installation.send(SHOP, basket("ada", "O1"))
    exporter.run()
    installation.send(SHOP, basket("ada", "O2"))
    exporter.run()
    past = exporter.unneeded()
    assert past
    assert not {path.name for path in past} & exporter.published.files()
    assert json.loads((exporter.folder / "manifest.json").read_bytes())["state"] == 2
