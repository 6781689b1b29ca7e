"""A guessed map: it can be read, it names its doubts, and it never decides what could be two things."""

from pathlib import Path

import pytest
from support.files import FIXTURES, taken, write

from regulars.collection.files.guess import Guess, guess
from regulars.collection.files.inputs import inputs
from regulars.collection.files.mapfile import parse_map, shipped


def of(path: Path) -> Guess:
    return guess(inputs([str(path)])[0])


@pytest.mark.parametrize("name", shipped())
def test_a_vendors_file_is_known(name: str) -> None:
    found = of(FIXTURES / f"{name}.csv")
    assert found.shipped == name
    assert parse_map(found.text, name).source == name.split("-")[0]


def test_lines_of_a_till_of_ones_own(tmp_path: Path) -> None:
    text = (
        "Bon;Date;Shop;Card number;Article;Article name;Qty;Amount\n"
        "4711;14.03.2026 09:35;12;2907;A1;Scarf;1;1.049,90\n4712;13.03.2026 10:00;12;;B7;Tea;2;9,90\n"
    )
    found = of(write(tmp_path, "sales.csv", text))
    assert not found.shipped
    map = parse_map(found.text, "guessed")
    assert map.kind == "order lines"
    assert (map.formats.date, map.formats.decimal, map.formats.thousands) == ("%d.%m.%Y %H:%M", ",", ".")
    assert map.line == {"product_id": "Article", "name": "Article name", "quantity": "Qty", "total": "Amount"}
    assert map.ids == {"loyalty_id": "Card number"}
    assert any(each.startswith("time_zone") for each in found.doubts)
    assert "4711, 4712" in found.text
    events, problems, _ = taken(
        found.text, tmp_path / "sales.csv", settings=["formats.time_zone=Europe/Prague", "formats.currency=EUR"]
    )
    assert not problems
    assert [event["properties"]["total"] for _, event in events] == [1049.9, 9.9]


def test_rows_that_cannot_be_read_are_doubted(tmp_path: Path) -> None:
    found = of(write(tmp_path, "a.csv", 'id,name,price\nA1,"Blue "scarf",49.9\nA2,Tea,4.95\n'))
    assert found.doubts[0].startswith("rows: 1 of the first 2 cannot be read: broken quotes")
    assert parse_map(found.text, "guessed").kind == "products"


def test_dates_that_could_be_two_things(tmp_path: Path) -> None:
    text = "order id,date,total\n1,03/04/2026,5\n2,04/05/2026,6\n"
    found = of(write(tmp_path, "orders.csv", text))
    assert any("choose" in each for each in found.doubts)
    map = parse_map(found.text, "guessed")
    assert map.formats.date == ""
    _, problems, _ = taken(found.text, tmp_path / "orders.csv", settings=["formats.currency=EUR"])
    assert len(problems) == 2


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        ("First name,Last name,E-mail,City", "customers"), ("SKU,Store,Quantity", "stock"),
        ("Store id,Name,City,Opening hours", "stores"), ("Product id,Product name,Brand,Category,Price", "products"),
        ("Order,Tracking number,Carrier,Status,Date", "shipments"), ("Card,Points,Tier,Member since", "members"),
        ("Order id,Refund id,Reason,Amount,Date", "refunds"), ("Event,Cookie,URL,Time", "events"),
        ("Order id,Date,Total,Currency,Customer", "orders"), ("Title,Body,Tags,Page id", "articles"),
    ],
)  # fmt: skip
def test_kinds(tmp_path: Path, head: str, kind: str) -> None:
    found = of(write(tmp_path, "a.csv", f"{head}\n{',' * head.count(',')}x\n"))
    assert parse_map(found.text, "guessed").kind == kind


def test_odd_names_and_consent(tmp_path: Path) -> None:
    text = 'email,"say ""hi"", please",Opt-in,email address\na@x.cz,"x\n# y",yes,b@x.cz\n'
    found = of(write(tmp_path, "A b!.csv", text))
    map = parse_map(found.text, "guessed")
    assert map.source == "a_b"
    assert 'say "hi", please' in map.properties.values()
    assert any("consent" in each for each in found.doubts)
    assert len(taken(found.text, tmp_path / "A b!.csv")[0]) == 1
