"""The process in which one question is put to the lake: it can read the lake's files, write nothing, and is ended.

`python -m regulars.storage.asked` reads a `Question` as JSON on its input and writes JSON lines: the columns, then
lists of rows, then how it ended. Whoever asks is `storage.asking`.
"""

import math
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

import duckdb
import msgspec

from regulars.storage.confining import write_nothing
from regulars.storage.engine import LakeError, open_lake
from regulars.storage.reading_only import require_reading

FETCH = 500


class Question(msgspec.Struct, frozen=True):
    """What is asked of the lake in a folder; of more than `limit` rows only so many are given."""

    folder: str
    query: str
    limit: int
    memory: str
    threads: int
    seconds: float


class Columns(msgspec.Struct, frozen=True, tag="columns"):
    """The first line: names and DuckDB's types; names are told apart where several are the same."""

    names: tuple[str, ...]
    types: tuple[str, ...]


class Rows(msgspec.Struct, frozen=True, tag="rows"):
    """Some rows, each a list of values as JSON has them."""

    rows: list[list[Any]]


class End(msgspec.Struct, frozen=True, tag="end"):
    """The last line: whether there are more rows; or why it failed, and whether a file of the lake was not there."""

    more: bool = False
    error: str = ""
    gone: bool = False


def main() -> None:
    """Answer one question."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    _confine(question.seconds)
    out = sys.stdout.buffer
    try:
        for line in _answer(question):
            _write(out, line)
    except (LakeError, duckdb.Error, RecursionError) as error:
        _write(out, End(error=_one_line(error), gone=isinstance(error, duckdb.IOException)))


def _confine(seconds: float) -> None:
    """Let this process write no file, and end it at the latest when nobody else does."""
    write_nothing()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A write beyond the limit is to be an error, not the end.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.alarm(math.ceil(seconds) + 5)
    os.nice(5)


def _answer(question: Question) -> Iterator[Columns | Rows | End]:
    with open_lake(Path(question.folder), threads=question.threads, memory=question.memory) as lake:
        require_reading(lake, question.query)
        result = lake.execute(question.query)
        described = result.description or []
        names = _distinct([str(each[0]) for each in described])
        yield Columns(tuple(names), tuple(str(each[1]) for each in described))
        left = question.limit
        while rows := result.fetchmany(min(FETCH, left + 1)):
            yield Rows([[_plain(value) for value in row] for row in rows[:left]])
            left -= len(rows)
            if left < 0:
                break
        yield End(more=left < 0)


def _distinct(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number, plain = 1, name
        while name in found:
            number += 1
            name = f"{plain}_{number}"
        found.append(name)
    return found


def _plain(value: Any) -> Any:
    """A value as JSON has it: times in ISO 8601, bytes in hexadecimal digits, what is no number NULL."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, timedelta | UUID) else repr(value)


def _one_line(error: Exception) -> str:
    """DuckDB's words without its picture of the place."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return "it needs more memory than it may have: ask for less, or give it more by --memory"
    said = str(error).split("\n\nLINE ")[0].split("\nLINE ")[0]
    return " ".join(said.split())[:500] or type(error).__name__


def _write(out: BinaryIO, line: Columns | Rows | End) -> None:
    out.write(msgspec.json.encode(line) + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
