"""How names and what is typed to find them are spelt alike: small letters without accents, and ids without gaps."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LONGEST: Final = 2_000
"""How many characters of words one customer has at most."""
MOST_WORDS: Final = 8

_GAPS: Final = re.compile(r"[\s\-./()]+")
_WORD: Final = re.compile(r"\w+")
_NUMBER: Final = re.compile(r"\+?[\d\s\-./()]{3,}")


def plain(text: str) -> str:
    """Small letters without accents, with single spaces: `Jürgen  GROSS` is `jurgen gross`, as is `Jurgen Groß`."""
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in apart if not unicodedata.combining(each)).split())


def name_words(name: str) -> frozenset[str]:
    """The words of a name by which a misspelling of it is recognised."""
    return frozenset(word[:50] for word in _WORD.findall(plain(name)) if len(word) > 2)


def search_words(names: Iterable[str], values: Iterable[str]) -> str:
    """All that somebody is found by, each thing after a space."""
    told = dict.fromkeys(" ".join(names).split())
    for value in values:
        told[plain(value).replace(" ", "")] = None
    return f" {' '.join(told)}"[:LONGEST]


def terms(text: str) -> list[str]:
    """What must all be found in somebody's words: the longest few words of what was typed, a number as one."""
    # A number is kept in its international form, without the nought that is dialled at home.
    number = _NUMBER.fullmatch(text.strip())
    found = [_GAPS.sub("", text).lstrip("+0") or "0"] if number else plain(text).split()
    return sorted(set(found), key=lambda word: (-len(word), word))[:MOST_WORDS]


def pattern(term: str) -> str:
    """The pattern that finds a term: anywhere, but one that is too short for the index only where a word begins."""
    escaped = re.sub(r"([\\%_])", r"\\\1", term)
    return f"%{escaped}%" if len(term) > 2 else f"% {escaped}%"
