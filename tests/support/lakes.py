"""Lakes for tests, written from Python rows as the exporter would publish them."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from regulars.storage.engine import blank
from regulars.storage.lake.manifest import Manifest, Part, publish, read_manifest
from regulars.storage.lake.tables import TABLES

Rows = Iterable[Mapping[str, Any]]


def customer_id(name: str) -> str:
    """A customer id for a name that a test can read: 32 hexadecimal digits."""
    return hashlib.md5(name.encode()).hexdigest()


def write_lake(folder: Path, *, as_of: int = 0, **tables: Rows) -> Path:
    """Publish a lake in `folder` that holds these rows; returns the folder.

    Each table of `TABLES` may be given as rows by column; what a row does not name is NULL (a fact's `day` comes from
    its `time`, `origin` is '', flags are false). Facts name their `customer` by any short word, or None: the word's
    `customer_id` is what the views show, and each word makes a bundle and, unless `customers` lists it, a customer.
    A later call in the same folder publishes the next state.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = dict.fromkeys(
        str(row["customer"]) for rows in map(list, tables.values()) for row in rows if row.get("customer") is not None
    )
    people = {word: number for number, word in enumerate(words)}
    given = {name: [_row(name, row, people) for row in rows] for name, rows in tables.items()}
    listed = {row["customer"] for row in given.get("customers", [])}
    given.setdefault("customers", []).extend(
        _row("customers", {"customer": word, "kind": "person"}, people)
        for word in people
        if customer_id(word) not in listed
    )
    given["bundles"] = [{"bundle": _bundle(w), "person": n, "customer": customer_id(w)} for w, n in people.items()]
    before = read_manifest(folder)
    state = 1 if before is None else before.state + 1
    parts: dict[str, tuple[Part, ...]] = {
        name: (_write(folder, name, state, rows),) for name, rows in given.items() if rows
    }
    publish(folder, Manifest(state=state, as_of=as_of, place=state, parts=parts))
    return folder


def _bundle(word: str) -> uuid.UUID:
    return uuid.UUID(customer_id(f"bundle of {word}"))


def _row(table: str, row: Mapping[str, Any], people: Mapping[str, int]) -> dict[str, Any]:
    columns = TABLES[table]
    word = row.get("customer")
    found: dict[str, Any] = dict.fromkeys(columns)
    found |= {name: False for name, type_ in columns.items() if type_ == "BOOLEAN"}
    found |= {"origin": ""} if "origin" in columns else {}
    if word is not None:
        own = {"customer": customer_id(str(word)), "person": people[str(word)], "bundle": _bundle(str(word))}
        found |= {name: value for name, value in own.items() if name in columns}
    unknown = row.keys() - columns.keys() - {"customer"}
    assert not unknown, f"{table} has no {sorted(unknown)}"
    found |= {name: value for name, value in row.items() if name != "customer"}
    if "day" in columns and found["day"] is None and found.get("time") is not None:
        found["day"] = str(found["time"])[:10]
    return found


def _write(folder: Path, table: str, state: int, rows: list[dict[str, Any]]) -> Part:
    columns = TABLES[table]
    name = f"{table}-{state}.parquet"
    with blank() as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(f'{key} {kind}' for key, kind in _quoted(columns).items())})")
        # Column by column: row by row takes milliseconds each.
        lists = ", ".join(f"unnest(${n}::{kind}[])" for n, kind in enumerate(columns.values(), 1))
        connection.execute(f"INSERT INTO t SELECT {lists}", [[row[key] for row in rows] for key in columns])
        connection.execute(f"COPY t TO '{folder / name}' (FORMAT parquet)")
    return Part(name, len(rows))


def _quoted(columns: Mapping[str, str]) -> dict[str, str]:
    return {f'"{name}"': kind for name, kind in columns.items()}
