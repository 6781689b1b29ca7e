"""DuckDB over the lake: in memory, locked, able to read the lake's files and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from regulars.storage.lake.insight_files import insight_views, read_insight
from regulars.storage.lake.manifest import read_manifest
from regulars.storage.lake.views import quoted, views

THREADS = 2
MEMORY = "1GB"


class LakeError(Exception):
    """The lake cannot be read; the message says in one sentence why, and how to mend it."""


def open_lake(
    folder: Path, *, threads: int = THREADS, memory: str = MEMORY, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection with the views of `docs/reference/lake.md` on the lake's present state.

    It goes on showing that state, whose files stay for half a minute after a later one is there; whoever works longer
    makes tables of what it needs first. `spill` is a folder for what does not fit into `memory`; without one such a
    query fails. Raises LakeError where there is no lake.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise LakeError(f"there is no lake in {folder} yet: `regulars up` makes it, within a minute where data are few")
    place = folder.absolute().resolve()
    connection = blank(threads, memory, spill)
    for name, query in views(manifest, str(place)):
        connection.execute(f'CREATE VIEW "{name}" AS {query}')
    files = [place / file for file in sorted(manifest.files())]
    for name, query, file in insight_views(read_insight(place), place):
        connection.execute(f'CREATE VIEW "{name}" AS {query}')
        files += [] if file is None else [file]
    lock(connection, files)
    return connection


def blank(threads: int = THREADS, memory: str = MEMORY, spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An empty database in memory that loads no extension and looks at no Python object."""
    made = duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": memory,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "allow_unsigned_extensions": False,
            "python_enable_replacements": False,
            "preserve_insertion_order": False,
            "temp_directory": "" if spill is None else str(spill),
        },
    )
    # After two seconds it would be written among the output.
    made.execute("SET enable_progress_bar = false")
    return made


def lock(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Let a connection read these files and no others, and change no setting any more."""
    connection.execute(f"SET allowed_paths = [{', '.join(quoted(str(each)) for each in files)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
