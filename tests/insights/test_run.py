"""What insight computes: bad and empty lakes first, then each figure on rows small enough to reckon by hand."""

from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.lakes import customer_id, write_lake

from regulars.insights.run import run_insight, sweep
from regulars.storage.engine import LakeError, open_lake
from regulars.storage.lake.insight_files import FILE, FOLDER, TABLES, read_insight

Row = dict[str, Any]


def order(who: str | None, day: str, number: int, total: int = 1000, **more: Any) -> Row:
    said = {"space": "shop", "currency": "EUR", "channel": "store", "cancelled": False, "lines": 1, "refunded": 0}
    time = f"{day} 10:00:00"
    return {
        **said, "customer": who, "order_id": f"o-{number}", "time": time, "total": total,
        "spend": total - more.get("refunded", 0), **more,
    }  # fmt: skip


def bought(who: str, *days: str, **more: Any) -> list[Row]:
    return [order(who, day, hash((who, day)) % 10**9, **more) for day in days]


def line(of: Row, product: str, **more: Any) -> Row:
    kept = {name: of[name] for name in ("customer", "space", "order_id", "time", "currency")}
    return {**kept, "line": 1, "product": product, "pieces": 1, "amount": of["total"], **more}


def rows(lake: Path, query: str) -> list[tuple[Any, ...]]:
    with open_lake(lake) as connection:
        return connection.execute(query).fetchall()


def of(lake: Path, who: str, *columns: str) -> tuple[Any, ...]:
    [found] = rows(lake, f"SELECT {', '.join(columns)} FROM insights WHERE customer = '{customer_id(who)}'")
    return found


def test_without_a_lake(tmp_path: Path) -> None:
    with pytest.raises(LakeError, match="no lake"):
        run_insight(tmp_path / "nowhere")


def test_an_empty_lake_has_empty_insight(tmp_path: Path) -> None:
    write_lake(tmp_path)
    done = run_insight(tmp_path)
    assert (done.as_of, done.customers) == (date(1970, 1, 1), 0)
    for table in TABLES:
        found = rows(tmp_path, f"SELECT * FROM {table}")
        assert found == ([(0, 0)] if table in ("insight_till", "insight_origins") else [])


def test_before_the_first_run_the_views_are_there(tmp_path: Path) -> None:
    write_lake(tmp_path, orders=bought("ada", "2026-01-01"))
    assert rows(tmp_path, "SELECT * FROM insights") == []


@pytest.mark.parametrize("broken", [b"", b'{"format": 99}'])
def test_a_broken_manifest_is_made_anew(tmp_path: Path, broken: bytes) -> None:
    write_lake(tmp_path, orders=bought("ada", "2026-01-01"))
    run_insight(tmp_path)
    (tmp_path / FOLDER / FILE).write_bytes(broken)
    done = run_insight(tmp_path)
    assert (done.before, done.computed) == ("", 1)


def test_stages(tmp_path: Path) -> None:
    weekly = [f"2026-0{month}-{day:02}" for month in (1, 2, 3) for day in (1, 8, 15, 22)]
    orders = [
        *bought("active", *weekly, "2026-03-29"),
        *bought("slipping", *weekly[:10]),
        *bought("lapsed", *weekly[:8]),
        *bought("new", "2026-03-30"),
        *bought("won back", *weekly[:4], "2026-03-29"),
        *bought("once", "2026-01-01"),
    ]
    write_lake(tmp_path, orders=orders, customers=[{"customer": "idle", "kind": "person"}])
    run_insight(tmp_path, date(2026, 3, 31))
    stages = dict(rows(tmp_path, "SELECT customer, stage FROM insights"))
    for who in ("active", "new", "won back"):
        assert stages[customer_id(who)] == who
    # Quiet since 8 March, 23 days, at a week; since 22 February, 37 days; since 1 January at the shop's week.
    assert stages[customer_id("slipping")] == "slipping"
    assert of(tmp_path, "lapsed", "stage", "recency") == ("slipping", 37)
    assert of(tmp_path, "once", "stage", "rhythm", "gap_median", "regular") == ("lapsed", 7.0, None, False)
    assert of(tmp_path, "idle", "stage", "orders", "days", "channels") == (None, 0, 0, [])


def test_a_rhythm_leaves_the_longest_gap_out_and_leans_on_the_shop(tmp_path: Path) -> None:
    # Gaps of 10, 12, 11 and 90 days; she is the only one with a rhythm, so the shop's is hers.
    write_lake(tmp_path, orders=bought("ada", "2026-01-01", "2026-01-11", "2026-01-23", "2026-02-03", "2026-05-04"))
    run_insight(tmp_path)
    assert of(tmp_path, "ada", "gap_mean", "gap_median", "rhythm", "days") == (30.75, 11.5, 11.0, 5)


def test_what_does_not_count(tmp_path: Path) -> None:
    kept = order("ada", "2026-01-05", 1, 5000)
    orders = [
        kept,
        order("ada", "2026-01-06", 2, 9999, claimed=True),
        order("ada", "2026-01-07", 3, 9999, cancelled=True),
        order("ada", "2026-02-01", 4, 9999),
        order("kiosk", "2026-01-05", 5),
        order(None, "2026-01-05", 6),
    ]
    write_lake(tmp_path, orders=orders, customers=[{"customer": "kiosk", "kind": "shared"}])
    run_insight(tmp_path, date(2026, 1, 31))
    assert of(tmp_path, "ada", "orders", "spend") == (1, 5000)
    assert rows(tmp_path, "SELECT count(*) FROM insights") == [(1,)]
    assert rows(tmp_path, "SELECT who, orders FROM insight_months ORDER BY who") == [("new", 1), ("unnamed", 2)]
    assert rows(tmp_path, "SELECT sales, named FROM insight_till") == [(3, 1)]


def test_money_stays_in_its_currency(tmp_path: Path) -> None:
    orders = [
        *bought("ada", "2026-01-01", "2026-01-02", total=1000, refunded=250, discount=250),
        *bought("ada", "2026-01-03", currency="JPY", total=70_000),
        *bought("ben", "2026-01-03", currency="JPY", total=100),
        *bought("cy", "2026-01-03", currency=None, total=100),
    ]
    write_lake(tmp_path, orders=orders)
    run_insight(tmp_path)
    found = of(tmp_path, "ada", "currency", "spend", "refunded", "returns_share", "discount_share", "len(spends)")
    assert found == ("EUR", 1500, 500, 0.25, 0.2, 2)
    assert of(tmp_path, "ben", "discount_share", "m") == (None, 1)
    assert of(tmp_path, "cy", "currency", "spend") == ("", 100)


def test_ties_are_cut_alike_each_time(tmp_path: Path) -> None:
    orders = [each for n in range(50) for each in bought(f"c{n}", "2026-01-01")]
    write_lake(tmp_path, orders=orders)
    run_insight(tmp_path, full=True)
    first = rows(tmp_path, "SELECT customer, r, f, m FROM insights ORDER BY customer")
    run_insight(tmp_path, full=True)
    assert rows(tmp_path, "SELECT customer, r, f, m FROM insights ORDER BY customer") == first
    assert rows(tmp_path, "SELECT r, sum(customers) FROM insight_rfm GROUP BY r ORDER BY r") == [
        (n, 10) for n in range(1, 6)
    ]


def test_likes_are_held_against_others(tmp_path: Path) -> None:
    days = [f"2026-01-{day:02}" for day in range(1, 11)]
    ada, ben = bought("ada", *days), bought("ben", *days, *(f"2026-02-{day:02}" for day in range(1, 21)))
    lines = [line(each, "bread" if n < 8 else "milk") for n, each in enumerate(ada)]
    lines += [line(each, "bread" if n < 2 else "milk") for n, each in enumerate(ben)]
    products = [
        {"product": "bread", "categories": ["Food", "Bread", "White"], "brand": "Mill"},
        {"product": "milk", "categories": ["Food", "Milk"]},
    ]
    looks = [
        {"customer": "ada", "product": product, "kind": "viewed", "day": day, "last": f"{day} 12:00:00", "count": 1}
        for product, day in (("milk", "2026-01-20"), ("bread", "2026-01-02"), ("milk", "2026-09-01"))
    ]
    write_lake(tmp_path, orders=[*ada, *ben], order_lines=lines, products=products, interactions=looks)
    run_insight(tmp_path, date(2026, 2, 28))
    # Bread on 10 of all 40 days, on 8 of her 10: (8 + 2) / (10 * 10 / 40 + 2).
    wanted = {"days": 8, "lift": 2.2}
    assert of(tmp_path, "ada", "categories", "brands", "category_count") == (
        [{"name": "Food > Bread", **wanted}], [{"name": "Mill", **wanted}], 2,
    )  # fmt: skip
    # She bought bread after she had looked at it; at milk she looked again, and the look of September is not yet.
    assert of(tmp_path, "ada", "viewed_categories") == ([],)
    run_insight(tmp_path, date(2026, 2, 28), full=True)
    assert of(tmp_path, "ben", "categories") == ([{"name": "Food > Milk", "days": 28, "lift": 1.2}],)


def test_contribution_is_of_what_has_a_cost(tmp_path: Path) -> None:
    known, half, unknown = (order("ada", f"2026-01-0{n}", n, 1000, tax=100) for n in (1, 2, 3))
    back = order("ben", "2026-02-01", 4, 2000, refunded=1000, lines=1)
    lines = [
        line(known, "a", pieces=2),
        {**line(half, "a"), "line": 1},
        {**line(half, "b"), "line": 2},
        line(unknown, "b"),
        line(back, "a", variant="red", pieces=2),
    ]
    cost: Row = {"kind": "cost", "currency": "EUR"}
    prices = [
        {**cost, "product": "a", "valid_from": "2025-01-01", "amount": 200},
        {**cost, "product": "a", "valid_from": "2026-01-15", "amount": 300},
        {**cost, "product": "a", "variant": "red", "valid_from": "2026-01-15", "amount": 400},
        {**cost, "product": "b", "currency": "USD", "valid_from": "2025-01-01", "amount": 1},
    ]
    returned = {**line(back, "a"), "time": "2026-02-03 10:00:00", "refund": "r"}
    returned = {name: value for name, value in returned.items() if name != "total"}
    half["lines"] = 2
    write_lake(tmp_path, orders=[known, half, unknown, back], order_lines=lines, prices=prices, refund_lines=[returned])
    run_insight(tmp_path, date(2026, 2, 10))
    found = rows(
        tmp_path, "SELECT month, revenue, costed_revenue, cost, contribution FROM insight_months ORDER BY month"
    )
    assert found == [
        (date(2026, 1, 1), 2700, 900, 400, 500),
        (date(2026, 2, 1), 1000, 1000, 400, 600),
    ]


def test_cohorts_and_channels(tmp_path: Path) -> None:
    orders = [
        *bought("ada", "2026-01-05", "2026-01-20"),
        *bought("ada", "2026-03-01", channel="web"),
        *bought("ben", "2026-01-31"),
        *bought("cy", "2026-02-01", channel="app"),
        *bought("dot", "2026-02-01", channel=None),
    ]
    write_lake(tmp_path, orders=orders)
    run_insight(tmp_path)
    assert rows(tmp_path, "SELECT * FROM insight_cohorts") == [
        (date(2026, 1, 1), 0, 2), (date(2026, 1, 1), 2, 1), (date(2026, 2, 1), 0, 2),
    ]  # fmt: skip
    found = rows(tmp_path, "SELECT channels, customers FROM insight_channels ORDER BY channels")
    assert found == [(["app"], 1), (["store"], 1), (["store", "web"], 1)]
    ways = [of(tmp_path, who, "ways")[0] for who in ("ada", "ben", "cy", "dot")]
    assert ways == ["both", "store", "online", None]


def town(random: Random, people: list[str], last: int) -> dict[str, list[Row]]:
    """A small shop of which any part may be another the next time."""
    orders, lines, looks = [], [], []
    for who in people:
        for _ in range(random.randint(0, 6)):
            day = f"2025-{random.randint(1, 12):02}-{random.randint(1, last):02}"
            made = order(who, day, random.randrange(10**9), random.randint(0, 9000), refunded=0)
            made |= {"channel": random.choice(["store", "web", None]), "store": random.choice(["s1", "s2", None])}
            made["currency"] = random.choice(["EUR", "EUR", "JPY"])
            orders.append(made)
            lines.append(line(made, f"p{random.randrange(6)}"))
        for _ in range(random.randint(0, 4)):
            day = f"2025-12-{random.randint(1, last):02}"
            said = {"customer": who, "product": f"p{random.randrange(6)}", "kind": "viewed", "count": 1}
            looks.append({**said, "day": day, "last": f"{day} 11:00:00"})
    return {"orders": orders, "order_lines": lines, "interactions": looks}


PRODUCTS = [{"product": f"p{n}", "categories": ["C", f"c{n // 2}"], "brand": f"b{n % 2}"} for n in range(6)]


def test_an_incremental_run_equals_a_full_one(tmp_path: Path) -> None:
    random = Random(7)
    people = [f"c{n}" for n in range(40)]
    parts = {who: town(random, [who], 28) for who in people}
    day = date(2025, 12, 10)
    computed = []
    for _ in range(3):
        whole = {name: [row for each in parts.values() for row in each[name]] for name in next(iter(parts.values()))}
        whole |= {"products": PRODUCTS, "customers": [{"customer": w, "kind": "person"} for w in parts]}
        write_lake(tmp_path, as_of=0, **whole)
        computed.append(run_insight(tmp_path, day).computed)
        quick = {table: rows(tmp_path, f"SELECT * FROM {table}") for table in TABLES}
        run_insight(tmp_path, day, full=True)
        for table in TABLES:
            assert sorted(map(repr, quick[table])) == sorted(map(repr, rows(tmp_path, f"SELECT * FROM {table}")))
        # Somebody changes, somebody goes, somebody comes, and the day moves on or back.
        for who in random.sample(sorted(parts), 3):
            parts[who] = town(random, [who], 28)
        parts.pop(random.choice(sorted(parts)))
        comes = f"n{random.random()}"
        parts[comes] = town(random, [comes], 28)
        day = date(2025, 12, random.randint(5, 28))
    assert computed[0] >= max(computed[1:])


def test_only_who_changed_is_computed(tmp_path: Path) -> None:
    first = [*bought("ada", "2026-01-01"), *bought("ben", "2026-01-02")]
    write_lake(tmp_path, orders=first)
    assert run_insight(tmp_path).computed == 2
    write_lake(tmp_path, orders=[*first, *bought("ben", "2026-01-02", total=5)])
    assert run_insight(tmp_path).computed == 1
    assert run_insight(tmp_path).computed == 0
    # A store that nobody knew gives the others new numbers.
    write_lake(tmp_path, orders=[first[0], {**first[1], "store": "s1"}])
    assert run_insight(tmp_path).computed == 2


def test_a_catalogue_that_has_changed_counts_at_once(tmp_path: Path) -> None:
    ada, ben = bought("ada", "2026-01-01", "2026-01-02"), bought("ben", "2026-01-01")
    whole: dict[str, Any] = {"orders": [*ada, *ben], "order_lines": [line(each, "p0") for each in ada]}
    write_lake(tmp_path, **whole, products=[{"product": "p0", "categories": ["C", "old"]}])
    run_insight(tmp_path)
    write_lake(tmp_path, **whole, products=[{"product": "p0", "categories": ["C", "new"]}, {"product": "p1"}])
    assert run_insight(tmp_path).computed == 0
    assert of(tmp_path, "ada", "category_count") == (1,)
    write_lake(tmp_path, **whole, products=[{"product": "p0"}])
    assert run_insight(tmp_path).computed == 0
    assert of(tmp_path, "ada", "category_count", "categories") == (0, [])


def test_who_has_several_places_and_currencies(tmp_path: Path) -> None:
    orders = [
        *bought("ada", "2026-01-01", "2026-01-02", store="s1"),
        *bought("ada", "2026-01-03", store="s2", channel="web", currency="JPY", total=7),
        *bought("ada", "2026-01-04", channel="app"),
        *bought("ben", "2026-01-01", channel=None),
    ]
    write_lake(tmp_path, orders=orders)
    run_insight(tmp_path)
    assert of(tmp_path, "ada", "channels", "ways", "stores") == (["store", "app", "web"], "both", ["s1", "s2"])
    assert of(tmp_path, "ada", "spends") == (
        [{"currency": "EUR", "orders": 3, "spend": 3000}, {"currency": "JPY", "orders": 1, "spend": 7}],
    )
    assert of(tmp_path, "ben", "channels", "ways", "stores") == ([], None, [])


def test_who_is_erased_is_gone_with_the_lakes_next_state(tmp_path: Path) -> None:
    write_lake(tmp_path, orders=[*bought("ada", "2026-01-01"), *bought("ben", "2026-01-02")])
    run_insight(tmp_path)
    write_lake(tmp_path, orders=bought("ben", "2026-01-02"))
    assert rows(tmp_path, "SELECT customer FROM insights") == [(customer_id("ben"),)]
    run_insight(tmp_path)
    sweep(tmp_path, 0)
    said = read_insight(tmp_path)
    assert said is not None
    assert {path.name for path in (tmp_path / FOLDER).glob("*.parquet")} == set(said.files.values())
    assert not any(
        customer_id("ada").encode() in path.read_bytes() for path in (tmp_path / FOLDER).glob("insights-*.parquet")
    )


def test_a_way_around_the_lock_is_not_to_be_had(tmp_path: Path) -> None:
    write_lake(tmp_path, orders=bought("ada", "2026-01-01"))
    run_insight(tmp_path)
    with open_lake(tmp_path) as connection, pytest.raises(Exception, match="disabled"):
        connection.execute(f"SELECT * FROM read_parquet('{tmp_path / FOLDER}/facts-*.parquet')").fetchall()
