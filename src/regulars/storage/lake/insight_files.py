"""Insight's results beside the lake: which files hold them, and the views that show them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from regulars.storage.lake.manifest import sync_folder
from regulars.storage.lake.views import quoted

FOLDER: Final = "insights"
FILE: Final = "manifest.json"
FORMAT: Final = 2
"""Version of what the files hold; those of another one are made anew."""

_LIKES: Final = 'STRUCT("name" VARCHAR, "days" INTEGER, "lift" DOUBLE)[]'
_LOOKS: Final = 'STRUCT("name" VARCHAR, "products" INTEGER, "lift" DOUBLE)[]'

TABLES: Final[dict[str, dict[str, str]]] = {
    "insights": {
        "customer": "VARCHAR",
        "as_of": "DATE",
        "first_order": "TIMESTAMP",
        "last_order": "TIMESTAMP",
        "recency": "INTEGER",
        "orders": "INTEGER",
        "days": "INTEGER",
        "regular": "BOOLEAN",
        "stage": "VARCHAR",
        "gap_mean": "DOUBLE",
        "gap_median": "DOUBLE",
        "rhythm": "DOUBLE",
        "currency": "VARCHAR",
        "spend": "BIGINT",
        "spend_year": "BIGINT",
        "refunded": "BIGINT",
        "returns_share": "DOUBLE",
        "discount_share": "DOUBLE",
        "spends": 'STRUCT("currency" VARCHAR, "orders" BIGINT, "spend" BIGINT)[]',
        "r": "INTEGER",
        "f": "INTEGER",
        "m": "INTEGER",
        "channels": "VARCHAR[]",
        "ways": "VARCHAR",
        "stores": "VARCHAR[]",
        "category_count": "INTEGER",
        "categories": _LIKES,
        "brands": _LIKES,
        "viewed_categories": _LOOKS,
        "viewed_brands": _LOOKS,
    },
    "insight_stages": {
        "stage": "VARCHAR",
        "regular": "BOOLEAN",
        "currency": "VARCHAR",
        "customers": "INTEGER",
        "spend_year": "BIGINT",
    },
    "insight_rfm": {
        "r": "INTEGER",
        "f": "INTEGER",
        "currency": "VARCHAR",
        "customers": "INTEGER",
        "spend": "BIGINT",
        "money": "DOUBLE",
    },
    "insight_cohorts": {"cohort": "DATE", "months": "INTEGER", "customers": "INTEGER"},
    "insight_months": {
        "month": "DATE",
        "who": "VARCHAR",
        "currency": "VARCHAR",
        "orders": "INTEGER",
        "customers": "INTEGER",
        "revenue": "BIGINT",
        "discount": "BIGINT",
        "refunded": "BIGINT",
        "costed_revenue": "BIGINT",
        "cost": "BIGINT",
        "contribution": "BIGINT",
    },
    "insight_channels": {
        "channels": "VARCHAR[]",
        "currency": "VARCHAR",
        "customers": "INTEGER",
        "orders": "INTEGER",
        "spend": "BIGINT",
    },
    "insight_till": {"sales": "INTEGER", "named": "INTEGER"},
    "insight_origins": {"orders": "INTEGER", "example": "INTEGER"},
}
"""What is published: the columns of each table, with DuckDB's types."""


class InsightManifest(msgspec.Struct, frozen=True, kw_only=True):
    """One state of insight: `files` by table, made from the lake's `state` as of a day (days since 1970 UTC).

    `engine` and `places` say what the facts were computed with, `run` names this state, `made` is in seconds since
    1970.
    """

    format: int = FORMAT
    run: str
    state: int
    as_of: int
    made: float
    engine: str
    places: int
    files: dict[str, str]


_decode = msgspec.json.Decoder(InsightManifest).decode


def read_insight(lake: Path) -> InsightManifest | None:
    """The present state beside this lake; None where there is none, or one that another version wrote."""
    try:
        found = _decode((lake / FOLDER / FILE).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def publish_insight(lake: Path, manifest: InsightManifest) -> None:
    """Make this the present state, durably and at once; its files must be on disk already."""
    folder = lake / FOLDER
    temporary = folder / f".{FILE}.{os.getpid()}"
    with temporary.open("wb") as written:
        written.write(msgspec.json.encode(manifest))
        written.flush()
        os.fsync(written.fileno())
    temporary.chmod(0o600)
    temporary.replace(folder / FILE)
    sync_folder(folder)


def insight_views(manifest: InsightManifest | None, lake: Path) -> Iterator[tuple[str, str, Path | None]]:
    """Each view's name, its query, and the file that it reads; without insight yet all are empty.

    Only customers who are in the lake's present state are shown, by the number that they have there.
    """
    for name, columns in TABLES.items():
        file = None if manifest is None else lake / FOLDER / manifest.files[name]
        if file is None:
            nothing = ", ".join(f'NULL::{type} AS "{key}"' for key, type in columns.items())
            source = f"(SELECT {nothing} WHERE false)"
        else:
            source = f"read_parquet({quoted(str(file))})"
        shown = ", ".join(f'f."{key}"' for key in columns)
        query = f"SELECT {shown} FROM {source} AS f"
        if name == "insights":
            rest = shown.split(", ", 1)[1]
            query = f"SELECT c.customer, c.person, {rest} FROM {source} AS f JOIN customers AS c USING (customer)"
        yield name, query, file


def columns() -> dict[str, dict[str, str]]:
    """The columns of every view of insight."""
    found = dict(TABLES)
    first, *rest = found["insights"].items()
    found["insights"] = dict([first, ("person", "INTEGER"), *rest])
    return found
