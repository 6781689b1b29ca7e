"""From the bytes on the wire to JSON text: inflation with a bound, and what is not UTF-8."""

import zlib

from regulars.collection.limits import MAX_BATCH, MAX_KEPT
from regulars.model.rejection import Reason, Refused

GZIP_MAGIC = b"\x1f\x8b"
UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_STARTS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"{\0": "utf-16-le", b"\0{": "utf-16-be"}
_STEP = 64 * 1024


class Unreadable(Refused):
    """A request of which no item can be read; `kept` is what can be shown of it, as plain text (not yet redacted)."""

    def __init__(self, reason: Reason, message: str, kept: bytes, where: str = "$") -> None:
        super().__init__(reason, where, message)
        self.kept = kept


def read_text(body: bytes, content_encoding: str = "", limit: int = MAX_BATCH) -> bytes:
    """The JSON bytes of a request, inflated and without a byte order mark; at most `limit` bytes.

    Raises Unreadable: empty, oversized, truncated or nested gzip, an unknown encoding, UTF-16. Single bytes that are
    not UTF-8 are left for the item they stand in.
    """
    text = inflate(body, content_encoding, limit)
    if len(text) > limit:
        raise Unreadable(Reason.TOO_LARGE, f"the body is longer than {limit} bytes; send smaller batches", text)
    text = text.removeprefix(UTF8_BOM)
    if text[:2] in _UTF16_STARTS:
        kept = text.decode(_UTF16_STARTS[text[:2]], "replace").encode("utf-8", "replace")
        raise Unreadable(Reason.BAD_CHARACTER, "the body is UTF-16; send UTF-8", kept)
    if not text or text.isspace():
        raise Unreadable(Reason.MALFORMED, "the body is empty; send one JSON object", b"")
    return text


def inflate(body: bytes, content_encoding: str, limit: int) -> bytes:
    """`body` inflated as `content_encoding` says, or as its first bytes say (one SDK sends gzip without a header).

    Never holds more than `limit` + 1 bytes of output: the caller finds a bomb by that length, gzip that is refused
    here raises Unreadable. Several gzip members in a row are one body (RFC 1952, 2.2).
    """
    encoding = content_encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Unreadable(Reason.MALFORMED, f"content encoding '{encoding[:40]}' is not known; send gzip or none", b"")
    if not body.startswith(GZIP_MAGIC):
        # A proxy may have inflated the body and left the header: what is plainly JSON is taken as such.
        if encoding in ("", "identity") or body.lstrip()[:1] in (b"{", b"[", b""):
            return body
        raise Unreadable(Reason.MALFORMED, "the body is said to be gzip and is not; send gzip or drop the header", body)
    text, whole = _gunzip(body, limit + 1)
    if text.startswith(GZIP_MAGIC):
        raise Unreadable(Reason.MALFORMED, "the body is gzip inside gzip; compress it once", _readable(text))
    if not whole and len(text) <= limit:
        raise Unreadable(Reason.MALFORMED, "the gzip body is truncated or broken; send it again", text)
    return text


def _gunzip(body: bytes, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes of the inflated members, and whether they ended properly."""
    out = bytearray()
    rest = body
    while rest and len(out) < limit:
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            while not member.eof and len(out) < limit:
                piece = member.decompress(rest, min(_STEP, limit - len(out)))
                rest = member.unconsumed_tail
                out += piece
                if not piece and not rest and not member.eof:
                    return bytes(out), False
        except zlib.error:
            return bytes(out), False
        if member.eof:
            # Zeros after the last member are padding, which gzip itself ignores too.
            rest = member.unused_data.lstrip(b"\0")
    return bytes(out), not rest and bool(body)


def _readable(inner: bytes) -> bytes:
    """What can be shown of nested gzip: compressed bytes would carry card numbers past redaction."""
    text, _ = _gunzip(inner, MAX_KEPT)
    return b"" if text.startswith(GZIP_MAGIC) else text
