"""The catalogue as the pipeline folds it and as it is read back."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

from support.frames import empty, frame
from support.installation import SHOP, SITE, TILL, Installation, track

from regulars.app import DIGEST
from regulars.catalogue import reader
from regulars.catalogue.search import search_products
from regulars.model.money import Amount
from regulars.model.product import Product
from regulars.model.source import Source
from regulars.pipeline import Pipeline
from regulars.storage.digest import digest
from regulars.storage.log import Row
from regulars.storage.queries import start_cursor

DAY = 86_400_000_000
MARCH = 1_772_323_200_000_000
"""2026-03-01, in microseconds."""


def product(installation: Installation, id: str, at: int = MARCH + 30 * DAY, currency: str = "") -> Product:
    found = installation.read(lambda connection: reader.products(connection, [id], at, currency))
    return found[id]


def find(installation: Installation, text: str, limit: int = 20) -> list[str]:
    found = installation.read(lambda connection: search_products(connection, text, limit, MARCH))
    return [each.id for each in found]


def euros(minor: int) -> Amount:
    return Amount("EUR", minor, f"{minor // 100}.{minor % 100:02} EUR")


def test_a_product_is_completed_field_by_field(installation: Installation) -> None:
    installation.send(
        SHOP,
        track("Product Updated", product_id="A1", name="Blue scarf", category="Women > Knitwear", sku="SC-1"),
        track(
            "Product Updated", product_id="A1", brand="Linden", image_url="https://shop.example/a1.jpg",
            url="javascript:alert(1)", attributes={"care": "cold"}, package_size="1",
            variants=[{"variant_id": "M", "size": "M", "colour": "blue", "gtin": "4006381333931"}],
        ),
        track("Product Updated", product_id="A1", variants=[{"variant_id": "L", "size": "L", "color": "red"}]),
        track("Product Updated", product_id="A1", attributes={"care": None, "wool": True}),
    )  # fmt: skip
    found = product(installation, "A1")
    assert (found.name, found.brand, found.sku, found.category) == (
        "Blue scarf", "Linden", "SC-1", ("Women", "Knitwear"),
    )  # fmt: skip
    assert (found.image_url, found.url) == ("https://shop.example/a1.jpg", "")
    assert found.attributes == {"package_size": "1", "wool": True}
    assert [(each.id, each.size, each.colour, each.gtin) for each in found.variants] == [
        ("L", "L", "red", ""), ("M", "M", "blue", "4006381333931"),
    ]  # fmt: skip
    assert not found.seen and not found.simulated and found.sources == ("shop",)


def test_the_stronger_source_wins_and_the_other_completes(installation: Installation) -> None:
    installation.send(SHOP, track("Product Updated", product_id="A1", name="Scarf"))
    installation.send(TILL, track("Product Updated", product_id="A1", name="SCARF BL", gtin="4006381333931"))
    assert (product(installation, "A1").name, product(installation, "A1").gtin) == ("Scarf", "4006381333931")


HISTORY: list[dict[str, Any]] = [
    {"price": 20, "valid_from": "2026-01-01", "cost": 8},
    {"price": 15, "valid_from": "2026-02-01", "list_price": 20},
    {"price": None, "list_price": None, "valid_from": "2026-02-15"},
    {"price": 22, "valid_from": "2026-04-01"},
    {"price": 19, "valid_from": "2026-01-01"},
]


def test_price_history_may_come_in_any_order(installation: Installation) -> None:
    said = [
        {"messageId": f"p{n}", "timestamp": f"2026-03-0{n + 1}T12:00:00Z"}
        | track("Product Updated", product_id="A1", currency="EUR", **each)
        for n, each in enumerate(HISTORY)
    ]

    def at(days: int) -> tuple[Amount | None, Amount | None, Amount | None]:
        found = product(installation, "A1", MARCH + days * DAY)
        return found.price, found.list_price, found.cost

    for order in list(permutations(said))[::17]:
        refill(installation, [(SHOP, each) for each in order])
        assert product(installation, "A1", MARCH - 60 * DAY).price is None
        assert at(-30) == (euros(1900), None, euros(800))
        assert at(-28) == (euros(1500), euros(2000), euros(800))
        assert at(-14) == (None, None, euros(800))
        assert at(31) == (euros(2200), None, euros(800))
    points = installation.read(lambda connection: reader.price_history(connection, "A1", ["price"]))
    assert [(each.valid_from.month, each.amount) for each in points] == [
        (4, euros(2200)), (2, None), (2, euros(1500)), (1, euros(1900)),
    ]  # fmt: skip
    assert points[0].valid_from == datetime(2026, 4, 1, tzinfo=UTC)


def test_variants_have_their_products_amounts_unless_they_have_their_own(installation: Installation) -> None:
    prices = [{"price": 400, "currency": "CZK", "valid_from": "2026-01-05"}]
    variants = [{"variant_id": "L", "price": 25}, {"variant_id": "M"}]
    installation.send(
        SHOP,
        track(
            "Product Updated", product_id="A1", price=20, cost=8, currency="EUR", valid_from="2026-01-01",
            prices=prices, variants=variants,
        ),
    )  # fmt: skip
    found = product(installation, "A1", currency="EUR")
    assert found.price == euros(2000)
    assert [(each.id, each.price, each.cost) for each in found.variants] == [
        ("L", euros(2500), euros(800)), ("M", euros(2000), euros(800)),
    ]  # fmt: skip
    newest = product(installation, "A1")
    assert newest.price is not None and newest.price.currency == "CZK"
    assert product(installation, "A1", currency="USD").price is None


def test_stores_know_where_and_when(installation: Installation) -> None:
    hours = {"mon": [["09:00", "18:00"]], "sun": [], "exceptions": {"2026-12-25": []}}
    installation.send(
        SHOP,
        track(
            "Store Updated", store_id="12", name="Market Square", timezone="Europe/Prague", latitude=50.08,
            longitude="14.43", opening_hours=hours, address={"city": "Prague", "country": "cz"}, floor=2,
        ),
        track("Store Updated", store_id="7", timezone="Mars/Olympus", opening_hours="Mo-Fr 9-18", address="Brno"),
    )  # fmt: skip
    found = {each.id: each for each in installation.read(reader.all_stores)}
    assert list(found) == ["12", "7"]
    market, other = found["12"], found["7"]
    assert (market.timezone, market.country, market.latitude, market.longitude) == ("Europe/Prague", "CZ", 50.08, 14.43)
    assert market.opening_hours is not None
    assert market.opening_hours.weekly == {"mon": (("09:00", "18:00"),), "sun": ()}
    assert market.opening_hours.exceptions == {"2026-12-25": ()}
    assert market.attributes == {"floor": 2}
    assert (other.timezone, other.address) == ("", {"text": "Brno"})
    assert other.opening_hours is not None and other.opening_hours.text == "Mo-Fr 9-18"
    page = installation.read(lambda connection: reader.all_stores(connection, "12", 1))
    assert [each.id for each in page] == ["7"]
    assert list(installation.read(lambda connection: reader.stores(connection, ["7", "x"]))) == ["7"]


def test_stock_is_the_last_word_per_store(installation: Installation) -> None:
    def stock(product: str, store: str, quantity: object, minute: int) -> dict[str, Any]:
        time = {"timestamp": f"2026-03-02T12:{minute:02}:00Z"}
        return time | track("Stock Updated", product_id=product, store_id=store, quantity=quantity)

    installation.send(SHOP, stock("A1", "2", 5, 9), stock("A1", "1", "2.5", 1), stock("B", "1", 7, 1))
    installation.send(SHOP, stock("A1", "2", 9, 3), stock("B", "1", None, 2))
    found = installation.read(lambda connection: reader.stock_of(connection, ["A1", "B"]))
    assert [(each.product, each.store, each.quantity) for each in found] == [
        ("A1", "1", Decimal("2.5")), ("A1", "2", Decimal(5)),
    ]  # fmt: skip
    one = installation.read(lambda connection: reader.stock_of(connection, ["A1"], ["2"]))
    assert [each.store for each in one] == ["2"]


def test_articles_are_found_by_product_and_topic(installation: Installation) -> None:
    installation.send(
        SHOP,
        track(
            "Article Updated", article_id="w1", title="Washing wool", kind="how_to", body="<script>x</script># Wash",
            format="Markdown", products=["A1", 7], topics=["Wool Care"], published_at="2026-02-01",
        ),
        track("Article Updated", article_id="w2", title="Dyeing", topics=["colour"], products=["B"]),
    )  # fmt: skip
    (found,) = installation.read(lambda connection: reader.articles_about(connection, ["A1"]))
    assert (found.id, found.kind, found.format, found.products) == ("w1", "how_to", "markdown", ("A1", "7"))
    assert found.body == "<script>x</script># Wash"
    assert found.published == datetime(2026, 2, 1, tzinfo=UTC)
    both = installation.read(lambda connection: reader.articles_about(connection, ["7"], ["COLOUR"]))
    assert [each.id for each in both] == ["w1", "w2"]
    installation.send(SHOP, track("Article Updated", article_id="w1", products=[]))
    assert installation.read(lambda connection: reader.articles_about(connection, ["A1"])) == ()


def test_campaigns_and_coupons_are_kept_as_sent(installation: Installation) -> None:
    installation.send(SHOP, track("Coupon Updated", coupon_id="c", campaign_id="8", part=2, product_ids=["1", "2"]))
    found = installation.read(lambda connection: reader.things(connection, "coupon", ["c/8/2"]))
    assert found["c/8/2"].fields == {"campaign_id": "8", "part": 2, "product_ids": ["1", "2"]}


def refill(installation: Installation, items: list[tuple[Source, dict[str, Any]]]) -> None:
    """Begin anew with these items, each in a batch of its own."""
    empty(installation.connection)
    start_cursor(installation.connection, installation.context.rules_name)
    pipeline = Pipeline(installation.connection, installation.context)
    for seq, (source, item) in enumerate(items, start=1):
        pipeline.take([Row(seq, 1, [frame(source, item)])])


def order(id: str, source_lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return track("Order Completed", order_id=id, products=source_lines, total=1, currency="EUR", **more)


def test_an_unknown_product_is_kept_as_seen_and_completed_later(installation: Installation) -> None:
    line = {"product_id": "Z9", "name": "Mug", "category": ["Home", "Kitchen"], "price": 8, "image_url": "/mug.jpg"}
    installation.send(SITE, order("o1", [{"product_id": "Z9", "name": "<b>Free mug</b>"}], anonymous="c1"))
    found = product(installation, "Z9")
    assert (found.seen, found.claimed, found.name) == (True, True, "<b>Free mug</b>")
    installation.send(TILL, order("o2", [line], user="u1"))
    found = product(installation, "Z9")
    assert (found.seen, found.claimed, found.name, found.category) == (True, False, "Mug", ("Home", "Kitchen"))
    assert (found.image_url, found.price, found.sources) == ("/mug.jpg", None, ("till",))
    assert find(installation, "mug") == ["Z9"]
    installation.send(SHOP, track("Product Updated", product_id="Z9", name="Mug, white", brand="Linden"))
    found = product(installation, "Z9")
    assert (found.seen, found.name, found.brand, found.category) == (False, "Mug, white", "Linden", ("Home", "Kitchen"))
    assert find(installation, "mug") == ["Z9"]


def test_the_first_mention_stays_whatever_comes_first(installation: Installation) -> None:
    said = [
        {"messageId": f"o{n}", "timestamp": f"2026-03-0{n}T12:00:00Z"}
        | order(f"o{n}", [{"product_id": "Z9", "name": f"Mug {n}"}], user="u1")
        for n in (1, 2, 3)
    ]
    for several in permutations(said):
        refill(installation, [(TILL, each) for each in several])
        assert product(installation, "Z9").name == "Mug 1"


def test_looking_is_no_mention(installation: Installation) -> None:
    installation.send(SITE, track("Product Viewed", anonymous="c1", product_id="V1", name="Vase"))
    assert installation.read(lambda connection: reader.products(connection, ["V1"], MARCH)) == {}


def test_search_finds_words_numbers_and_nothing_by_wildcards(installation: Installation) -> None:
    installation.send(
        SHOP,
        track("Product Updated", product_id="A1", name="Blue scarf 100%", brand="Linden", sku="SC-1"),
        track("Product Updated", product_id="A2", name="Blue hat", variants=[{"id": "s", "gtin": "04006381333931"}]),
        track("Store Updated", store_id="blue", name="Blue store"),
    )
    installation.send(TILL, order("o", [{"product_id": "Z1", "name": "Blue mug"}], user="u"))
    assert sorted(find(installation, "BLUE")[:2]) == ["A1", "A2"] and find(installation, "blue")[2:] == ["Z1"]
    assert find(installation, "linden sca") == ["A1"]
    assert find(installation, "sc-1") == ["A1"]
    assert find(installation, "4006381333931") == ["A2"]
    assert find(installation, "100%") == ["A1"]
    for nothing in ("%", "_", "\\", "", "   ", "'; DROP TABLE catalogue", "x" * 5000):
        assert find(installation, nothing) == ([] if nothing != "%" else ["A1"])
    assert len(find(installation, "blue", 1)) == 1


def test_hostile_values_do_no_harm(installation: Installation) -> None:
    for_name = ["\x00", "‮evil", "'; DROP TABLE catalogue; --", "{{7*7}}", "𝄞" * 600, "a\x1fb"]
    for n, name in enumerate(for_name):
        topics = [name, "x" * 5000]
        one: dict[str, Any] = {"product_id": f"h{n}", "name": name, "sku": name[:50], "topics": topics}
        installation.send(SHOP, track("Product Updated", **one, attributes={name[:50]: name}))
    assert product(installation, "h2").name == for_name[2]
    assert len(product(installation, "h4").name) == 500
    assert len(product(installation, "h1").topics[-1]) == 200
    assert [row[0] for row in installation.connection.execute("SELECT reason FROM rejected")] == ["bad_character"]
    strange: dict[str, Any] = {"product_id": {"$gt": ""}, "name": 7, "category": {"a": [1]}, "brand": ["x"]}
    installation.send(TILL, order("s", [{"product_id": "q" * 300}]), order("t", [{"sku": 12, "url": "data:x"}]))
    installation.send(TILL, track("Product Shared", **strange))
    found = product(installation, "12")
    assert (found.seen, found.url) == (True, "")


def test_any_order_and_repetition_give_the_same_digest(installation: Installation) -> None:
    items: list[tuple[Source, dict[str, Any]]] = [
        (SHOP, track("Product Updated", product_id="A", name="a", price=1, variants=[{"id": "M", "size": "M"}])),
        (TILL, track("Product Updated", product_id="A", name="b", price=2, valid_from="2026-01-01")),
        (SHOP, track("Product Updated", product_id="A", name=None, valid_from="2026-01-01", price=3)),
        (SHOP, track("Stock Updated", product_id="A", store_id="1", quantity=3)),
        (TILL, track("Stock Updated", product_id="A", store_id="1", quantity=4)),
        (TILL, order("o1", [{"product_id": "A", "name": "c"}, {"product_id": "B", "name": "d"}], user="u1")),
        (SITE, order("o2", [{"product_id": "B", "name": "e"}], anonymous="c1")),
        (SHOP, track("Article Updated", article_id="w", topics=["x"])),
    ]
    named = [
        (source, {"messageId": f"i{n}", "timestamp": f"2026-03-0{n + 1}T12:00:00Z", **item})
        for n, (source, item) in enumerate(items)
    ]
    digests = set()
    for shift in range(len(named)):
        turned = named[shift:] + named[:shift]
        refill(installation, [*turned, *turned[::3]])
        parts = digest(installation.connection, "", DIGEST).parts
        digests.add(tuple(parts[name] for name in ("catalogue", "amounts", "stock", "seen_products")))
    assert len(digests) == 1
