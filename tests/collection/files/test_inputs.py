"""Which files are meant, how they are unpacked, and what is refused: bombs, broken archives, files being written."""

import gzip
import io
import os
import sys
import zipfile
from pathlib import Path

import pytest
from support.files import NOW, SECRET, taken, write

from regulars.collection.files.inputs import Meter, inputs, opened, written
from regulars.collection.files.mapfile import parse_map
from regulars.collection.files.read import Reader
from regulars.collection.report import ImportFailed

MAP = """
kind = "customers"
source = "shop"
[ids]
email = "email"
"""
TEXT = b"email\na@x.cz\nb@x.cz\n"


def count(*files: Path) -> int:
    events, problems, _ = taken(MAP, *files)
    assert not problems
    return len(events)


def archive(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("_", "."), content)
    return path


def test_packed(tmp_path: Path) -> None:
    packed = write(tmp_path, "a.csv.gz", gzip.compress(TEXT, mtime=0) + gzip.compress(b"c@x.cz\n"))
    zipped = archive(tmp_path / "b.zip", a_csv=TEXT, b_csv=TEXT, notes_md=b"x")
    assert count(packed) == 3
    assert count(zipped) == 4


def test_folders_and_patterns(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.txt.part", ".hidden.csv", "~$b.xlsx", "notes.md"):
        write(tmp_path, name, TEXT)
    assert [each.name for each in inputs([str(tmp_path)])] == ["a.csv", "b.csv"]
    assert [each.name for each in inputs([str(tmp_path / "*.csv"), str(tmp_path / "a.csv")])] == ["a.csv", "b.csv"]
    assert count(tmp_path) == 4


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"), ("a.doc", TEXT, "tells no format"), ("a.csv.part", TEXT, "still being written"),
        ("~$a.xlsx", TEXT, "still being written"), ("a.zip", TEXT, "no zip archive"),
        ("a.csv.gz", gzip.compress(TEXT, mtime=0)[:-9], "cannot be unpacked"),
        ("a.csv.gz", b"\x1f\x8b" + TEXT, "cannot be unpacked"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(ImportFailed, match=words):
        count(write(tmp_path, name, content))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="There is no file"):
        inputs([str(tmp_path / "a.csv")])
    with pytest.raises(ImportFailed, match="nothing to import"):
        inputs([str(tmp_path)])
    with pytest.raises(ImportFailed, match="is no file"):
        os.mkfifo(tmp_path / "a.csv")
        inputs([str(tmp_path / "a.csv")])


def test_archives_in_archives_are_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as made:
        made.writestr("a.csv", TEXT)
    with pytest.raises(ImportFailed, match="holds no CSV"):
        inputs([str(archive(tmp_path / "a.zip", b_zip=inner.getvalue()))])


@pytest.mark.parametrize("name", ["bomb.csv.gz", "bomb.zip"])
def test_bombs(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    line = b"a@x.cz" + b" " * 200_000 + b"\n"
    if name.endswith(".gz"):
        with gzip.open(path, "wb") as packed:
            packed.write(b"email\n")
            for _ in range(500):
                packed.write(line)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, made.open("a.csv", "w") as member:
            member.write(b"email\n")
            for _ in range(500):
                member.write(line)
    assert path.stat().st_size < 200_000
    with pytest.raises(ImportFailed, match="zip bomb"):
        taken(MAP, path)


def test_a_locked_archive(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", a_csv=TEXT)
    raw = bytearray(path.read_bytes())
    # The flag of encryption, in the member's own header and in the directory.
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(ImportFailed, match="password"):
        count(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_a_file_that_somebody_writes(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", TEXT)
    with path.open("ab"), pytest.raises(ImportFailed, match="still being written"):
        written(path)
    assert written(path)[0] == len(TEXT)


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", TEXT)
    found = Reader(parse_map(MAP, "test"), SECRET, NOW).found(inputs([str(path)]))
    next(found)
    with path.open("ab") as file:
        file.write(b"c@x.cz\n")
    with pytest.raises(ImportFailed, match="written to while it was read"):
        list(found)


def test_meter(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv.gz", gzip.compress(TEXT * 10_000, mtime=0))
    meter = Meter(path.stat().st_size)
    with opened(inputs([str(path)])[0], meter) as stream:
        assert stream.read(10) == TEXT[:10]
        assert 0 < meter.done <= meter.total
