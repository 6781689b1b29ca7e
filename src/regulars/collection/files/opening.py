"""An input as a table, whatever its format."""

from collections.abc import Iterator
from contextlib import contextmanager

from regulars.collection.files.delimited import open_delimited
from regulars.collection.files.encodings import Text
from regulars.collection.files.inputs import Input, Meter, opened
from regulars.collection.files.jsonlines import open_jsonlines
from regulars.collection.files.mapfile import FileSpec
from regulars.collection.files.spilled import as_file
from regulars.collection.files.table import Table


@contextmanager
def table_of(source: Input, spec: FileSpec, meter: Meter | None = None) -> Iterator[Table]:
    """The table in an input, open for as long as it is read; raises ImportFailed."""
    format = spec.format or source.format
    if format == "excel":
        # Both libraries are slow to load, and most files are text.
        from regulars.collection.files.sheets import open_sheet

        with as_file(source, meter) as path:
            yield open_sheet(path, spec, source.name)
    elif format == "parquet":
        from regulars.collection.files.parquet import open_parquet

        with as_file(source, meter) as path, open_parquet(path, source.name) as table:
            yield table
    else:
        with opened(source, meter) as stream:
            text = Text(stream, spec.encoding or ("utf-8" if format == "jsonl" else ""), source.name)
            yield (
                open_jsonlines(text, source.name)
                if format == "jsonl"
                else open_delimited(text, spec, source.name, tabs=format == "tsv")
            )
