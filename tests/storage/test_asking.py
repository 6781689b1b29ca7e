"""Questions to the lake: they read the lake and nothing else, write nothing, and come to an end."""

import json
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.lakes import customer_id, write_lake

from regulars.storage.asked import Columns, End, Rows
from regulars.storage.asking import ask
from regulars.storage.engine import LakeError, open_lake
from regulars.storage.lake.manifest import FILE, Manifest, publish, read_manifest
from regulars.storage.lake.views import columns
from regulars.storage.reading_only import require_reading


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    looked = {"time": "2026-03-14 10:00:00", "kind": "track", "name": "Product Viewed"}
    return write_lake(
        tmp_path_factory.mktemp("lakes") / "lake",
        events=[
            {**looked, "customer": "greta", "product": "A", "properties": '{"price": 4.5}'},
            {**looked, "customer": "greta", "product": "B"},
            {**looked, "customer": None},
        ],
        orders=[{"customer": "greta", "order_id": "O1", "time": "2026-03-14 11:00:00", "total": 4990}],
    )


def rows(lake: Path, query: str, **more: Any) -> list[list[Any]]:
    return [row for each in ask(lake, query, **more) if isinstance(each, Rows) for row in each.rows]


def test_an_answer(lake: Path) -> None:
    query = "SELECT customer, count(*) AS n, max(time) AS last, 1 AS n FROM events GROUP BY ALL ORDER BY 2 DESC"
    first, *parts, end = ask(lake, query)
    assert first == Columns(("customer", "n", "last", "n_2"), ("VARCHAR", "BIGINT", "TIMESTAMP", "INTEGER"))
    told = [row for part in parts if isinstance(part, Rows) for row in part.rows]
    assert told == [[customer_id("greta"), 2, "2026-03-14T10:00:00", 1], [None, 1, "2026-03-14T10:00:00", 1]]
    assert end == End()
    said = "SELECT 'nan'::DOUBLE, 2::HUGEINT ** 40, INTERVAL 1 DAY, [1, 2], {'a': DATE '2026-01-01'}, 'x'::BLOB, 1.5"
    assert rows(lake, said) == [[None, 2.0**40, "1 day, 0:00:00", [1, 2], {"a": "2026-01-01"}, "78", 1.5]]
    assert list(ask(lake, "FROM range(9)", limit=5))[-1] == End(more=True)
    assert rows(lake, "FROM range(9)", limit=5) == [[n] for n in range(5)]


WRITING = (
    "COPY (SELECT 1) TO '{file}'",
    "COPY (SELECT 1) TO '{folder}/new.csv'",
    "WITH x AS (COPY (SELECT 1) TO '{file}' (use_tmp_file false)) SELECT 1",
    "SELECT 1 WHERE EXISTS (WITH x AS (COPY (SELECT 1) TO '{file}' (use_tmp_file false)) SELECT * FROM x)",
    "EXPLAIN ANALYZE WITH x AS (COPY (SELECT 1) TO '{file}' (use_tmp_file false)) SELECT 1",
    "EXPLAIN --\nANALYZE WITH x AS (COPY (SELECT 1) TO '{file}' (use_tmp_file false)) SELECT 1 UNION ALL\nSELECT 2",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "WITH x AS (DELETE FROM events RETURNING 1) SELECT * FROM x",
    "CREATE TABLE t AS SELECT 1",
    "DROP VIEW events",
    "ATTACH '{folder}/a.db'",
    "ATTACH ':memory:' AS m",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 8",
    "SET allowed_paths = ['/etc/passwd']",
    "RESET lock_configuration",
    "PRAGMA enable_external_access = true",
    "PRAGMA database_list",
    "CALL enable_logging()",
    "EXPORT DATABASE '{folder}/x'",
    "CREATE SECRET (TYPE s3)",
    "CHECKPOINT",
    "BEGIN",
    "SELECT 1; SELECT 2",
    "",
    "-- nothing",
    "SELEKT 1",
    "EXPLAIN",
    "PIVOT events ON name USING count(*)",
)


@pytest.mark.parametrize("query", WRITING)
def test_what_does_more_than_read_is_refused(lake: Path, query: str) -> None:
    part = (read_manifest(lake) or Manifest()).parts["events"][0]
    with open_lake(lake) as connection, pytest.raises((LakeError, duckdb.Error)):
        require_reading(connection, query.format(folder=lake, file=lake / part.file))


def test_queries_that_read_are_let_through(lake: Path) -> None:
    reading = (
        "SELECT * FROM events",
        "FROM events SELECT name WHERE product IN (SELECT product FROM events) ORDER BY ALL LIMIT 3",
        "WITH x AS MATERIALIZED (SELECT 1 AS a) SELECT * FROM x UNION ALL VALUES (2)",
        "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r WHERE a < 5) SELECT * FROM r",
        "SELECT name, count(*) OVER (PARTITION BY product) FROM events QUALIFY row_number() OVER () = 1",
        "SELECT properties->>'price' FROM events",
        "DESCRIBE events",
        "SHOW TABLES",
        "SUMMARIZE events",
        "explain select 1",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT 1;",
    )
    with open_lake(lake) as connection:
        for query in reading:
            require_reading(connection, query)
            assert connection.execute(query).fetchall()


def test_nothing_but_the_lake_can_be_read(lake: Path) -> None:
    elsewhere = (
        "/etc/passwd", "/proc/self/environ", str(lake / FILE), str(lake / ".." / "x"), "https://shop.example/x.csv",
    )  # fmt: skip
    with open_lake(lake) as connection:
        for path in elsewhere:
            for function in (
                "read_text",
                "read_blob",
                "read_csv",
                "read_parquet",
                "glob",
                "sniff_csv",
                "parquet_schema",
            ):
                with pytest.raises(duckdb.Error):
                    assert connection.execute(f"SELECT * FROM {function}('{path}')").fetchall() == []
        for change in ("SET threads = 1", "SET enable_external_access = true", "RESET allowed_paths", "LOAD icu2"):
            with pytest.raises(duckdb.Error):
                connection.execute(change)
    with pytest.raises(LakeError, match="disabled by configuration"):
        rows(lake, "SELECT content FROM read_text('/etc/passwd')")


def test_the_process_that_answers_cannot_write(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a query let through that writes, it would still change nothing."""
    part = lake / (read_manifest(lake) or Manifest()).parts["events"][0].file
    before = part.read_bytes()
    code = "import regulars.storage.asked as a; a.require_reading = lambda *_: None; a.main()"
    monkeypatch.setattr("regulars.storage.asking.PROGRAM", ("-c", code))
    for path in (part, lake / "new.csv"):
        with pytest.raises(LakeError):
            rows(lake, f"COPY (SELECT 1) TO '{path}' (use_tmp_file false)")
    assert part.read_bytes() == before
    assert not (lake / "new.csv").exists() or (lake / "new.csv").stat().st_size == 0


def test_one_that_takes_too_long_or_too_much_is_ended(lake: Path) -> None:
    started = time.monotonic()
    endless = "WITH RECURSIVE t AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM t) SELECT max(a) FROM t"
    with pytest.raises(LakeError, match=r"longer than 1\.5 s"):
        rows(lake, endless, seconds=1.5)
    assert time.monotonic() - started < 30
    with pytest.raises(LakeError, match="more memory"):
        rows(lake, "SELECT list(a) FROM range(1000000000) AS t (a)", memory="100MB")


def test_what_is_wrong_is_said_in_one_line(lake: Path, tmp_path: Path) -> None:
    for query, words in (
        ("SELECT prise FROM orders", "prise"),
        ("SELECT * FROM order", "syntax error"),
        ("SELECT * FROM orderz", "orders"),
    ):
        with pytest.raises(LakeError, match=words) as raised:
            rows(lake, query)
        assert "\n" not in str(raised.value) and "LINE" not in str(raised.value)
    with pytest.raises(LakeError, match="regulars up"):
        rows(tmp_path, "SELECT 1")
    (tmp_path / FILE).write_text('{"format": 99}')
    with pytest.raises(LakeError, match="regulars up"):
        open_lake(tmp_path)


def test_a_state_that_went_meanwhile_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_lake(tmp_path / "lake", orders=[{"customer": "a", "order_id": "O1", "time": "2026-03-14 11:00:00"}])
    for part in folder.glob("orders-*.parquet"):
        part.unlink()
    with pytest.raises(LakeError):
        rows(folder, "SELECT order_id FROM orders")
    asked = []

    def read(folder: Path) -> Manifest | None:
        asked.append(folder)
        if len(asked) == 2:
            write_lake(folder, orders=[{"customer": "a", "order_id": "O2", "time": "2026-03-14 11:00:00"}])
        return read_manifest(folder)

    monkeypatch.setattr("regulars.storage.asking.read_manifest", read)
    assert rows(folder, "SELECT order_id FROM orders") == [["O2"]]


def test_every_view_is_there_with_its_columns(lake: Path) -> None:
    with open_lake(lake) as connection:
        for view, types in columns().items():
            found = {name: str(type_) for name, type_, *_ in connection.execute(f"DESCRIBE {view}").fetchall()}
            assert found == types, view


def test_a_manifest_is_swapped_whole(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    publish(tmp_path, Manifest(state=3))
    assert read_manifest(tmp_path) == Manifest(state=3)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert json.loads((tmp_path / FILE).read_bytes())["state"] == 3
    (tmp_path / FILE).write_bytes(b'{"format": 1, "state": "no')
    assert read_manifest(tmp_path) is None
