"""After an erasure nothing of the catalogue rests on what is gone, and a rebuild gives the same."""

from typing import Any

from support.installation import RECEIVED, SHOP, SITE, TILL, Installation, identify, track

import regulars.app
from regulars.app import DIGEST
from regulars.catalogue import reader
from regulars.erasure import erasure_frame
from regulars.identity.queries import KEYS_OF
from regulars.model.product import Product
from regulars.pipeline import Pipeline
from regulars.storage import log
from regulars.storage.database import Connection, connect
from regulars.storage.digest import digest
from regulars.storage.queries import start_cursor

PARTS = tuple(each for each in DIGEST if each[0] in ("catalogue", "amounts", "stock", "seen_products"))


def parts(connection: Connection) -> dict[str, str]:
    return digest(connection, "", PARTS).parts


def rebuilt(installation: Installation) -> dict[str, str]:
    """The same of all that is made anew from the log, in a schema of its own."""
    regulars.app.schema().create_derived(installation.conninfo, "anew")
    with connect(installation.conninfo, "anew", autocommit=True) as connection:
        start_cursor(connection, installation.context.rules_name)
        pipeline = Pipeline(connection, installation.context)
        while pipeline.step():
            pass
        return parts(connection)


def erase(installation: Installation, type_: str, value: str) -> None:
    customer = installation.holder(type_, value)
    assert customer is not None
    keys = [row[0] for row in installation.connection.cursor(binary=True).execute(KEYS_OF, (customer,))]
    log.append(installation.connection, [[erasure_frame(customer, keys, RECEIVED)]])
    installation.step()


def products(installation: Installation, *ids: str) -> dict[str, Product]:
    return installation.read(lambda connection: reader.products(connection, ids, RECEIVED))


def bought(user: str, *names: str, **more: Any) -> dict[str, Any]:
    lines = [{"product_id": name[0], "name": name} for name in names]
    return track("Order Completed", user=user, order_id=f"o-{user}-{names}", products=lines, currency="EUR", **more)


def test_a_mention_gives_way_to_the_next_one(installation: Installation) -> None:
    installation.send(SHOP, identify("ada", email="ada@mail.example"), bought("ada", "A by ada", "B by ada"))
    installation.send(SITE, track("Product Added", anonymous="c9", product_id="A", name="A by a browser"))
    installation.send(TILL, bought("bob", "A by bob"))
    assert products(installation, "A")["A"].name == "A by ada"
    erase(installation, "email", "ada@mail.example")
    found = products(installation, "A", "B")
    assert {id: each.name for id, each in found.items()} == {"A": "A by bob"}
    assert parts(installation.connection) == rebuilt(installation)


def test_a_mention_of_nobodys_is_kept(installation: Installation) -> None:
    installation.send(TILL, track("Product Shared", product_id="A", name="A of nobody"))
    installation.send(SHOP, identify("ada", email="ada@mail.example"), bought("ada", "A by ada"))
    erase(installation, "email", "ada@mail.example")
    assert products(installation, "A")["A"].name == "A of nobody"
    assert parts(installation.connection) == rebuilt(installation)


def test_her_values_are_masked_in_the_catalogue_as_well(installation: Installation) -> None:
    installation.send(SHOP, identify("ada", email="ada@mail.example"))
    installation.send(
        SHOP,
        track("Store Updated", store_id="1", name="Corner", email="old@shop.example"),
        track("Product Updated", product_id="A", name="Mug", price=5),
        track("Stock Updated", product_id="A", store_id="1", quantity=5),
        track("Store Updated", store_id="1", email="ada@mail.example", phone="1"),
        track("Product Updated", product_id="A", description="asked for by ada@mail.example"),
        track("Product Shared", product_id="B", name="B for ada@mail.example"),
    )
    erase(installation, "email", "ada@mail.example")
    for table in ("catalogue", "seen_products"):
        for (body,) in installation.connection.execute(f"SELECT body FROM {table}".encode()):
            assert b"ada@mail" not in body
    (store,) = installation.read(lambda connection: reader.stores(connection, ["1"])).values()
    assert (store.name, store.phone) == ("Corner", "1")
    found = products(installation, "A")["A"]
    assert found.name == "Mug" and found.price is not None and found.price.minor == 500
    assert parts(installation.connection) == rebuilt(installation)


def test_what_the_pipeline_remembers_is_forgotten_with_what_is_erased(installation: Installation) -> None:
    installation.send(SHOP, identify("ada", email="ada@mail.example"), bought("ada", "A by ada"))
    erase(installation, "email", "ada@mail.example")
    assert products(installation, "A") == {}
    installation.send(TILL, bought("bob", "A by bob"))
    assert products(installation, "A")["A"].name == "A by bob"
    installation.send(TILL, {"timestamp": "2026-03-13T00:00:00Z", **bought("eve", "A by eve")})
    assert products(installation, "A")["A"].name == "A by eve"
    assert parts(installation.connection) == rebuilt(installation)
