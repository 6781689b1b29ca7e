"""The lake's page names every view and column with its type, and the guide's questions can be asked."""

import re
from pathlib import Path

import pytest
from support.lakes import write_lake

from regulars.storage.engine import open_lake
from regulars.storage.lake.views import columns
from regulars.storage.reading_only import require_reading

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
ROW = re.compile(r"^\| `(\w+)` \| ([A-Z\[\]]+) \|$", re.MULTILINE)
QUERIES = re.findall(r"^```sql\n(.*?)^```$", (DOCS / "guides" / "sql.md").read_text(), re.DOTALL | re.MULTILINE)


def test_the_page_names_every_column() -> None:
    text = (DOCS / "reference" / "lake.md").read_text().split("\n## Insight\n")[0]
    said = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", text, re.DOTALL | re.MULTILINE))
    wanted = columns()
    assert said.keys() == wanted.keys()
    for view, types in wanted.items():
        if view == "cancelled_orders":
            assert types == wanted["orders"] and "columns of `orders`" in said[view]
        else:
            assert dict(ROW.findall(said[view])) == types, view
            assert list(dict(ROW.findall(said[view]))) == list(types), view


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop in which something answers every question."""
    days = [f"2026-{month:02}-{day:02} 10:00:00" for month, day in ((1, 3), (1, 17), (2, 1), (2, 14))]
    order = {"space": "shop", "currency": "EUR", "total": 4990, "spend": 4990, "cancelled": False}
    line = {"space": "shop", "line": 1, "product": "A", "pieces": 1, "amount": 4990, "currency": "EUR"}
    looked = {"customer": "ben", "product": "B", "kind": "viewed", "day": "2026-07-01", "last": "2026-07-01 09:00:00"}
    searched = {"kind": "track", "name": "Products Searched", "properties": '{"query": "scarf"}'}
    decided = {"time": days[2], "name": "spring"}
    return write_lake(
        tmp_path_factory.mktemp("guide") / "lake",
        as_of=1_783_000_000_000_000,
        orders=[
            {**order, "customer": "ada", "order_id": f"O{n}", "time": time, "channel": ("store", "web")[n % 2]}
            for n, time in enumerate(days)
        ]
        + [{**order, "customer": None, "order_id": "T1", "time": days[0], "channel": "store"}],
        order_lines=[
            {**line, "customer": "ada", "order_id": f"O{n}", "time": time, "channel": "web"}
            for n, time in enumerate(days)
        ],
        refund_lines=[{"customer": "ada", "space": "shop", "order_id": "O1", "line": 1, "product": "A", "pieces": 1}],
        interactions=[{**looked, "count": 2}, {**looked, "count": 1}],
        products=[
            {"product": "A", "name": "Scarf", "brand": "Loom", "price": 4990, "cost": 2000, "currency": "EUR"},
            {"product": "B", "name": "Hat"},
        ],
        events=[{**searched, "customer": "ben", "time": days[0]}],
        decisions=[
            {**decided, "customer": "ada", "action": "coats", "arm": "treated", "dropped": "{}"},
            {**decided, "customer": "ben", "dropped": '{"capped": 2}'},
        ],
    )


@pytest.mark.parametrize("query", QUERIES)
def test_a_question_of_the_guide(lake: Path, query: str) -> None:
    with open_lake(lake) as connection:
        require_reading(connection, query)
        rows = connection.execute(query).fetchall()
    assert rows and None not in rows[0], rows


def test_the_answers_are_right(lake: Path) -> None:
    with open_lake(lake) as connection:
        answers = [connection.execute(query).fetchall() for query in QUERIES]
    slipping, named, unbought, brands, cohorts, spent, dropped, both, words = answers
    assert [row[1:3] for row in slipping] == [(4, 14.0)] and slipping[0][3] > 100
    assert named == [(66.7,)]
    assert unbought == [("B", "Hat", 1)]
    assert [row[0] for row in brands] == ["Loom"] and brands[0][2:] == (199.6, 119.6, 1)
    assert [row[1:] for row in cohorts] == [(0, 1), (1, 1)]
    assert spent == [("spring", "coats", "treated", 1, 99.8)]
    assert dropped == [("spring", "capped", 2)]
    assert both == [(1,)]
    assert words == [("scarf", 1)]
