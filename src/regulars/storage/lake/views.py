"""The lake's views: what is asked, over what is stored."""

from collections.abc import Iterator
from typing import Final

from regulars.storage.lake.manifest import Manifest
from regulars.storage.lake.tables import TABLES, Columns, column_list

BY_BUNDLE: Final = ("events", "interactions", "order_lines", "refunds", "refund_lines", "decisions", "messages")
"""Views of facts that only have their bundle's customer put in its place."""

PLAIN: Final = ("customers", "products", "variants", "prices", "stores", "stock")
"""Views that show a table as it is stored."""

_HIDDEN: Final = frozenset({"bundle", "id", "cancelled", "told"})
_WHO: Final[Columns] = {"customer": "VARCHAR", "person": "INTEGER"}

_LATEST: Final = """
SELECT m.customer, m.person, c.purpose, c.channel, c.topic, max_by(c.word, (c."time", c.word)) AS word,
    max(c."time") AS "time"
FROM {consents} AS c JOIN {bundles} AS m ON m.bundle = c.bundle
GROUP BY ALL
"""

NOTHING: Final[Columns] = {"state": "BIGINT", "as_of": "TIMESTAMP", "place": "BIGINT"}


def views(manifest: Manifest, folder: str) -> Iterator[tuple[str, str]]:
    """Each view's name and query, over the files of one state in a folder; a table without files is empty."""
    yield from views_over({name: _stored(manifest, folder, name) for name in TABLES})
    yield (
        "lake",
        (
            f"SELECT {manifest.state}::BIGINT AS state, make_timestamp({manifest.as_of}) AS as_of, "
            f"{manifest.place}::BIGINT AS place"
        ),
    )


def views_over(stored: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each view's name and query but `lake`, over what SQL reads each stored table by."""
    for name in PLAIN:
        yield name, f"SELECT {column_list(TABLES[name])} FROM {stored[name]}"
    for name in BY_BUNDLE:
        yield name, _by_bundle(stored, name)
    orders = _by_bundle(stored, "orders")
    yield "orders", f"{orders} WHERE NOT f.cancelled"
    yield "cancelled_orders", f"{orders} WHERE f.cancelled"
    yield "consents", _LATEST.format(**stored)


def columns() -> dict[str, Columns]:
    """The columns of every view."""
    found = {name: TABLES[name] for name in PLAIN}
    for name in (*BY_BUNDLE, "orders", "consents"):
        found[name] = {**_WHO, **{key: type for key, type in TABLES[name].items() if key not in _HIDDEN}}
    return {**found, "cancelled_orders": found["orders"], "lake": NOTHING}


def _by_bundle(stored: dict[str, str], name: str) -> str:
    shown = column_list({key: type for key, type in TABLES[name].items() if key not in _HIDDEN}, "f.")
    joined = f"{stored[name]} AS f LEFT JOIN {stored['bundles']} AS m ON m.bundle = f.bundle"
    return f"SELECT m.customer, m.person, {shown} FROM {joined}"


def _stored(manifest: Manifest, folder: str, name: str) -> str:
    parts = manifest.parts.get(name, ())
    if not parts:
        nothing = ", ".join(f'NULL::{type} AS "{column}"' for column, type in TABLES[name].items())
        return f"(SELECT {nothing} WHERE false)"
    files = ", ".join(quoted(f"{folder}/{part.file}") for part in parts)
    return f"read_parquet([{files}])"


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
