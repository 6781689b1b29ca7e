"""What of an event's words may stand in the lake: nothing that names or reaches a person.

Pure. It leaves out by the name of a property, by the look of a value, and by the identifiers that came on the event.
What remains can be grouped and counted; who somebody is stays in PostgreSQL.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec

LONGEST: Final = 200
"""Characters of a text; longer ones are somebody's words, not a value."""
DEEPEST: Final = 4
MOST: Final = 100
"""Values in one event's properties."""
LARGEST: Final = 4_000
"""Bytes of all properties together, as JSON."""
SHORTEST: Final = 4
"""An identifier of fewer characters is looked for as a whole value only: else it may be a part of anything."""
_NUMBER: Final = 10_000_000
"""From here on a whole number may be a phone or a card."""

_PERSONAL: Final = frozenset(
    [
        "email",
        "mail",
        "phone",
        "mobile",
        "tel",
        "telephone",
        "fax",
        "whatsapp",
        "address",
        "addresses",
        "street",
        "zip",
        "zipcode",
        "postcode",
        "postal",
        "plz",
        "ip",
        "iban",
        "bic",
        "account",
        "card",
        "pan",
        "token",
        "password",
        "secret",
        "pin",
        "ssn",
        "passport",
        "licence",
        "license",
        "birthday",
        "birth",
        "birthdate",
        "dob",
        "username",
        "nickname",
        "handle",
        "login",
        "user",
        "member",
        "cookie",
        "session",
        "device",
        "fingerprint",
        "idfa",
        "idfv",
        "gaid",
        "serial",
        "receipt",
        "firstname",
        "lastname",
        "fullname",
        "surname",
        "forename",
        "recipient",
        "contact",
        "greeting",
        "message",
        "note",
        "notes",
        "comment",
        "comments",
        "text",
        "body",
        "subject",
        "signature",
        "remark",
        "remarks",
        "url",
        "uri",
        "href",
        "link",
        "referrer",
        "referer",
        "agent",
        "lat",
        "lng",
        "latitude",
        "longitude",
    ]
)
_PERSONAL_NAMES: Final = frozenset(
    [
        "customer",
        "customer_id",
        "customer_no",
        "customer_number",
        "customer_name",
        "client_id",
        "person",
        "person_id",
        "first_name",
        "last_name",
        "full_name",
        "family_name",
        "given_name",
        "middle_name",
        "display_name",
        "loyalty_id",
        "loyalty",
        "anonymous_id",
        "external_id",
        "guest",
        "guest_id",
        "visitor",
        "visitor_id",
        "to",
        "from",
        "cc",
        "bcc",
        "sender",
        "reply_to",
    ]
)
CODES: Final = frozenset(
    [
        "product_id",
        "product",
        "sku",
        "id",
        "gtin",
        "ean",
        "upc",
        "variant",
        "variant_id",
        "category_id",
        "order_id",
        "cart_id",
        "checkout_id",
        "store_id",
        "promotion_id",
        "campaign_id",
        "list_id",
        "coupon",
        "coupon_id",
        "shelf_id",
        "zone_id",
        "article_id",
    ]
)
"""Properties of things, in which long numbers are no phones."""

_KEY: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_ .$:-]{0,49}")
_PARTS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_ODD: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MAIL: Final = re.compile(r"\S\s*(?:@|\uff20|%40|&#64;|\(at\)|\[at\])\s*\S", re.IGNORECASE)
_DIGITS: Final = re.compile(r"(?:[0-9][\s().\-/+_]{0,3}){7,}")
_TOKEN: Final = re.compile(
    r"(?=[A-Za-z_-]*[0-9])(?:[0-9a-f]{16,}|[0-9a-f]{8}-[0-9a-f-]{20,}|[A-Za-z0-9+/_]{24,})", re.I
)

_encode = msgspec.json.Encoder().encode


class Own:
    """The values of the identifiers that came on an event, which may stand nowhere in what is left of it."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.whole = frozenset(value.casefold() for value in values)
        self.parts = tuple(value for value in self.whole if len(value) >= SHORTEST)
        self._bytes = tuple(value.encode("utf-8", "replace") for value in self.whole)
        self._plain = all(value.isascii() for value in self.whole)

    def within(self, body: bytes) -> "Own":
        """As much of it as need be looked for in this JSON: nothing where none of it stands in its bytes."""
        if not self.whole:
            return self
        if self._plain and b"\\" not in body:
            small = body.lower()
            if not any(value in small for value in self._bytes):
                return NOTHING
        return self

    def is_in(self, text: str) -> bool:
        """Whether a text is one of the values, or holds one that is no mere word."""
        small = text.casefold()
        return small in self.whole or any(value in small for value in self.parts)


NOTHING: Final = Own()


def properties(said: dict[str, Any], own: Own) -> bytes | None:
    """The properties that may stand in the lake, as JSON; None where none may."""
    left = _Left(own)
    found = left.object(said, 0)
    written = _encode(found) if found else b""
    if len(written) > LARGEST:
        flat = {name: value for name, value in found.items() if not isinstance(value, dict | list)}
        written = _encode(flat) if flat else b""
    return written if 0 < len(written) <= LARGEST else None


def word(text: str, own: Own = NOTHING, code: bool = False) -> str | None:
    """A text of an event (a channel, a page's name) where it may stand in the lake, else None; None for ''.

    `code` says that it names a thing, and so may hold long numbers and tokens.
    """
    if not text or len(text) > LONGEST or not (_is_decent(text) if code else _is_plain(text)):
        return None
    return None if own.whole and own.is_in(text) else text


def is_personal(name: str) -> bool:
    """Whether a property of this name may tell who somebody is or how to reach her."""
    if not _KEY.fullmatch(name):
        return True
    parts = [part.lower() for part in _PARTS.split(name) if part]
    return "_".join(parts) in _PERSONAL_NAMES or not _PERSONAL.isdisjoint(parts)


@lru_cache(maxsize=16_384)
def _is_decent(text: str) -> bool:
    return _ODD.search(text) is None and _MAIL.search(text) is None


@lru_cache(maxsize=16_384)
def _is_plain(text: str) -> bool:
    return _is_decent(text) and _DIGITS.search(text) is None and _TOKEN.search(text) is None


@lru_cache(maxsize=4_096)
def _may_name(name: str) -> bool:
    return not is_personal(name) and word(name) is not None


_ABSENT: Final = object()


class _Left:
    """One walk through one event's properties."""

    def __init__(self, own: Own) -> None:
        self._own = own
        self._count = 0

    def object(self, said: dict[str, Any], depth: int) -> dict[str, Any]:
        found = {}
        for name, value in said.items():
            if _may_name(name) and not (self._own.whole and self._own.is_in(name)):
                kept = self._value(value, name, depth)
                if kept is not _ABSENT:
                    found[name] = kept
        return found

    def _value(self, value: Any, name: str, depth: int) -> Any:
        self._count += 1
        if self._count > MOST:
            return _ABSENT
        if isinstance(value, str):
            return value if word(value, self._own, name in CODES) is not None else _ABSENT
        if isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return value if self._is_amount(value, name) else _ABSENT
        if depth >= DEEPEST or not value:
            return _ABSENT
        if isinstance(value, dict):
            return self.object(value, depth + 1) or _ABSENT
        if isinstance(value, list):
            kept = (self._value(each, name, depth + 1) for each in value)
            return [each for each in kept if each is not _ABSENT] or _ABSENT
        return _ABSENT

    def _is_amount(self, number: int | float, name: str) -> bool:
        if number != number or abs(number) >= 1e15:
            return False
        whole = float(number).is_integer()
        if whole and abs(number) >= _NUMBER and name not in CODES:
            return False
        return not (self._own.whole and whole and str(int(number)) in self._own.whole)
