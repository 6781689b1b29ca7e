"""Payment card numbers in text: found by their schemes' prefixes and lengths, then by the Luhn sum.

The trade-off. One run of digits in ten passes Luhn by chance, so order numbers, times in nanoseconds, article codes
and phones would be hit if any 13 to 19 digits counted. So only numbers count that begin as a card scheme's do and have
a length that this scheme issues. The 13-digit Visa numbers, not issued for decades, are left alone on purpose: they
look like European article codes (EAN 400 to 499) and like phones of Germany, Austria and Switzerland (+49, +43, +41).
Digits may stand in groups, with one space or hyphen between; a card is made of whole groups, so that no part of a
longer number is taken for one. Digits behind a decimal point or a plus sign are no card.
"""

import re

_RUN = re.compile(rb"[0-9](?:[ -]?[0-9]){13,}")
_GROUP = re.compile(rb"[0-9]+")
_MOST_GROUPS = 5
_FEWEST_DIGITS, _MOST_DIGITS = 14, 19
_LONG = (16, 17, 18, 19)


def is_card(digits: bytes) -> bool:
    """Whether ASCII digits have a scheme's prefix and length and a valid Luhn sum (ISO/IEC 7812-1, annex B)."""
    return len(digits) in _lengths(digits) and _luhn(digits)


def has_card(text: bytes) -> bool:
    """Whether a card number stands anywhere in `text`."""
    return any(_cards_in_run(text, run) for run in _RUN.finditer(text))


def hide_cards(text: bytes, mark: bytes) -> bytes:
    """`text` with each card number replaced by `mark`; the same object when there is none."""
    spans = [span for run in _RUN.finditer(text) for span in _cards_in_run(text, run)]
    if not spans:
        return text
    out: list[bytes] = []
    done = 0
    for start, end in spans:
        out += (text[done:start], mark)
        done = end
    return b"".join((*out, text[done:]))


def _lengths(digits: bytes) -> tuple[int, ...]:
    first = digits[:1]
    if first == b"4":  # Visa
        return (16, 19)
    if b"51" <= digits[:2] <= b"55" or b"2221" <= digits[:4] <= b"2720":  # Mastercard
        return (16,)
    if digits[:2] in (b"34", b"37"):  # American Express
        return (15,)
    if digits[:2] in (b"36", b"38") or b"300" <= digits[:3] <= b"305":  # Diners Club
        return (14,)
    if digits[:2] in (b"35", b"62", b"65") or digits[:4] == b"6011" or b"644" <= digits[:3] <= b"649":
        return _LONG  # JCB, UnionPay, Discover
    return ()


def _luhn(digits: bytes) -> bool:
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = char - 48
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _cards_in_run(text: bytes, run: re.Match[bytes]) -> list[tuple[int, int]]:
    groups = [(run.start() + group.start(), run.start() + group.end()) for group in _GROUP.finditer(run.group())]
    spans: list[tuple[int, int]] = []
    first = 0
    while first < len(groups):
        last = _last_group(text, groups, first)
        if last is None:
            first += 1
        else:
            spans.append((groups[first][0], groups[last][1]))
            first = last + 1
    return spans


def _last_group(text: bytes, groups: list[tuple[int, int]], first: int) -> int | None:
    """The group that ends a card beginning with group `first`, if one does."""
    start = groups[first][0]
    if text[start] not in b"23456" or text[max(start - 1, 0) : start] in (b".", b"+"):
        return None
    digits = b""
    for last in range(first, min(first + _MOST_GROUPS, len(groups))):
        digits += text[groups[last][0] : groups[last][1]][: _MOST_DIGITS + 1]
        if len(digits) > _MOST_DIGITS:
            return None
        if len(digits) >= _FEWEST_DIGITS and is_card(digits) and not _goes_on(text, groups[last][1]):
            return last
    return None


def _goes_on(text: bytes, end: int) -> bool:
    """Whether a decimal point and more digits follow."""
    return text[end : end + 1] == b"." and text[end + 1 : end + 2].isdigit()
