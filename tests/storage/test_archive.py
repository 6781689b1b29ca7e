"""The archive: whatever is cut off, altered, appended or foreign is refused; what is whole comes back as it was."""

import io
import os
import tarfile
from pathlib import Path

import pytest
import zstandard

from regulars.storage import archive
from regulars.storage.archive import ArchiveError, Writer, check, entries


def write(path: Path, rows: int = 40_000) -> bytes:
    """An archive of one file and two tables, one of them empty; returns the table's bytes."""
    row = os.urandom(100)
    with path.open("wb") as file:
        writer = Writer(file)
        writer.add_file("secret", b"s" * 64)
        writer.add_table("log", (bytes(row) for _ in range(rows)))
        writer.rows["log"] = rows
        writer.add_table("none", ())
        writer.rows["none"] = 0
        writer.close()
    return row * rows


def refused(path: Path) -> str:
    with pytest.raises(ArchiveError) as error:
        check(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert "cannot be read" in refused(path)
    assert "cannot be read" in refused(tmp_path)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as made:
        made.addfile(tarfile.TarInfo("letter"))
    compress = zstandard.ZstdCompressor().compress
    for content in (
        b"",
        b"x",
        os.urandom(5000),
        tar.getvalue(),
        compress(b"a letter" * 1000),
        compress(tar.getvalue()),
    ):
        path.write_bytes(content)
        assert "is no back-up of Regulars" in refused(path)


def test_an_archive_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    write(whole, 3000)
    content = whole.read_bytes()
    for length in (*range(0, len(content), 997), *range(len(content) - 20, len(content))):
        cut.write_bytes(content[:length])
        refused(cut)


def test_an_archive_with_any_bit_altered_is_refused(tmp_path: Path) -> None:
    """Some bits of a compressed file have no meaning: then what comes out is the same, to the bit."""
    whole, altered = tmp_path / "whole", tmp_path / "altered"
    write(whole, 3000)
    content = whole.read_bytes()
    same, n = check(whole), 0
    for place in (*range(0, len(content), 7), *range(len(content) - 20, len(content))):
        altered.write_bytes(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
        try:
            assert check(altered) == same
        except ArchiveError as error:
            assert "damaged" in str(error) or "no back-up" in str(error)
            n += 1
    assert n > 50


def test_what_was_appended_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "whole"
    write(path, 10)
    path.write_bytes(path.read_bytes() + b"x")
    assert "appended" in refused(path)


def test_a_manifest_that_says_otherwise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "whole"
    write(path, 10)
    tar = zstandard.ZstdDecompressor().decompressobj().decompress(path.read_bytes())
    for old, new in ((b"ssss", b"tsss"), (b'"rows":10', b'"rows":1x'), (b"tables/none", b"tables/nine")):
        path.write_bytes(zstandard.ZstdCompressor().compress(tar.replace(old, new, 1)))
        refused(path)


def test_what_is_written_comes_back_in_bounded_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "PART_BYTES", 1 << 20)
    path = tmp_path / "whole"
    rows = write(path)
    contents = check(path)
    assert contents.files["secret"] == b"s" * 64
    assert {name: entry.rows for name, entry in contents.tables.items()} == {"log": 40_000, "none": 0}
    found = {}
    for name, chunks in entries(path):
        pieces = list(chunks)
        assert all(len(piece) <= archive.READ_BYTES for piece in pieces)
        found[name] = b"".join(pieces)
    assert found["tables/log"] == rows
    assert found["tables/none"] == b""
    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as plain:
        names = tarfile.open(fileobj=io.BytesIO(plain.read())).getnames()  # noqa: SIM115
    assert names == ["secret", *(f"tables/log/{n:08}" for n in range(4)), "tables/none/00000000", "manifest.json"]
