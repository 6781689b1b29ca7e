"""Rows that are orders, and rows that are lines of orders."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from support.files import FIXTURES, TILL, taken, write

from regulars.collection.files.closed import Closed
from regulars.model.rejection import Reason

HEAD = "order;when;card;sku;pieces;amount\n"
MAP = """
kind = "order lines"
source = "shop"
[formats]
date = "%d.%m.%Y"
decimal = ","
currency = "EUR"
[rows]
within = 3
[fields]
order_id = "order"
time = "when"
[line]
product_id = "sku"
quantity = "pieces"
total = "amount"
[ids]
loyalty_id = "card"
"""


def line(order: str, sku: str, pieces: str = "1", amount: str = "2,50", card: str = "C1") -> str:
    return f"{order};14.03.2026;{card};{sku};{pieces};{amount}\n"


def test_lines_are_gathered(tmp_path: Path) -> None:
    text = HEAD + line("1", "A") + line("2", "B") + line("1", "C", "2") + line("3", "D")
    events, problems, reader = taken(MAP, write(tmp_path, "a.csv", text))
    assert not problems
    found = {event["properties"]["order_id"]: event["properties"] for _, event in events}
    assert [each["product_id"] for each in found["1"]["products"]] == ["A", "C"]
    assert found["1"]["total"] == 5.0
    assert found["1"]["currency"] == "EUR"
    assert reader.notes["events"] == 3


def test_what_only_the_first_row_says_holds_for_all(tmp_path: Path) -> None:
    text = HEAD + line("1", "A", card="") + line("1", "B", card="C9")
    ((_, event),), problems, _ = taken(MAP, write(tmp_path, "a.csv", text))
    assert not problems
    assert event["context"]["traits"] == {"loyalty_id": "C9"}


def test_rows_of_an_order_that_contradict_each_other(tmp_path: Path) -> None:
    text = HEAD + line("1", "A") + line("1", "B", card="C2") + line("2", "A")
    events, problems, _ = taken(MAP, write(tmp_path, "a.csv", text))
    assert [row for row, _ in events] == [4]
    assert [(each.row, each.rows, each.reason) for each in problems] == [(3, (2, 3), Reason.CONFLICTING_DUPLICATE)]


def test_one_bad_line_holds_its_order_back(tmp_path: Path) -> None:
    text = HEAD + line("1", "A") + line("1", "B", amount="2.50") + line("2", "A") + line("3", "A") + line("", "X")
    events, problems, reader = taken(MAP, write(tmp_path, "a.csv", text))
    assert [event["properties"]["order_id"] for _, event in events] == ["2"]
    assert {each.row: (each.rows, each.column, each.value) for each in problems} == {
        3: ((2, 3), "amount", "2.50"),
        5: ((), "", ""),
        6: ((), "order", ""),
    }
    assert reader.notes["rows not taken"] == 4


def test_orders_beside_a_row_that_cannot_be_read_are_held_back(tmp_path: Path) -> None:
    text = HEAD + line("1", "A") + line("2", "A") + '2;"broken\n' + line("3", "A") + line("3", "B") + line("4", "A")
    events, problems, _ = taken(MAP, write(tmp_path, "a.csv", text))
    assert sorted(event["properties"]["order_id"] for _, event in events) == ["1", "4"]
    assert [(each.row, each.rows) for each in problems] == [(4, ()), (3, ()), (5, (5, 6))]
    mended = write(tmp_path, "a.csv", text.replace('2;"broken\n', line("2", "C")))
    assert len(taken(MAP, mended)[0]) == 4


def test_negative_quantities(tmp_path: Path) -> None:
    text = HEAD + line("1", "A") + line("1", "B", "-2", "-5,00")
    events, problems, _ = taken(MAP, write(tmp_path, "a.csv", text))
    assert not events
    assert "negative" in problems[0].message
    events, problems, _ = taken(MAP.replace("within", 'negative = "refund"\nwithin'), tmp_path / "a.csv")
    assert not problems
    sold, returned = (event for _, event in events)
    assert sold["properties"]["total"] == 2.5
    assert returned["event"] == "Order Refunded"
    assert returned["properties"]["amount"] == 5.0
    assert returned["properties"]["products"] == [{"product_id": "B", "quantity": 2, "total": 5.0}]


def test_absurd_quantities_and_amounts(tmp_path: Path) -> None:
    text = HEAD + line("1", "A", "89638") + line("2", "A", amount="99999999999")
    events, problems, _ = taken(MAP, write(tmp_path, "a.csv", text))
    assert not events
    assert [each.column for each in problems] == ["pieces", "amount"]


def test_too_many_lines(tmp_path: Path) -> None:
    text = HEAD + "".join(line("1", f"A{n}") for n in range(2_500)) + line("2", "A")
    events, problems, _ = taken(MAP, write(tmp_path, "a.csv", text))
    assert [event["properties"]["order_id"] for _, event in events] == ["2"]
    assert [each.reason for each in problems] == [Reason.TOO_LARGE]


def test_the_same_rows_give_the_same_events(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", HEAD + line("1", "A") + line("2", "B"))
    again = write(tmp_path, "b.csv", HEAD + line("2", "B") + line("1", "A"))
    first = sorted(str(event) for _, event in taken(MAP, path)[0])
    assert first == sorted(str(event) for _, event in taken(MAP, again)[0])
    other = taken(MAP.replace('"shop"\n', '"shop"\nname = "other"\n', 1), path)[0]
    assert {event["messageId"] for _, event in other}.isdisjoint(event["messageId"] for _, event in taken(MAP, path)[0])


def test_an_order_whose_rows_lie_too_far_apart_is_told(tmp_path: Path) -> None:
    between = "".join(line(str(n), "X") for n in range(2, 7))
    events, problems, reader = taken(MAP, write(tmp_path, "a.csv", HEAD + line("1", "A") + between + line("1", "B")))
    assert (len(events), problems) == (7, [])
    assert "orders in parts" in str(reader.notes) and "more than 3 rows apart" in str(reader.notes)
    assert reader.notes["orders in parts"] == 1
    near = HEAD + line("1", "A") + line("2", "X") + line("1", "B") + line("2", "Y")
    assert "orders in parts" not in str(taken(MAP, write(tmp_path, "b.csv", near))[2].notes)


def test_orders_are_told_apart_among_many() -> None:
    closed = Closed()
    for n in range(20_000):
        closed.add([f"O{n}", "12"])
    assert all([f"O{n}", "12"] in closed for n in range(0, 20_000, 97))
    assert not any([f"P{n}", "12"] in closed for n in range(20_000))


def test_left_out_rows(tmp_path: Path) -> None:
    map = MAP.replace("within = 3", 'leave_out = { sku = ["bag"] }')
    events, _, reader = taken(map, write(tmp_path, "a.csv", HEAD + line("1", "A") + line("1", "Bag")))
    assert len(events[0][1]["properties"]["products"]) == 1
    assert reader.notes["rows left out"] == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 10**6), st.integers(1, 9)), min_size=1, max_size=20))
def test_no_cent_is_lost(lines: list[tuple[int, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = sorted(lines)
        text = HEAD + "".join(line(str(o), "A", str(n), f"{cents // 100},{cents % 100:02}") for o, cents, n in rows)
        events, problems, _ = taken(MAP, write(Path(folder), "a.csv", text))
    assert not problems
    totals = {event["properties"]["order_id"]: round(event["properties"]["total"] * 100) for _, event in events}
    assert totals == {str(o): sum(cents for each, cents, _ in rows if each == o) for o, _, _ in rows}


def test_till_settings_are_needed() -> None:
    events, problems, _ = taken("till", FIXTURES / "till.csv")
    assert not events
    assert all("state time_zone" in each.message for each in problems)
    assert len(taken("till", FIXTURES / "till.csv", settings=TILL)[0]) == 3
