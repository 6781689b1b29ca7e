"""Splitting JSON that a strict parser refuses, so that one bad item never fails its batch.

No recursion: nesting is counted on an explicit stack, so depth costs bytes and not the interpreter's stack.
"""

import re

from regulars.model.rejection import Reason, Refused

_MARKS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]|"', re.DOTALL)
_KEY = re.compile(rb'\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*:', re.DOTALL)
_OPENS = {b"}": ord("{"), b"]": ord("[")}


def members(text: bytes) -> dict[str, bytes]:
    """The members of the object `text`, values as raw bytes; of a repeated name the last stands.

    Raises Refused (malformed) when brackets or strings do not close; values are not looked into.
    """
    found: dict[str, bytes] = {}
    for part in _parts(text, b"{", b"}"):
        key = _KEY.match(part)
        if key is None:
            raise Refused(Reason.MALFORMED, "$", "a member has no name in quotes; send JSON")
        found[key.group(1).decode("utf-8", "replace")] = part[key.end() :].strip()
    return found


def elements(text: bytes) -> list[bytes]:
    """The elements of the list `text` as raw bytes. Raises Refused (malformed) as `members` does."""
    return _parts(text, b"[", b"]")


def depth(text: bytes) -> int:
    """The deepest nesting of objects and lists in `text`, strings not counted."""
    level = deepest = 0
    for mark in _MARKS.finditer(text):
        token = mark.group()
        if token in (b"{", b"["):
            level += 1
            deepest = max(deepest, level)
        elif token in (b"}", b"]"):
            level -= 1
    return deepest


def _parts(text: bytes, opening: bytes, closing: bytes) -> list[bytes]:
    text = text.strip()
    if not text.startswith(opening):
        raise Refused(Reason.MALFORMED, "$", f"expected '{opening.decode()}' at the start; send one JSON object")
    stack = bytearray()
    parts: list[bytes] = []
    start = 1
    for mark in _MARKS.finditer(text):
        token = mark.group()
        if token in (b"{", b"["):
            stack += token
        elif token in _OPENS:
            if not stack or stack.pop() != _OPENS[token]:
                raise Refused(Reason.MALFORMED, "$", f"'{token.decode()}' closes nothing at byte {mark.start()}")
            if not stack:
                return _closed(text, parts, start, mark.start())
        elif token == b"," and len(stack) == 1:
            parts.append(text[start : mark.start()].strip())
            start = mark.end()
        elif token == b'"':
            raise Refused(Reason.MALFORMED, "$", f"the text starting at byte {mark.start()} has no closing quote")
    raise Refused(Reason.MALFORMED, "$", f"'{closing.decode()}' is missing: the JSON ends too early")


def _closed(text: bytes, parts: list[bytes], start: int, end: int) -> list[bytes]:
    if text[end + 1 :].strip():
        raise Refused(Reason.MALFORMED, "$", f"something follows the end of the JSON at byte {end + 1}")
    last = text[start:end].strip()
    if parts or last:
        parts.append(last)
    return parts
