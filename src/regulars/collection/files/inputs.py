"""Which files are meant: names, folders, patterns, and what lies in zip archives; each told apart by its name."""

import fcntl
import glob
import io
import os
import signal
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

import msgspec

from regulars.collection.report import ImportFailed

FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".xls": "excel", ".ods": "excel", ".parquet": "parquet",
}  # fmt: skip
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".filepart", ".tmp", ".swp")
MEMBERS = 1000
FREE = 64 * 1024 * 1024
RATIO = 150
"""What inflates to more than 64 MB may be at most 150 times its packed size: text is packed 5 to 30 times."""

_STEP = 1024 * 1024
_HERE = "Give the file's name, a folder, or a pattern in quotes"


class Input(msgspec.Struct, frozen=True):
    """One table to read: a file, or a member of a zip archive; `format` as in the map's [file]."""

    path: Path
    member: str = ""
    format: str = ""

    @property
    def name(self) -> str:
        """The name without folders, for messages."""
        return f"{self.path.name}:{self.member}" if self.member else self.path.name


class Meter:
    """How much of an input has been read, in bytes as they lie on the disk."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self._whole: dict[Path, int] = {}

    def add(self, number: int) -> None:
        """So many bytes more were read."""
        self.done = min(self.total, self.done + number)

    def finish(self, path: Path, size: int) -> None:
        """All of a file is read, whatever was counted of it meanwhile."""
        self._whole[path] = size
        self.done = min(self.total, sum(self._whole.values()))


def inputs(said: list[str], format: str = "") -> list[Input]:
    """The tables that names, folders and patterns mean, each once, in a steady order; raises ImportFailed."""
    found: dict[Path, None] = {}
    for each in said:
        path = Path(each)
        if path.is_dir():
            inside = sorted(child for child in path.iterdir() if child.is_file() and _readable(child, format))
            if not inside:
                raise ImportFailed(
                    f"There is nothing to import in {each}", "It holds no CSV, JSON lines, Excel or Parquet"
                )
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        elif glob.has_magic(each) and (matched := sorted(glob.glob(each, recursive=True))):
            found.update(dict.fromkeys(Path(one) for one in matched if Path(one).is_file()))
        else:
            raise ImportFailed(f"There is no file {each}", _HERE)
    return [each for path in found for each in _inside(path, format)]


def written(path: Path) -> tuple[int, int]:
    """The size and the time of a file that nobody writes; raises ImportFailed while somebody does."""
    if path.name.lower().endswith(UNFINISHED) or path.name.startswith("~$"):
        raise ImportFailed(f"{path.name} is still being written, as its name says", "Import it once it is whole")
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ImportFailed(f"{path.name} is no file", _HERE)
        if found.st_size == 0:
            raise ImportFailed(f"{path.name} is empty", "Export it again")
        with path.open("rb") as file:
            _check_lease(file.fileno(), path.name)
    except OSError as error:
        raise ImportFailed(f"{path.name} cannot be read: {error.strerror}", _HERE) from None
    return found.st_size, found.st_mtime_ns


def unchanged(path: Path, before: tuple[int, int]) -> None:
    """Raises ImportFailed where a file was written to while it was read."""
    found = path.stat()
    if (found.st_size, found.st_mtime_ns) != before:
        words = "Import it again once it is whole; rows that are in already are not added twice"
        raise ImportFailed(f"{path.name} was written to while it was read", words)


@contextmanager
def opened(source: Input, meter: Meter | None = None) -> Iterator[BinaryIO]:
    """The bytes of an input, inflated, as a stream; raises ImportFailed, also for what inflates beyond measure."""
    try:
        with source.path.open("rb") as file:
            counted = _Counted(file, meter)
            if source.member:
                with zipfile.ZipFile(counted) as archive, archive.open(source.member) as member:
                    packed = archive.getinfo(source.member).compress_size
                    yield cast(BinaryIO, _Inflated(cast(BinaryIO, member), source.name, lambda: packed))
            elif _is_gzip(file):
                # The stream of gzip is read by us alone, so the place in the file is what it took.
                yield cast(BinaryIO, _Inflated(cast(BinaryIO, GzipFile(fileobj=counted)), source.name, file.tell))
            else:
                yield cast(BinaryIO, counted)
    except (BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ImportFailed(
            f"{source.name} cannot be unpacked: {error}", "It is broken or cut off; fetch it again"
        ) from None
    except RuntimeError as error:
        if "password" not in str(error):
            raise
        raise ImportFailed(f"{source.name} is locked with a password", "Unpack it first") from None


def format_of(name: str) -> str:
    """The format that a name tells, '' where it tells none."""
    path = PurePosixPath(name.lower().removesuffix(".gz"))
    return FORMATS.get(path.suffix, "")


def _readable(path: Path, format: str) -> bool:
    name = path.name.lower()
    if name.startswith((".", "~$")) or name.endswith(UNFINISHED):
        return False
    return name.endswith(".zip") or (bool(format_of(name)) and (not format or format_of(name) == format))


def _inside(path: Path, format: str) -> Iterator[Input]:
    written(path)
    if not path.name.lower().endswith(".zip"):
        kind = format or format_of(path.name)
        if not kind:
            raise ImportFailed(f"{path.name}: its name tells no format", "State [file] format in the map")
        yield Input(path, "", kind)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
    except zipfile.BadZipFile:
        raise ImportFailed(f"{path.name} is no zip archive, or cut off", "Fetch it again") from None
    if len(members) > MEMBERS:
        raise ImportFailed(f"{path.name} holds {len(members):,} files, more than {MEMBERS}", "Unpack it first")
    names = sorted(
        each.filename for each in members if not PurePosixPath(each.filename).name.startswith((".", "__MACOSX"))
    )
    wanted = [each for each in names if (format_of(each) and (not format or format_of(each) == format))]
    if not wanted:
        raise ImportFailed(
            f"{path.name} holds no CSV, JSON lines, Excel or Parquet", "Archives in archives are not opened"
        )
    for each in wanted:
        yield Input(path, each, format or format_of(each))


def _is_gzip(file: BinaryIO) -> bool:
    start = file.read(2)
    file.seek(0)
    return start == b"\x1f\x8b"


def _check_lease(descriptor: int, name: str) -> None:
    """Linux refuses a read lease on a file that anybody has open for writing."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return
    try:
        # Whoever opens the file for writing just now makes the kernel tell us: by a signal that is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        raise ImportFailed(f"{name} is still being written", "Import it once it is whole") from None
    except OSError:
        # Leases are not known everywhere (network folders, files of others): the look after reading remains.
        return


class _Counted(io.RawIOBase):
    """A file that tells a meter how far it is read."""

    def __init__(self, file: BinaryIO, meter: Meter | None) -> None:
        self._file = file
        self._meter = meter

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._file.readinto(buffer)  # type: ignore[attr-defined]
        if self._meter is not None:
            self._meter.add(count)
        return int(count)


class _Inflated(io.RawIOBase):
    """An inflated stream that stops where it grows beyond measure."""

    def __init__(self, stream: BinaryIO, name: str, packed: Callable[[], int]) -> None:
        self._stream = stream
        self._name = name
        self._packed = packed
        self._made = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(min(len(buffer), _STEP))
        buffer[: len(piece)] = piece
        self._made += len(piece)
        if self._made > FREE and self._made > RATIO * max(1, self._packed()):
            words = f"{self._name} inflates to more than {RATIO} times its size"
            raise ImportFailed(words, "It looks like a zip bomb; unpack it yourself if it is none")
        return len(piece)
