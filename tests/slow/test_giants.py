"""A line of 1 GB, and archives that inflate to more than 10 GB: each ends in clear words, within bounded memory."""

import gzip
import json
import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import BinaryIO

import pytest
from support.running import environment

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

GIGABYTE = 1 << 30
TEN = 10 * GIGABYTE + 1
MOST_MB = 200
MAP = 'kind = "customers"\nsource = "shop"\n[ids]\nemail = "email"\n'

# Not getrusage: its largest memory is inherited from the worker that this process was forked from.
MEASURED = """
import sys
from regulars.cli.main import main
code = main(sys.argv[1:])
(line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(line.split()[1]) // 1024, file=sys.stderr)
sys.exit(code)
"""


def dry_run(folder: Path, name: str, stdin: int | None = None) -> tuple[int, str, str, int]:
    """The exit code of a dry run, what it printed, what it told, and its largest memory in MB."""
    (folder / "map.toml").write_text(MAP)
    argv = [sys.executable, "-c", MEASURED, "import", name, "--map", "map.toml", "--dry-run", "--json"]
    done = subprocess.run(
        argv, cwd=folder, env=environment(), stdin=stdin, capture_output=True, text=True, timeout=500, check=False
    )
    *told, megabytes = done.stderr.splitlines()
    return done.returncode, done.stdout, "\n".join(told), int(megabytes)


def rows(printed: str) -> tuple[list[str], list[tuple[int, str]]]:
    """The addresses of a dry run's events, and its problems by row and reason."""
    lines = [json.loads(line) for line in printed.splitlines()]
    events = [line["event"]["traits"]["email"] for line in lines if "event" in line]
    return events, [(line["row"], line["problem"]["reason"]) for line in lines if "problem" in line]


def giant(file: BinaryIO, first: bytes, last: bytes) -> None:
    """A line of 1 GB between two that are in order; written as a hole, it takes no room on the disk."""
    file.write(first + b"x" * 100_000)
    file.seek(GIGABYTE, os.SEEK_CUR)
    file.write(b"\n" + last)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("giant.csv", b"email\nada@shop.example\n", b"ben@shop.example\n"),
        ("giant.jsonl", b'{"email":"ada@shop.example"}\n', b'{"email":"ben@shop.example"}\n'),
    ],
)
def test_a_line_of_a_gigabyte(tmp_path: Path, name: str, first: bytes, last: bytes) -> None:
    with (tmp_path / name).open("wb") as file:
        giant(file, first, last)
    code, printed, told, megabytes = dry_run(tmp_path, name)
    assert code == 0, told
    row = first.count(b"\n") + 1
    assert rows(printed) == (["ada@shop.example", "ben@shop.example"], [(row, "too_large")])
    assert megabytes < MOST_MB


def test_a_header_of_a_gigabyte(tmp_path: Path) -> None:
    with (tmp_path / "giant.csv").open("wb") as file:
        giant(file, b"email,", b"ada@shop.example\n")
    code, printed, told, megabytes = dry_run(tmp_path, "giant.csv")
    assert (code, printed) == (1, "")
    assert "giant.csv cannot be read: the row is longer than" in told and told.count("\n") == 0
    assert megabytes < MOST_MB


def test_a_piped_line_of_a_gigabyte(tmp_path: Path) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(b"email\nada@shop.example\n")
            for _ in range(1024):
                pipe.write(b"x" * (GIGABYTE // 1024))
            pipe.write(b"\nben@shop.example\n")

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reading, "rb") as pipe:
        code, printed, told, megabytes = dry_run(tmp_path, "-", pipe.fileno())
    thread.join()
    assert code == 0, told
    assert rows(printed) == (["ada@shop.example", "ben@shop.example"], [(3, "too_large")])
    assert megabytes < MOST_MB


def bomb(folder: Path, name: str) -> Path:
    """An archive whose table inflates to more than 10 GB: one compressed piece, again and again."""
    path = folder / name
    line = b"ada@shop.example" + b" " * 100_000 + b"\n"
    whole = b"email\n" + line * 160
    if name.endswith(".gz"):
        packed = gzip.compress(whole, 9)
        with path.open("wb") as file:
            for _ in range(TEN // len(whole) + 1):
                file.write(packed)
        return path
    # What zlib is made to forget can be repeated; so 10 GB need not be compressed.
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = squeeze.compress(whole) + squeeze.flush(zlib.Z_FULL_FLUSH)
    times = TEN // len(whole) + 1
    write_zip(path, piece * times + squeeze.flush(zlib.Z_FINISH), len(whole) * times)
    return path


def write_zip(path: Path, packed: bytes, size: int) -> None:
    """A zip of one member, `table.csv`, that is packed already; its checksum, which comes too late anyway, is 0."""
    name, large = b"table.csv", 0xFFFFFFFF
    more = struct.pack("<HHQQ", 1, 16, size, len(packed))
    about = struct.pack("<HHHHHLLLHH", 45, 0, 8, 0, 33, 0, large, large, len(name), len(more))
    local = b"PK\3\4" + about + name + more
    entry = b"PK\1\2" + struct.pack("<H", 45) + about + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name + more
    end = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), len(local) + len(packed), 0)
    path.write_bytes(local + packed + entry + end)


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.zip"])
def test_bombs_of_ten_gigabytes(tmp_path: Path, name: str) -> None:
    path = bomb(tmp_path, name)
    assert path.stat().st_size < 60_000_000
    code, _, told, megabytes = dry_run(tmp_path, name)
    assert code == 1
    assert "zip bomb" in told and told.count("\n") == 0
    assert megabytes < MOST_MB
