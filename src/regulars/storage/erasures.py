"""Which erasures were asked for, under keyed names, in a file beside the database that a restore applies again."""

import os
from pathlib import Path

import msgspec

FILE = "erasures.jsonl"


class Asked(msgspec.Struct, frozen=True):
    """One erasure: when it was asked for, in microseconds since 1970 UTC, and its control record."""

    at: int
    record: msgspec.Raw


_decode = msgspec.json.Decoder(Asked).decode


def keep(folder: Path, at: int, record: bytes) -> None:
    """Add an erasure to the file of a data folder, durably; to be done before anything is erased."""
    line = msgspec.json.encode(Asked(at, msgspec.Raw(record))) + b"\n"
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)


def kept(file: Path) -> list[Asked]:
    """The erasures of such a file, oldest first; none where there is no file. A line cut by a crash is left out."""
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(_decode(line))
        except msgspec.DecodeError:
            continue
    return found
