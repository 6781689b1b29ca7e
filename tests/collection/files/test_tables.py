"""Excel, Parquet and JSON lines as tables, whole and broken."""

import gzip
import zipfile
from pathlib import Path

import duckdb
import pytest
from support.files import taken, workbook, write

from regulars.collection.report import ImportFailed
from regulars.model.rejection import Reason

ORDERS = """
kind = "orders"
source = "shop"
[formats]
time_zone = "Europe/Prague"
currency = "EUR"
decimal = ","
[fields]
order_id = "order"
time = "when"
total = "total"
"""


def test_excel(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["order", "when", "total", "note"],
            ["<v>4711</v>", "2026-03-14 09:35:10", "<v>49.9</v>"],
            ["", "", ""],
            ["A-1", "2026-03-14", "49,90", "x"],
        ],
    )
    events, problems, _ = taken(ORDERS, path)
    assert not problems
    assert [row for row, _ in events] == [2, 4]
    assert [event["properties"]["order_id"] for _, event in events] == ["4711", "A-1"]
    assert [event["properties"]["total"] for _, event in events] == [49.9, 49.9]
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.write(path, "in/a.xlsx")
    assert len(taken(ORDERS, tmp_path / "b.zip")[0]) == 2


def test_formulas_and_merged_cells(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["order", "when", "total"],
            ["A-1", "2026-03-14", "<f>SUM(1,2)</f><v>3</v>"],
            ["A-2", "2026-03-14", "<f>SUM(1,2)</f>"],
            ["A-3", "2026-03-14", "3"],
            ["", "2026-03-15", "4"],
            ["A-5", "2026-03-15", "5"],
        ],
        merged="A4:A5",
    )
    events, problems, _ = taken(ORDERS, path)
    assert [event["properties"]["order_id"] for _, event in events] == ["A-1", "A-5"]
    assert [(each.row, each.column) for each in problems] == [(3, "column C"), (4, "column A"), (5, "column A")]
    assert "never counted" in problems[0].message and "merged" in problems[1].message


def test_formulas_that_failed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["order", "when", "total"], ["A", "2026-03-14", "#REF!"]])
    _, problems, _ = taken(ORDERS, path)
    assert [(each.value, each.reason) for each in problems] == [("#REF!", Reason.MALFORMED)]


def test_which_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["order", "when", "total"], ["A", "2026-03-14", "3"]], sheets=2)
    with pytest.raises(ImportFailed, match="has the sheets Sheet1, Sheet2"):
        taken(ORDERS, path)
    assert len(taken(ORDERS + '[file]\nsheet = "Sheet2"\n', path)[0]) == 1
    with pytest.raises(ImportFailed, match="no sheet 'X'"):
        taken(ORDERS + '[file]\nsheet = "X"\n', path)


def test_broken_workbooks(tmp_path: Path) -> None:
    whole = workbook(tmp_path / "a.xlsx", [["order", "when", "total"]]).read_bytes()
    for name, content in {"b.xlsx": whole[:400], "c.xlsx": b"order,when\n", "d.xls": b"\xd0\xcf\x11\xe0" * 50}.items():
        with pytest.raises(ImportFailed, match="cannot be read"):
            taken(ORDERS, write(tmp_path, name, content))


def test_a_workbook_that_is_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as xml,
    ):
        for _ in range(200):
            xml.write(b"<row/>" * 200_000)
    with pytest.raises(ImportFailed, match="unpacks to"):
        taken(ORDERS, path)


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a [1].parquet"
    rows = "(VALUES ('A-1', TIMESTAMP '2026-03-14 09:35:10', 49.90), ('A-2', NULL, 1.5)) t(\"order\", \"when\", total)"
    duckdb.sql(f"COPY (SELECT * FROM {rows}) TO '{path}' (FORMAT parquet)")
    events, problems, _ = taken(ORDERS, path)
    assert [(row, event["timestamp"]) for row, event in events] == [(1, "2026-03-14T08:35:10Z")]
    assert [(each.row, each.reason) for each in problems] == [(2, Reason.MISSING_FIELD)]
    packed = write(tmp_path, "b.parquet.gz", gzip.compress(path.read_bytes()))
    assert len(taken(ORDERS, packed)[0]) == 1
    with pytest.raises(ImportFailed, match="cannot be read"):
        taken(ORDERS, write(tmp_path, "c.parquet", path.read_bytes()[:-20]))


LINES = """
kind = "orders"
source = "shop"
[rows]
lines = "items"
[formats]
currency = "EUR"
[fields]
order_id = "id"
time = "placed.at"
[line]
product_id = "sku"
quantity = "n"
price = "price"
[ids]
email = "customer.email"
"""


def test_json_lines(tmp_path: Path) -> None:
    whole = '{"id": 7, "placed": {"at": "2026-03-14T09:35:10Z"}, "customer": {"email": "a@x.cz"}, '
    text = (
        whole + '"items": [{"sku": "A1", "n": 2, "price": 4.5}, {"sku": "B7", "n": -1, "price": 1}]}\n'
        + whole.replace("7", "8", 1) + '"items": [{"sku": "A1", "n": 2, "price": 4.5}]}\n'
        + whole.replace("7", "9", 1) + '"items": "none"}\n[1]\n{"id": 1\n\n{"id": \xff}\n{"id": 2, "pla'
    )  # fmt: skip
    events, problems, _ = taken(LINES, write(tmp_path, "a.jsonl", text.encode("latin-1")))
    assert [(row, event["properties"]["total"]) for row, event in events] == [(2, 9.0)]
    assert events[0][1]["context"]["traits"] == {"email": "a@x.cz"}
    assert [(each.row, each.reason) for each in problems] == [
        (1, Reason.BAD_AMOUNT), (3, Reason.WRONG_TYPE), (4, Reason.WRONG_TYPE), (5, Reason.MALFORMED),
        (7, Reason.BAD_CHARACTER), (8, Reason.MALFORMED),
    ]  # fmt: skip


def test_json_lines_without_objects(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="no JSON object"):
        taken(LINES, write(tmp_path, "a.jsonl", "1\n2\n"))
