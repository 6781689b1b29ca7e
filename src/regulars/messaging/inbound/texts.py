"""Words out of an e-mail that anybody may have made: headers and parts in whatever coding they claim, boundedly."""

import binascii
import codecs
import html
import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import Any, Final

LONGEST_HEADER: Final = 2_000
_TEXTS: Final = (
    "utf-8", "ascii", "iso8859", "cp125", "cp437", "cp85", "cp932", "cp949", "koi8", "gb", "hz", "big5", "shift_jis",
    "euc_", "iso2022", "utf-16", "utf-32", "mac", "johab", "tis-620", "ptcp154", "kz1048",
)  # fmt: skip
"""Character sets of human languages. Python has other codecs too, some of which take hours for a megabyte."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^>]{0,200}>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(style|script|title|head)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,4000}>")
_EMPTY_LINES = re.compile(r"\n\s*\n\s*\n+")

_MARKS = re.compile(
    r"^[ \t]*(?:-{2,} ?(?:original message|urspr.ngliche nachricht|message d'origine|forwarded message)|_{20,}[ \t]*$)",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r".{0,300}?\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|napsal|schreef)\b.{0,120}:\s*", re.IGNORECASE
)


def header(value: object) -> str:
    """A header's words in one line, however they are coded."""
    text = str(value or "")[:LONGEST_HEADER]
    if not text.isascii():
        # Bytes that a header may not hold, as they came.
        text = decoded(text.encode("utf-8", "surrogateescape"), None)
    try:
        parts = decode_header(text)
    except (HeaderParseError, binascii.Error, ValueError, TypeError):
        return _plain(text)
    return _plain("".join(part if isinstance(part, str) else decoded(part, charset) for part, charset in parts))


def _plain(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())


def decoded(raw: bytes, charset: str | None) -> str:
    """Bytes as text: as they say they are coded, else as UTF-8, else as Windows has Western languages."""
    for name in (charset, "utf-8"):
        if name and _is_text(name):
            try:
                return raw.decode(name)
            except (UnicodeError, LookupError):
                continue
    return raw.decode("cp1252", "replace")


def _is_text(name: str) -> bool:
    try:
        return codecs.lookup(name).name.startswith(_TEXTS)
    except (LookupError, ValueError):
        return False


def part_text(part: "Message[Any, Any]", longest: int) -> tuple[str, bool]:
    """The text of a part, of HTML the words; whether it was cut."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return "", False
    charset = part.get_content_charset()
    # HTML has more around its words.
    most = longest * (20 if part.get_content_type() == "text/html" else 4)
    text = decoded(raw[:most], charset)
    if part.get_content_type() == "text/html":
        text = words_of_html(text)
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text[:longest], len(raw) > most or len(text) > longest


def words_of_html(text: str) -> str:
    """What a reader of HTML sees, without markup."""
    # By hand: parsers take minutes for tags that are never closed, and what comes out is only ever shown as text.
    bare = _TAG.sub(" ", _BREAKS.sub("\n", _HIDDEN.sub(" ", text)))
    return _EMPTY_LINES.sub("\n\n", html.unescape(bare))


def own_words(text: str) -> str:
    """A reply without the message that it quotes below itself; all of it where nothing else is left."""
    lines = text.split("\n")
    kept = len(lines)
    for number, line in enumerate(lines):
        quoted = number + 1 < len(lines) and any(
            each.lstrip().startswith(">") for each in lines[number + 1 : number + 4]
        )
        if _MARKS.match(line[:200]) or (_WROTE.fullmatch(line[:400]) and (quoted or number)):
            kept = number
            break
    while kept and (not lines[kept - 1].strip() or lines[kept - 1].lstrip().startswith(">")):
        kept -= 1
    return "\n".join(lines[:kept]).strip() or text
