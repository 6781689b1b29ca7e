"""Masking one person's identifier values in what others sent."""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import phonenumbers

from regulars.identity.blocked import Policy
from regulars.identity.normalise import MAX_VALUE, normalise
from regulars.model.identifier import Identifier

MASK: Final = "[erased]"
"""Stands where a value was; as an identifier it is a placeholder and points at nobody."""

SHORTEST: Final = 6
"""Values of fewer characters are masked where identifiers stand only: elsewhere they may be anything."""

# Where an identifier stands, and of which types it may be; None is any.
_PLACES: Final[dict[str, tuple[str, ...] | None]] = {
    "userId": ("user_id",),
    "anonymousId": ("anonymous_id",),
    "previousId": ("user_id", "anonymous_id"),
    "email": ("email",),
    "phone": ("phone",),
    "loyalty_id": ("loyalty_id",),
    "externalIds.id": None,
}
_OF_A_GROUP: Final = ("user_id", "anonymous_id")
_BETWEEN_DIGITS: Final = r"[\s().\-/]{0,3}"
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Masker:
    """Knows the values of one person; pure, and built once for a whole log."""

    def __init__(self, identifiers: Iterable[Identifier], policy: Policy) -> None:
        self._identifiers = sorted(identifiers)
        self._policy = policy
        self._patterns = {each: _pattern(each) for each in self._identifiers if len(each.value) >= SHORTEST}
        self._any = _one_of(self._patterns.values())

    def finds(self, body: bytes) -> bool:
        """Whether any value that can be told from other words stands in these bytes."""
        return self._any is not None and self._any.search(_plain(body)) is not None

    def masked(self, item: bytes, group: str, own: Iterable[Identifier] = ()) -> bytes:
        """The JSON `item` of a source of this id group with the values masked; the same bytes where none is in it.

        `own` are identifiers on the item that are somebody else's: their values stay, also where one of the erased
        has the same in another id space. What is no JSON is masked as plain text.
        """
        kept = {each.value for each in own if each not in self._identifiers}
        wanted = [each for each in self._identifiers if each.value not in kept]
        pattern = self._any if not kept else _one_of(self._patterns[each] for each in wanted if each in self._patterns)
        placed = [each for each in wanted if each.type not in _OF_A_GROUP or each.space == group]
        mask = _Mask(placed, pattern, self._policy)
        try:
            value = _decode(item)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            text = item.decode("utf-8", "surrogateescape")
            return mask.text(text).encode("utf-8", "surrogateescape")
        changed = mask.walk(value, "")
        return item if not mask.found else _encode(changed)


class _Mask:
    """One walk through one JSON value."""

    def __init__(self, placed: list[Identifier], pattern: "re.Pattern[str] | None", policy: Policy) -> None:
        self._placed = placed
        self._pattern = pattern
        self._policy = policy
        self.found = False

    def walk(self, value: Any, place: str) -> Any:
        if isinstance(value, str):
            return self._string(value, place)
        if isinstance(value, dict):
            return {self.text(name): self.walk(each, _below(place, name)) for name, each in value.items()}
        if isinstance(value, list):
            return [self.walk(each, place) for each in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, place)
        return value

    def text(self, text: str) -> str:
        if self._pattern is None:
            return text
        masked, n = self._pattern.subn(MASK, text)
        self.found = self.found or n > 0
        return masked

    def _string(self, text: str, place: str) -> str:
        if place in _PLACES and self._is_placed(text, place):
            self.found = True
            return MASK
        return self.text(text)

    def _number(self, number: int | float, place: str) -> Any:
        # Elsewhere a number is an amount or a count, whatever digits it has, unless it is a long whole one.
        text = str(int(number)) if float(number).is_integer() else ""
        if place in _PLACES and text and self._is_placed(text, place):
            self.found = True
            return MASK
        if isinstance(number, int) and len(text) >= 8 and self.text(text) != text:
            return MASK
        return number

    def _is_placed(self, text: str, place: str) -> bool:
        if len(text) > MAX_VALUE:
            return False
        types = _PLACES[place]
        return any(
            normalise(each.type, text, self._policy).value == each.value
            for each in self._placed
            if types is None or each.type in types
        )


def _below(place: str, name: str) -> str:
    return "externalIds.id" if place == "externalIds" and name == "id" else name


def _plain(body: bytes) -> str:
    """Text with the escapes taken out that JSON writers put in by habit."""
    text = body.decode("utf-8", "replace")
    if "\\u" in text:
        text = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), text)
    return text.replace("\\/", "/") if "\\/" in text else text


_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")


def _pattern(identifier: Identifier) -> str:
    value = re.escape(identifier.value)
    if identifier.type == "phone":
        return "|".join(rf"(?<!\d){spelling}(?!\d)" for spelling in _phone_spellings(identifier.value))
    if identifier.type == "email":
        return rf"(?<![\w.+-]){value}(?![\w-]|\.\w)"
    if identifier.type == "loyalty_id":
        value = r"[\s-]?".join(re.escape(each) for each in identifier.value)
    return rf"(?<!\w){value}(?!\w)"


def _phone_spellings(value: str) -> list[str]:
    digits = [value.lstrip("+")]
    try:
        national = phonenumbers.national_significant_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        national = ""
    if len(national) >= SHORTEST:
        digits.append(national)
    international = _BETWEEN_DIGITS.join(digits[0])
    spelt = [rf"(?:\+|00){_BETWEEN_DIGITS}{international}", international]
    return spelt + [rf"0?{_BETWEEN_DIGITS.join(each)}" for each in digits[1:]]


def _one_of(patterns: Iterable[str]) -> "re.Pattern[str] | None":
    found = list(patterns)
    return re.compile("|".join(found), re.IGNORECASE) if found else None
