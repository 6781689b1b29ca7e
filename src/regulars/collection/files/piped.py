"""What is piped in stands for a file: kept in a private one first, since a run knows its files by their content."""

import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import BinaryIO

from regulars.collection.report import ImportFailed

PIPED = "-"
_SUFFIXES = {"jsonl": ".jsonl", "csv": ".csv", "tsv": ".tsv", "excel": ".xlsx", "parquet": ".parquet"}
_HEAD = 4096
_STEP = 1024 * 1024


@contextmanager
def with_piped(said: list[str], format: str = "", stream: BinaryIO | None = None) -> Iterator[list[str]]:
    """The names of files, with a `-` among them replaced by a file that holds the standard input.

    `format` is the map's; without it, CSV and JSON lines are told apart by the first letter, Parquet and zip archives
    by their mark. Raises ImportFailed where nothing is piped in.
    """
    if PIPED not in said:
        yield said
        return
    with TemporaryDirectory(prefix="regulars-piped-") as folder:
        path = _kept(stream or sys.stdin.buffer, Path(folder), format)
        yield [str(path) if each == PIPED else each for each in said]


def _kept(stream: BinaryIO, folder: Path, format: str) -> Path:
    if stream.isatty():
        raise ImportFailed("Nothing is piped in", "Write a command and | before it, or name a file")
    head = stream.read(_HEAD)
    if not head:
        raise ImportFailed("What was piped in is empty", "Run the command before the | alone, and see what it says")
    path = folder / f"stdin{_suffix(head, format)}"
    with path.open("wb") as file:
        file.write(head)
        copyfileobj(stream, file, _STEP)
    return path


def _suffix(head: bytes, format: str) -> str:
    if format:
        return _SUFFIXES[format]
    if head.startswith(b"\x1f\x8b"):
        try:
            return f"{_suffix(zlib.decompressobj(31).decompress(head, _HEAD), '')}.gz"
        except zlib.error:
            return ".csv.gz"
    if head.startswith(b"PAR1"):
        return ".parquet"
    if head.startswith(b"PK\x03\x04"):
        return ".zip"
    return ".jsonl" if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else ".csv"
