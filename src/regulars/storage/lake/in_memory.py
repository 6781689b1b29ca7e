"""The lake's tables and views in memory, for a few customers whose rows are put in by what makes the lake's."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import duckdb

from regulars.storage.lake.insight_files import InsightManifest, columns, insight_views
from regulars.storage.lake.manifest import Manifest, Part
from regulars.storage.lake.shelf import STORED, Shelf
from regulars.storage.lake.tables import TABLES
from regulars.storage.lake.views import PLAIN, quoted, views_over

INSIGHTS: Final = "insights"


class InMemory(Shelf):
    """A shelf whose tables are in memory, with the lake's views over them.

    Views that join are tables here, which `show` fills: a hundred small queries would each do those joins anew.
    `folder` is for what is on its way into a table; nothing stays there.
    """

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(folder, connection, {}, 0)
        for name, types in STORED.items():
            declared = ", ".join(f'"{column}" {type_}' for column, type_ in types.items())
            connection.execute(f'CREATE TABLE "t_{name}" ({declared})')
        declared = ", ".join(f'"{column}" {type_}' for column, type_ in columns()[INSIGHTS].items())
        connection.execute(f"CREATE TABLE {INSIGHTS} ({declared})")
        self._joined: dict[str, str] = {}
        for name, query in views_over({name: self.relation(name) for name in TABLES}):
            if name in PLAIN:
                connection.execute(f'CREATE VIEW "{name}" AS {query}')
            else:
                self._joined[name] = query
                connection.execute(f'CREATE TABLE "{name}" AS {query} LIMIT 0')

    def relation(self, table: str, only: Sequence[Part] | None = None) -> str:
        """What SQL reads a table by."""
        return f'"t_{table}"'

    def add(self, table: str, query: str) -> None:
        """Add a query's rows to a table, whose columns it gives in their order."""
        self._connection.execute(f'INSERT INTO "t_{table}" {query}')

    def clear(self, table: str) -> None:
        """Take everything out of a table."""
        self._connection.execute(f'DELETE FROM "t_{table}"')

    def show(self) -> None:
        """Let what was added be seen."""
        for name, query in self._joined.items():
            self._connection.execute(f'DELETE FROM "{name}"')
            self._connection.execute(f'INSERT INTO "{name}" {query}')

    def bring(self, lake: Path, manifest: Manifest | None, tables: Iterable[str]) -> None:
        """Take these tables over from a state of the lake, in place of what they hold."""
        for name in tables:
            self.clear(name)
            for part in () if manifest is None else manifest.parts.get(name, ()):
                self.add(name, f"SELECT * FROM read_parquet({quoted(str(lake / part.file))})")

    def bring_insight(self, lake: Path, manifest: InsightManifest | None) -> None:
        """Take over what insight says of the customers who are held: figures as they were last made."""
        query = next(query for name, query, _ in insight_views(manifest, lake) if name == INSIGHTS)
        # The table stays, since whoever has prepared a query on it would have to do so again.
        self._connection.execute(f"DELETE FROM {INSIGHTS}")
        self._connection.execute(f"INSERT INTO {INSIGHTS} {query}")
