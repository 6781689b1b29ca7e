"""The archive of a back-up: a tar of bounded members in one zstd frame, written and read as a stream."""

import io
import tarfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

PART_BYTES = 8 << 20
"""A table is cut into members of this size, so that neither side ever holds more of it."""

READ_BYTES = 64 << 10
MOST_FILE_BYTES = 256 << 20
TABLES = "tables/"
MANIFEST = "manifest.json"


class ArchiveError(Exception):
    """A back-up cannot be used; the message says why."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the manifest says of one table or file: its bytes before compression, their hash, its rows."""

    bytes: int
    sha256: str
    rows: int | None = None


class Writer:
    """Writes an archive into an open file; `close` adds the manifest, without which it is none.

    `rows` are the rows of each table, told by whoever adds it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.rows: dict[str, int] = {}
        self._entries: dict[str, Entry] = {}
        compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
        self._zstd = compressor.stream_writer(file, closefd=False)
        self._tar = tarfile.open(fileobj=self._zstd, mode="w|", format=tarfile.USTAR_FORMAT)  # noqa: SIM115

    def add_file(self, name: str, content: bytes) -> None:
        """Add a small file."""
        self._entries[name] = Entry(len(content), sha256(content).hexdigest())
        self._member(name, content)

    def add_table(self, name: str, chunks: Iterable[bytes | bytearray | memoryview]) -> None:
        """Add a table's bytes as they come."""
        hashed, size, number = sha256(), 0, 0
        part = bytearray()
        for chunk in chunks:
            part += chunk
            if len(part) >= PART_BYTES:
                hashed.update(part)
                self._member(f"{TABLES}{name}/{number:08}", bytes(part))
                size, number = size + len(part), number + 1
                part.clear()
        hashed.update(part)
        self._member(f"{TABLES}{name}/{number:08}", bytes(part))
        self._entries[TABLES + name] = Entry(size + len(part), hashed.hexdigest())

    def close(self) -> None:
        """Write the manifest and end the archive; the file stays open."""
        for name, rows in self.rows.items():
            self._entries[TABLES + name] = msgspec.structs.replace(self._entries[TABLES + name], rows=rows)
        self._member(MANIFEST, msgspec.json.encode(self._entries))
        self._tar.close()
        self._zstd.flush(zstandard.FLUSH_FRAME)

    def _member(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, io.BytesIO(content))
        _forget(self._tar)


class Contents(msgspec.Struct, frozen=True):
    """What a checked archive holds: its small files by name, and of each table what the manifest says."""

    files: dict[str, bytes]
    tables: dict[str, Entry]


def check(path: Path) -> Contents:
    """Read an archive to its end and hold every byte against its manifest. Raises ArchiveError."""
    found: dict[str, Entry] = {}
    files: dict[str, bytes] = {}
    for name, chunks in entries(path):
        hashed, size = sha256(), 0
        kept = bytearray()
        for chunk in chunks:
            hashed.update(chunk)
            size += len(chunk)
            if not name.startswith(TABLES):
                kept += chunk
                if size > MOST_FILE_BYTES:
                    raise _foreign(path)
        if name in found:
            raise _altered(path, f"{name} is there twice")
        found[name] = Entry(size, hashed.hexdigest())
        if not name.startswith(TABLES):
            files[name] = bytes(kept)
    said = _manifest(path, files)
    for name in {*said, *found} - {MANIFEST}:
        if name not in said or name not in found or found[name].sha256 != said[name].sha256:
            raise _altered(path, f"{name} is not as it was written")
    return Contents(files, {name.removeprefix(TABLES): said[name] for name in said if name.startswith(TABLES)})


def entries(path: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The archive's files and tables in order, each with its bytes in pieces, to be read before the next.

    Raises ArchiveError where the archive is cut off, damaged, or none.
    """
    try:
        with path.open("rb") as file:
            inflated = _Inflated(path, file)
            with tarfile.open(fileobj=inflated, mode="r|") as tar:
                for name, members in groupby(_members(tar), key=_entry):
                    yield name, (piece for member in members for piece in _pieces(tar, member))
            inflated.drain()
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror or error}") from None
    except tarfile.TarError as error:
        raise _foreign(path) from error


def _manifest(path: Path, files: dict[str, bytes]) -> dict[str, Entry]:
    if MANIFEST not in files:
        raise _foreign(path)
    try:
        return msgspec.json.decode(files[MANIFEST], type=dict[str, Entry])
    except msgspec.DecodeError:
        raise _foreign(path) from None


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := tar.next()) is not None:
        _forget(tar)
        yield member


def _forget(tar: tarfile.TarFile) -> None:
    """Tarfile remembers all members, which would grow with the log; its types do not know the list."""
    tar.members.clear()  # type: ignore[attr-defined]


def _entry(member: tarfile.TarInfo) -> str:
    return member.name.rpartition("/")[0] if member.name.startswith(TABLES) else member.name


def _pieces(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    file = tar.extractfile(member)
    while file is not None and (piece := file.read(READ_BYTES)):
        yield piece


class _Inflated(io.RawIOBase):
    """The tar behind one zstd frame, as a file that tarfile can read; notices the lack of an end."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._ready = bytearray()
        self._any = False

    def read(self, size: int = READ_BYTES) -> bytes:
        """Some bytes, fewer than asked for only at the end."""
        while len(self._ready) < size and not self._frame.eof:
            compressed = self._file.read(READ_BYTES)
            if not compressed:
                raise _altered(self._path, "it ends too early") if self._any else _foreign(self._path)
            try:
                self._ready += self._frame.decompress(compressed)
            except zstandard.ZstdError as error:
                raise _altered(self._path, "its checksum is wrong") if self._any else _foreign(self._path) from error
            self._any = True
        given = bytes(self._ready[:size])
        del self._ready[:size]
        return given

    def drain(self) -> None:
        """Read to the very end, where the frame's own checksum stands, and see that nothing follows."""
        while self.read(READ_BYTES):
            pass
        if self._frame.unused_data or self._file.read(1):
            raise _altered(self._path, "something was appended to it")


def _foreign(path: Path) -> ArchiveError:
    return ArchiveError(f"{path} is no back-up of Regulars: give a file that `regulars backup` wrote")


def _altered(path: Path, how: str) -> ArchiveError:
    return ArchiveError(f"{path} is damaged ({how}): use another back-up")
