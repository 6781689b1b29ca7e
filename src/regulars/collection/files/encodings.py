"""Which encoding a file has: as the map says, as its first bytes say, UTF-8, or an error that names a likely one."""

import codecs
import io
from typing import Any, BinaryIO

from regulars.collection.report import ImportFailed

HEAD = 64 * 1024
"""Bytes looked at before reading begins."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_WIDE = ("utf-16", "utf-32")


class Text:
    """The bytes of a text file, its mark taken off, and the encoding of each line; wide ones are recoded to UTF-8."""

    def __init__(self, stream: BinaryIO, said: str, name: str) -> None:
        head = _read_head(stream)
        mark, found = next(((mark, each) for mark, each in _MARKS if head.startswith(mark)), (b"", ""))
        self.encoding = found or _named(said, name) or _told(head, name)
        rest: io.BufferedReader[Any] = io.BufferedReader(_Joined(head[len(mark) :], stream), HEAD)
        if self.encoding.startswith(_WIDE):
            rest = io.BufferedReader(_Recoded(rest, self.encoding, name), HEAD)
            self.encoding = "utf-8"
        self.stream = rest

    def check(self, line: bytes) -> str:
        """The text of a line; raises UnicodeError, also where bytes said to be of one byte each are plainly UTF-8."""
        text = line.decode(self.encoding)
        if not text.isascii() and self.encoding != "utf-8" and _is_utf8(line):
            raise UnicodeError(f"is UTF-8, unlike the rest, which is {self.encoding}")
        return text


def _read_head(stream: BinaryIO) -> bytes:
    head = b""
    while len(head) < HEAD and (piece := stream.read(HEAD - len(head))):
        head += piece
    return head


def _named(said: str, name: str) -> str:
    if not said:
        return ""
    try:
        return codecs.lookup(said).name.removesuffix("-sig")
    except LookupError:
        raise ImportFailed(f"{name}: no encoding is called '{said}'", "Write one such as utf-8 or cp1250") from None


def _told(head: bytes, name: str) -> str:
    """UTF-8, if most lines with other than ASCII letters are; single lines that are not are flagged later."""
    if b"\0" in head:
        raise ImportFailed(
            f"{name} is no text", "Give CSV, TSV, JSON lines, Excel or Parquet, or state [file] encoding"
        )
    lines = [line for line in head.splitlines()[: -1 if len(head) == HEAD else None] if not line.isascii()]
    if not lines or sum(map(_is_utf8, lines)) * 2 >= len(lines):
        return "utf-8"
    # Slow to load, and of use to few.
    from charset_normalizer import from_bytes

    best = from_bytes(head).best()
    likely = f"it may be {best.encoding}" if best else "nothing says which it is"
    raise ImportFailed(
        f"{name} is not UTF-8; {likely}", 'Look at its letters, and state [file] encoding = "…" in the map'
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


class _Joined(io.RawIOBase):
    """What was read already, then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._head[: len(buffer)] if self._head else self._rest.read(len(buffer))
        self._head = self._head[len(piece) :] if self._head else self._head
        buffer[: len(piece)] = piece
        return len(piece)


class _Recoded(io.RawIOBase):
    """A wide encoding as UTF-8."""

    def __init__(self, stream: BinaryIO, encoding: str, name: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._name = name
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = self._stream.read(HEAD)
            try:
                self._left = self._decoder.decode(piece, final=not piece).encode("utf-8", "surrogatepass")
            except UnicodeDecodeError as error:
                raise ImportFailed(
                    f"{self._name} breaks off within a letter ({error.reason})", "Export it again"
                ) from None
            if not piece:
                break
        piece, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)
