"""Rows on their way into a table of the lake: written as lines, then added to it, in the place of others or not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from regulars.lake.event_rows import Row
from regulars.storage.lake.shelf import Lines, Shelf


class Gathered:
    """Rows for several tables, gathered in files beside the lake's; `put` one at a time."""

    def __init__(self, folder: Path, tables: Sequence[str]) -> None:
        self.lines = {table: Lines(folder / f".{table}.lines") for table in tables}

    def put(self, table: str, row: Row) -> None:
        """Take one row."""
        self.lines[table].put(row)


@contextmanager
def gathering(shelf: Shelf, *tables: str) -> Iterator[Gathered]:
    """Gather rows for these tables; in the end they are added, and nothing else is left of them."""
    gathered = Gathered(shelf.folder, tables)
    try:
        yield gathered
        for table, lines in gathered.lines.items():
            shelf.add_lines(table, lines)
    finally:
        for lines in gathered.lines.values():
            lines.remove()
