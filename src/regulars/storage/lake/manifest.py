"""The manifest: which files make up the lake's present state; swapping it is what publishes a new one."""

import os
from pathlib import Path
from typing import Final

import msgspec

from regulars.storage.lake.tables import FORMAT

FILE: Final = "manifest.json"
DRAFT: Final = "draft.json"
"""What the exporter has so far of the next state; no reader looks at it."""


class Part(msgspec.Struct, frozen=True, order=True):
    """One file of a table: its name within the lake's folder, and its rows."""

    file: str
    rows: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the lake.

    `parts` are the files of each table that has any. `as_of` (microseconds since 1970 UTC) and `place` (in the log) say
    what of PostgreSQL it shows. `progress` is the exporter's own: opaque to readers.
    """

    format: int = FORMAT
    state: int = 0
    as_of: int = 0
    place: int = 0
    parts: dict[str, tuple[Part, ...]] = {}
    progress: dict[str, int] = {}

    def files(self) -> set[str]:
        """The names of all its files."""
        return {part.file for parts in self.parts.values() for part in parts}


_decode = msgspec.json.Decoder(Manifest).decode


def read_manifest(folder: Path, file: str = FILE) -> Manifest | None:
    """The present state (or the `DRAFT` of the next); None where there is none, or one that another version wrote."""
    try:
        found = _decode((folder / file).read_bytes())
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return found if found.format == FORMAT else None


def publish(folder: Path, manifest: Manifest, file: str = FILE) -> None:
    """Make this the present state (or its `DRAFT`), durably and at once; its files must be on disk already."""
    temporary = folder / f".{file}.{os.getpid()}"
    with temporary.open("wb") as written:
        written.write(msgspec.json.format(msgspec.json.encode(manifest)))
        written.flush()
        os.fsync(written.fileno())
    temporary.chmod(0o600)
    temporary.replace(folder / file)
    sync_folder(folder)


def sync_folder(path: Path) -> None:
    """Make what was added to, or renamed in, a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
