"""What stands between Liquid's braces and what does not: **bold**, [links](address), and where a sentence ends."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from liquid.lex import compile_liquid_rules

from regulars.messaging.render.sandbox import BOLD, PLAIN

_LIQUID: Final = compile_liquid_rules()
"""The library's own rules, so that it and this page never see another thing in one text."""
_PARTS: Final = ("RAW", "DOC", "TAG", "output")
_VALUE, _TAG, _END = "\ue000", "\ue004", "\ue001"
_OURS: Final = re.compile("[\ue000-\ue00f]")
_HELD: Final = re.compile(f"[{_VALUE}{_TAG}](\\d+){_END}")
_BOLD: Final = re.compile(f"\\*\\*([^*{_TAG}\n]+)\\*\\*")
_LINK: Final = re.compile(f"\\[([^\\[\\]{_TAG}\n]+)\\]\\(([^()\\s{_TAG}]+)\\)")
_STOP: Final = re.compile(f"(?:[.!?…][\"'”’){PLAIN}]*(?=\\s|$)|\n)\\s*")
_SHORT: Final = ("e.g.", "i.e.", "etc.", "approx.", "incl.", "excl.", "no.", "st.", "mr.", "mrs.", "ms.", "dr.")
_NAME: Final = re.compile(r"\{%-?\s*(end)?(\w+)")
_OPENS: Final = frozenset(("if", "unless", "case", "for", "link"))


class BadMark(ValueError):
    """A text holds what it may not; the message says what."""


class Marked(msgspec.Struct, frozen=True):
    """A text in which each piece of Liquid is a mark and a number, and bold and links are marked too."""

    marked: str
    held: tuple[str, ...]

    def restored(self, part: str) -> str:
        """A part of it as Liquid reads it."""
        return _HELD.sub(lambda found: self.held[int(found[1])], part)


def marked(source: str) -> Marked:
    """Mark a text. Raises BadMark."""
    if _OURS.search(source):
        raise BadMark("holds a character that stands for nothing (U+E000 to U+E00F)")
    held: list[str] = []

    def hold(piece: str, kind: str = _TAG) -> str:
        held.append(piece)
        return f"{kind}{len(held) - 1}{_END}"

    def linked(found: re.Match[str]) -> str:
        return f"{hold('{% link %}')}{found[1]}{hold('{% to %}')}{found[2]}{hold('{% endlink %}')}"

    pieces = [
        hold(found.group(), _VALUE if found.lastgroup == "output" else _TAG)
        if found.lastgroup in _PARTS
        else found.group()
        for found in _LIQUID.finditer(source)
    ]
    text = _BOLD.sub(f"{BOLD}\\1{PLAIN}", "".join(pieces))
    return Marked(_LINK.sub(linked, text), tuple(held))


def sentences(text: Marked) -> Iterator[str]:
    """Its sentences, each with the space behind it; what stands inside a tag such as `if` is not parted."""
    depth, start = 0, 0
    for found in re.finditer(f"{_HELD.pattern}|{_STOP.pattern}", text.marked):
        if found[1] is not None:
            depth = max(0, depth + _step(text.held[int(found[1])]))
        elif not depth and not _shortened(text.marked[start : found.end()]):
            yield text.marked[start : found.end()]
            start = found.end()
    if start < len(text.marked):
        yield text.marked[start:]


def _step(piece: str) -> int:
    found = _NAME.match(piece)
    if found is None or found[2] not in _OPENS:
        return 0
    return -1 if found[1] else 1


def _shortened(sentence: str) -> bool:
    words = sentence.rstrip(" ").lower().split()
    return not sentence.endswith("\n") and bool(words) and words[-1].lstrip("(") in _SHORT
