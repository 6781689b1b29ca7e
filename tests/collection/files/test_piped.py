"""What is piped in is read as a file would be, whatever it is; nothing of it is left behind."""

import gzip
import io
from pathlib import Path

import pytest

from regulars.collection.files.inputs import Input, inputs
from regulars.collection.files.piped import with_piped
from regulars.collection.report import ImportFailed


class Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def piped(content: bytes, format: str = "") -> list[Input]:
    with with_piped(["-"], format, io.BytesIO(content)) as names:
        found = inputs(names, format)
        assert found[0].path.read_bytes() == content
        assert found[0].path.stat().st_mode & 0o077 == 0 or found[0].path.parent.stat().st_mode & 0o077 == 0
    assert not found[0].path.exists()
    return found


@pytest.mark.parametrize(
    ("content", "format", "name", "read_as"),
    [
        (b"a;b\n1;2\n", "", "stdin.csv", "csv"), (b"a\tb\n", "tsv", "stdin.tsv", "tsv"),
        (b'\n {"a": 1}\n', "", "stdin.jsonl", "jsonl"), (b'\xef\xbb\xbf{"a": 1}\n', "", "stdin.jsonl", "jsonl"),
        (b"PAR1....", "", "stdin.parquet", "parquet"), (gzip.compress(b"a\n1\n", mtime=0), "", "stdin.csv.gz", "csv"),
        (gzip.compress(b'{"a": 1}\n', mtime=0), "", "stdin.jsonl.gz", "jsonl"),
        (b"\x1f\x8bbroken", "", "stdin.csv.gz", "csv"),
        (b"PK\x03\x04", "excel", "stdin.xlsx", "excel"),
    ],
)  # fmt: skip
def test_what_it_is_taken_for(content: bytes, format: str, name: str, read_as: str) -> None:
    (found,) = piped(content, format)
    assert (found.name, found.format) == (name, read_as)


@pytest.mark.parametrize(("stream", "words"), [(io.BytesIO(), "empty"), (Terminal(b"a"), "Nothing is piped in")])
def test_nothing_is_piped_in(stream: io.BytesIO, words: str) -> None:
    with pytest.raises(ImportFailed, match=words), with_piped(["-"], "", stream):
        pass


def test_names_alone_stay_as_they_are(tmp_path: Path) -> None:
    with with_piped([str(tmp_path)], "", Terminal()) as names:
        assert names == [str(tmp_path)]
