"""Bad bytes first: what inflates too far, not at all, twice, or is no UTF-8."""

import gzip
import tracemalloc

import pytest

from regulars.collection.body import Unreadable, read_text
from regulars.collection.limits import MAX_BATCH
from regulars.model.rejection import Reason

BODY = b'{"batch": []}'


def refused(body: bytes, encoding: str = "gzip") -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_text(body, encoding)
    return caught.value


def test_truncated_gzip_keeps_what_could_be_read() -> None:
    body = gzip.compress(b'{"batch": [' + b'{"type":"page"},' * 2000)
    why = refused(body[:-20])
    assert why.reason is Reason.MALFORMED and "truncated" in why.message
    assert why.kept.startswith(b'{"batch": [')


@pytest.mark.parametrize("cut", [2, 3, 9, 10, 12])
def test_gzip_cut_in_its_header(cut: int) -> None:
    assert refused(gzip.compress(BODY)[:cut]).reason is Reason.MALFORMED


def test_broken_checksum() -> None:
    body = bytearray(gzip.compress(BODY))
    body[-6] ^= 255
    assert "broken" in refused(bytes(body)).message


def test_nested_gzip_is_named_and_shown_in_plain() -> None:
    why = refused(gzip.compress(gzip.compress(BODY)))
    assert "gzip inside gzip" in why.message and why.kept == BODY


def test_thrice_nested_gzip_keeps_nothing_compressed() -> None:
    assert refused(gzip.compress(gzip.compress(gzip.compress(BODY)))).kept == b""


def test_a_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    tracemalloc.start()
    why = refused(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert why.reason is Reason.TOO_LARGE and len(why.kept) == MAX_BATCH + 1
    assert peak < 4 * MAX_BATCH


def test_600_kb_are_too_large() -> None:
    assert refused(b" " * 600_000, "").reason is Reason.TOO_LARGE
    assert refused(gzip.compress(b" " * 600_000)).reason is Reason.TOO_LARGE


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_and_shown_as_utf_8(encoding: str) -> None:
    why = refused(BODY.decode().encode(encoding), "")
    assert why.reason is Reason.BAD_CHARACTER and BODY in why.kept


@pytest.mark.parametrize("body", [b"", b"  \n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_empty_bodies(body: bytes) -> None:
    assert "empty" in refused(body, "").message


def test_encodings_that_are_not_known_or_not_true() -> None:
    assert "br" in refused(BODY, "br").message
    assert "not" in refused(b"\x00\x01", "gzip").message


def test_what_is_taken() -> None:
    assert read_text(BODY) == read_text(b"\xef\xbb\xbf" + BODY) == BODY
    assert read_text(gzip.compress(BODY), "gzip") == BODY
    assert read_text(gzip.compress(BODY)) == BODY, "gzip without a header, as one SDK sends it"
    assert read_text(BODY, "gzip") == BODY, "inflated by a proxy that left the header"
    assert read_text(gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]) + b"\0\0", "GZIP") == BODY
    assert len(read_text(gzip.compress(b" " * (MAX_BATCH - 1) + b"1"))) == MAX_BATCH
