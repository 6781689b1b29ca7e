"""Rows that stand for themselves: the catalogue, members, consents, refunds, web events."""

from pathlib import Path
from typing import Any

import pytest
from support.files import taken, write

from regulars.model.rejection import Reason


def one(folder: Path, map: str, text: str) -> list[dict[str, Any]]:
    events, problems, _ = taken(map, write(folder, "a.csv", text))
    assert not problems, problems
    return [event for _, event in events]


def test_products_and_their_variants(tmp_path: Path) -> None:
    map = """
kind = "products"
source = "shop"
as_of = "2026-03-20"
formats = { currency = "EUR" }
[fields]
product_id = "id"
name = "name"
category = "group"
price = "price"
cost = "cost"
topics = { column = "tags", split = ";" }
variant_id = "variant"
size = "size"
variant_price = "own"
[properties]
"attributes.material" = "material"
"""
    head = "id,name,group,price,cost,tags,variant,size,own,material\n"
    plain, variant = one(
        tmp_path, map, head + "A1,Scarf,Women > Knitwear,49.9,20,warm; blue,,,,wool\nA1,Scarf,,,,,A1-M,M,52,\n"
    )
    assert plain["event"] == "Product Updated"
    assert plain["timestamp"] == "2026-03-20T12:00:00Z"
    assert plain["properties"] == {
        "product_id": "A1", "name": "Scarf", "category": ["Women", "Knitwear"], "price": 49.9, "cost": 20,
        "topics": ["warm", "blue"], "currency": "EUR", "attributes": {"material": "wool"},
    }  # fmt: skip
    assert variant["properties"]["variants"] == [{"variant_id": "A1-M", "size": "M", "price": 52}]


def test_stores_stock_and_articles(tmp_path: Path) -> None:
    stores = """
kind = "stores"
source = "shop"
[fields]
store_id = "id"
name = "name"
city = "city"
country = "country"
timezone = "tz"
latitude = "lat"
"""
    (store,) = one(tmp_path, stores, "id,name,city,country,tz,lat\n12,Market,Brno,CZ,Europe/Prague,49.19\n")
    assert store["properties"]["address"] == {"city": "Brno", "country": "CZ"}
    assert store["properties"]["country"] == "CZ"
    stock = """
kind = "stock"
source = "shop"
[fields]
product_id = "sku"
store_id = "store"
quantity = "n"
"""
    (lies,) = one(tmp_path, stock, "sku,store,n\nA1,12,7\n")
    assert lies["event"] == "Stock Updated"
    assert lies["properties"] == {"product_id": "A1", "store_id": "12", "quantity": 7}
    articles = """
kind = "articles"
source = "blog"
[fields]
article_id = "id"
title = "title"
body = "text"
products = "about"
published_at = "when"
"""
    (article,) = one(tmp_path, articles, 'id,title,text,about,when\n7,Washing wool,"# Cold\n\nNot hot",A1,2026-03-01\n')
    assert article["properties"]["body"] == "# Cold\n\nNot hot"
    assert article["properties"]["products"] == ["A1"]
    assert article["properties"]["published_at"] == "2026-03-01T12:00:00Z"


def test_members(tmp_path: Path) -> None:
    map = """
kind = "members"
source = "club"
formats = { time_zone = "UTC" }
rows = { key = ["card"] }
[fields]
joined_at = "since"
tier = { column = "level", values = { G = "gold", S = "silver" } }
points = "points"
[ids]
loyalty_id = "card"
email = "mail"
"""
    who, joined = one(tmp_path, map, "card,mail,level,points,since\n2907,a@x.cz,g,120,2025-01-02 10:00\n")
    assert who["traits"] == {"loyalty_id": "2907", "email": "a@x.cz", "tier": "gold", "points": 120}
    assert (joined["event"], joined["timestamp"]) == ("Loyalty Joined", "2025-01-02T10:00:00Z")
    _, problems, _ = taken(map, write(tmp_path, "b.csv", "card,mail,level,points,since\n,,X,1,2025-01-02\n,,G,1,\n"))
    assert [(each.row, each.column, each.reason) for each in problems] == [
        (2, "level", Reason.WRONG_TYPE), (3, "", Reason.MISSING_FIELD),
    ]  # fmt: skip


def test_consents(tmp_path: Path) -> None:
    map = """
kind = "consents"
source = "forms"
[fields]
time = "at"
[ids]
email = "mail"
[[consents]]
purpose = "marketing"
channel = "email"
address = "mail"
column = "said"
given = ["in"]
withdrawn = ["out"]
basis = "consent"
wording = "Yes."
proof = "form"
"""
    text = (
        "mail,said,at,form\na@x.cz,IN,2026-03-01T10:00:00Z,7\na@x.cz,out,2026-03-02T10:00:00Z,\nb@x.cz,,2026-03-02,\n"
    )
    given, withdrawn = one(tmp_path, map, text)
    assert given["properties"] == {
        "purpose": "marketing", "channel": "email", "address": "a@x.cz", "basis": "consent", "wording": "Yes.",
        "proof": "7",
    }  # fmt: skip
    assert (withdrawn["event"], withdrawn["timestamp"]) == ("Consent Withdrawn", "2026-03-02T10:00:00Z")


def test_refunds(tmp_path: Path) -> None:
    map = """
kind = "refunds"
source = "shop"
formats = { currency = "EUR" }
[fields]
order_id = "order"
refund_id = "id"
time = "at"
amount = "amount"
product_id = "sku"
quantity = "n"
"""
    (refund,) = one(tmp_path, map, "order,id,at,amount,sku,n\nO-1,R-1,2026-03-01,-12.50,A1,-1\n")
    assert refund["properties"] == {
        "order_id": "O-1", "refund_id": "R-1", "amount": 12.5, "currency": "EUR",
        "products": [{"product_id": "A1", "quantity": 1}],
    }  # fmt: skip


def test_web_events(tmp_path: Path) -> None:
    map = """
kind = "events"
source = "weblog"
[fields]
event = { column = "what", values = { view = "Product Viewed", page = "" } }
type = { column = "what", values = { view = "track", page = "page" } }
time = "at"
name = "title"
[ids]
anonymous_id = "cookie"
[properties]
product_id = "sku"
"""
    text = "what,at,title,cookie,sku\nview,2026-03-01T10:00:00Z,,c1,A1\npage,2026-03-01T10:00:01Z,Scarves,c1,\n"
    viewed, page = one(tmp_path, map, text)
    assert (viewed["event"], viewed["properties"]["product_id"], viewed["anonymousId"]) == (
        "Product Viewed",
        "A1",
        "c1",
    )
    assert (page["type"], page["name"]) == ("page", "Scarves")


@pytest.mark.parametrize("value", ["", "NULL", "\\N", "   "])
def test_a_needed_value_that_is_empty(tmp_path: Path, value: str) -> None:
    map = 'kind = "stock"\nsource = "s"\n[fields]\nproduct_id = "a"\nstore_id = "b"\nquantity = "c"\n'
    _, problems, _ = taken(map, write(tmp_path, "a.csv", f"a,b,c\nA1,{value},3\n"))
    assert [each.reason for each in problems] == [Reason.MISSING_FIELD]


def test_too_long_for_an_event(tmp_path: Path) -> None:
    map = 'kind = "articles"\nsource = "s"\n[fields]\narticle_id = "a"\nbody = "b"\n'
    _, problems, _ = taken(map, write(tmp_path, "a.csv", f"a,b\n1,{'x' * 40_000}\n"))
    assert [each.reason for each in problems] == [Reason.TOO_LARGE]
    assert len(problems[0].cells["b"]) == 200
