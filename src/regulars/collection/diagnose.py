"""Why an item is refused: the place in it, and how to mend it, in words."""

import json
import re
from typing import Any

import msgspec

from regulars.model.rejection import Reason, Refused

_EXPECTED = re.compile(r"Expected `([^`]*)`, got `([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]*)`")
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_MOST_DIGITS = 4_000
"""Python itself reads no whole number of more than 4,300."""


class _NotFinite:
    """Stands where NaN or Infinity was written."""


class _Endless:
    """Stands where a whole number has too many digits to be one."""


def wrong_type(error: msgspec.ValidationError, under: str = "$") -> Refused:
    """The refusal of a field of the wrong type, from msgspec's words; `under` replaces the root of its path."""
    words, _, path = str(error).partition(" - at `")
    where = under + path.rstrip("`").removeprefix("$")
    missing = _MISSING.search(words)
    if missing:
        return Refused(Reason.MISSING_FIELD, f"{where}.{missing[1]}", f"'{missing[1]}' is missing; send it")
    expected = _EXPECTED.search(words)
    if not expected:
        return Refused(Reason.NOT_A_NUMBER, where, "the number is out of range; send it as text or leave it out")
    wanted = " or ".join(_WORDS.get(name, name) for name in expected[1].split(" | "))
    got = _WORDS.get(expected[2], expected[2])
    return Refused(Reason.WRONG_TYPE, where, f"expected {wanted}, got {got}; correct it or leave the field out")


def unreadable(raw: bytes, error: Exception, under: str = "$") -> Refused:
    """The refusal of JSON that a strict parser does not take; `raw` must not nest deeper than the limit."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        return Refused(Reason.BAD_CHARACTER, under, f"byte {bad.start} is not UTF-8; send UTF-8")
    try:
        value = json.loads(text, strict=False, parse_constant=lambda _: _NotFinite(), parse_int=_whole)
    except (ValueError, RecursionError) as bad:
        return Refused(Reason.MALFORMED, under, f"this is no JSON: {_short(bad)}")
    found = _search(value, under)
    if found is not None:
        return found
    control = re.search(r"[\x00-\x1f]", re.sub(r"[ \t\r\n]*([{}\[\],:])[ \t\r\n]*", r"\1", text))
    if control:
        return Refused(Reason.BAD_CHARACTER, under, "a control character stands unescaped in a text; escape it")
    return Refused(Reason.MALFORMED, under, f"this is no JSON: {_short(error)}")


def child(path: str, key: str | int) -> str:
    """The path of a member or an element, in printable ASCII."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    shown = json.dumps(key[:60])
    return f"{path}.{key}" if re.fullmatch(r"[A-Za-z_$][\w$-]{0,59}", key, re.ASCII) else f"{path}[{shown}]"


def has_surrogate(text: str) -> bool:
    """Whether half of a surrogate pair stands alone in `text`."""
    return not text.isascii() and re.search("[\ud800-\udfff]", text) is not None


def _whole(digits: str) -> object:
    return int(digits) if len(digits) <= _MOST_DIGITS else _Endless()


def _search(value: Any, path: str) -> Refused | None:
    if isinstance(value, _NotFinite) or (isinstance(value, float) and value in (float("inf"), float("-inf"))):
        return Refused(Reason.NOT_A_NUMBER, path, "NaN, Infinity and their like are no JSON; send null or leave it out")
    if isinstance(value, _Endless):
        return Refused(Reason.NOT_A_NUMBER, path, "the number has too many digits; send it as text")
    if isinstance(value, str) and has_surrogate(value):
        return Refused(Reason.BAD_CHARACTER, path, "half of a surrogate pair stands alone; send whole characters")
    if isinstance(value, dict):
        return _search_members(value, path)
    if isinstance(value, list):
        return next((bad for i, each in enumerate(value) if (bad := _search(each, child(path, i)))), None)
    return None


def _search_members(value: dict[str, Any], path: str) -> Refused | None:
    for key, each in value.items():
        if has_surrogate(key):
            return Refused(Reason.BAD_CHARACTER, child(path, key), "a field's name holds half a surrogate pair")
        if bad := _search(each, child(path, key)):
            return bad
    return None


def _short(error: Exception) -> str:
    return str(error)[:160].encode("ascii", "backslashreplace").decode().replace("\0", "\\0")
