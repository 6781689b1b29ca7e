"""Delimited text that is broken: the broken row is flagged, the rest is taken."""

from pathlib import Path

import pytest
from support.files import taken, write

from regulars.collection.report import ImportFailed
from regulars.model.rejection import Reason

MAP = """
kind = "customers"
source = "shop"
[ids]
email = "email"
[traits]
name = "name"
city = "city"
"""
HEAD = "email,name,city\n"


def names(folder: Path, text: str | bytes, name: str = "a.csv", map: str = MAP) -> list[str]:
    events, problems, _ = taken(map, write(folder, name, text))
    assert not problems
    return [event["traits"].get("name", "") for _, event in events]


def flagged(folder: Path, text: str | bytes, map: str = MAP) -> tuple[list[int], list[tuple[int, Reason]]]:
    events, problems, _ = taken(map, write(folder, "a.csv", text))
    return [row for row, _ in events], [(each.row, each.reason) for each in problems]


def test_plain(tmp_path: Path) -> None:
    assert names(tmp_path, HEAD + "a@x.cz,Ada,Brno\n\n   \nb@x.cz,Ben,\n") == ["Ada", "Ben"]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
def test_byte_order_mark(tmp_path: Path, mark: bytes) -> None:
    assert names(tmp_path, mark + HEAD.encode() + "a@x.cz,Zoë,Brno\n".encode()) == ["Zoë"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_wide_encodings(tmp_path: Path, encoding: str) -> None:
    text = (HEAD + "a@x.cz,Zoë,Brno\n" * 30_000).encode(encoding)
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert names(tmp_path, mark + text) == ["Zoë"] * 30_000


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, end: str) -> None:
    text = (HEAD + "a@x.cz,Ada,Brno\n").replace(",", delimiter).replace("\n", end)
    assert names(tmp_path, text) == ["Ada"]
    assert names(tmp_path, f"sep={delimiter}{end}{text}") == ["Ada"]


def test_quotes_within(tmp_path: Path) -> None:
    text = HEAD + 'a@x.cz,"Ada ""the\nfirst"", of\nBrno",Brno\nb@x.cz,6" Ben,x\n'
    assert names(tmp_path, text) == ['Ada "the\nfirst", of\nBrno', '6" Ben']


def test_a_quote_that_is_not_closed_spoils_its_row_only(tmp_path: Path) -> None:
    rows = "".join(f"u{n}@x.cz,Name,Brno\n" for n in range(2_000))
    text = HEAD + 'a@x.cz,"Ada,Brno\n' + rows + 'z@x.cz,"open again\nb@x.cz,Ben,x\n'
    good, bad = flagged(tmp_path, text)
    assert bad == [(2, Reason.MALFORMED), (2003, Reason.MALFORMED)]
    assert good == [*range(3, 2003), 2004]


def test_text_behind_a_quote(tmp_path: Path) -> None:
    assert flagged(tmp_path, HEAD + 'a@x.cz,"Ada"x,Brno\nb@x.cz,Ben,x\n') == ([3], [(2, Reason.MALFORMED)])


def test_ragged_rows(tmp_path: Path) -> None:
    text = HEAD + "a@x.cz,Ada\nb@x.cz,Ben,x,y\nc@x.cz,Cleo,x,,\nd@x.cz,Dan,x"
    assert flagged(tmp_path, text) == ([4, 5], [(2, Reason.MALFORMED), (3, Reason.MALFORMED)])


def test_a_file_that_ends_within_a_row_says_so(tmp_path: Path) -> None:
    _, problems, _ = taken(MAP, write(tmp_path, "a.csv", HEAD + "a@x.cz,Ada,Brno\nb@x.cz,Be"))
    assert [each.row for each in problems] == [3]
    assert "is it still being written?" in problems[0].message


def test_bytes_that_are_not_the_encoding_are_flagged(tmp_path: Path) -> None:
    text = (HEAD + "a@x.cz,Zoë,Brno\n").encode() + "b@x.cz,Zoë,Brno\n".encode("latin-1") + b"c@x.cz,Cleo,x\n"
    assert flagged(tmp_path, text) == ([2, 4], [(3, Reason.BAD_CHARACTER)])


def test_utf8_in_a_file_of_single_bytes_is_flagged(tmp_path: Path) -> None:
    map = MAP.replace("[ids]", '[file]\nencoding = "cp1250"\n[ids]')
    text = HEAD.encode() + "a@x.cz,Dvořák,Brno\n".encode("cp1250") + "b@x.cz,Dvořák,Brno\n".encode()
    assert flagged(tmp_path, text, map) == ([2], [(3, Reason.BAD_CHARACTER)])


def test_another_encoding_is_named_not_guessed(tmp_path: Path) -> None:
    text = HEAD + "".join(f"u{n}@x.cz,Jiří Dvořák,Žďár nad Sázavou\n" for n in range(50))
    with pytest.raises(ImportFailed, match=r"is not UTF-8; it may be \w+.*encoding"):
        taken(MAP, write(tmp_path, "a.csv", text.encode("cp1250")))


def test_utf8_said_to_be_so(tmp_path: Path) -> None:
    map = MAP.replace("[ids]", '[file]\nencoding = "utf-8-sig"\n[ids]')
    assert names(tmp_path, HEAD + "a@x.cz,Zoë,Brno\n", map=map) == ["Zoë"]


def test_a_cell_of_many_letters(tmp_path: Path) -> None:
    text = HEAD + f"a@x.cz,{'x' * 140_000},Brno\nb@x.cz,Ben,x\n"
    assert flagged(tmp_path, text) == ([3], [(2, Reason.TOO_LARGE)])


def test_an_unknown_encoding(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="no encoding is called 'utf-9'"):
        taken(MAP.replace("[ids]", '[file]\nencoding = "utf-9"\n[ids]'), write(tmp_path, "a.csv", HEAD))


def test_what_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="is no text"):
        taken(MAP, write(tmp_path, "a.csv", bytes(range(256))))


def test_an_endless_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(HEAD.encode() + b"a@x.cz,Ada,Brno\n")
        for _ in range(64):
            file.write(b"x" * 1024 * 1024)
        file.write(b"\nb@x.cz,Ben,x\n")
    events, problems, _ = taken(MAP, path)
    assert [row for row, _ in events] == [2, 4]
    assert [(each.row, each.reason) for each in problems] == [(3, Reason.TOO_LARGE)]


def test_renamed_and_doubled_columns(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="no column 'city'; did you mean 'citi'"):
        taken(MAP, write(tmp_path, "a.csv", "email,name,citi\n"))
    with pytest.raises(ImportFailed, match="'name' 2 times"):
        taken(MAP, write(tmp_path, "b.csv", "email,name,city,name\n"))


def test_header_further_down_and_none(tmp_path: Path) -> None:
    map = MAP.replace("[ids]", "[file]\nheader = 3\n[ids]")
    assert names(tmp_path, "Report\nof March\n" + HEAD + "a@x.cz,Ada,Brno\n", map=map) == ["Ada"]
    map = MAP.replace("[ids]", '[file]\ncolumns = ["email", "name", "city"]\n[ids]')
    assert names(tmp_path, "a@x.cz,Ada,Brno\nb@x.cz,Ben,x\n", map=map) == ["Ada", "Ben"]


def test_tabs(tmp_path: Path) -> None:
    text = 'email\tname\tcity\na@x.cz\tAda 6" x\tBrno\n'
    assert names(tmp_path, text, "a.tsv") == ['Ada 6" x']


def test_nul_bytes_stay_in_their_row(tmp_path: Path) -> None:
    events, problems, _ = taken(
        MAP.replace("[ids]", '[file]\nencoding = "utf-8"\n[ids]'),
        write(tmp_path, "a.csv", HEAD + "a@x.cz,A\0da,Brno\nb@x.cz,Ben,x\n"),
    )
    assert len(events) + len(problems) == 2
