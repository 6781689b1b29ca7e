"""The rows of the identity tables as binary COPY takes them."""

from collections.abc import Iterable
from functools import lru_cache

from regulars.identity.normalise import NORMALISER_VERSION
from regulars.identity.owners import Standing
from regulars.model.identifier import Identifier
from regulars.model.source import Trust
from regulars.storage.binary import SIXTEEN, boolean, data, header, int2, int8_3, keyed, keys_field, moment, text, word

_FIVE = header(5)
_MEMBER, _IDENTIFIER = header(3) + SIXTEEN, header(9) + SIXTEEN
_TRUST = {False: int2(Trust.CLIENT), True: int2(Trust.SERVER)}
_NORMALISER = int2(NORMALISER_VERSION)
_NOTHING = text("")


def bundle_row(key: bytes, server: bool, members: tuple[bytes, ...], fallback: str, holder: bytes | None) -> bytes:
    """A row of `bundles`."""
    said = word(fallback) if fallback else _NOTHING
    return _FIVE + keyed(key) + _TRUST[server] + keys_field(members) + said + data(holder)


def member_rows(key: bytes, members: Iterable[bytes], joining: bool) -> list[bytes]:
    """The rows of `members` of one bundle; `joining` says whether it could join persons."""
    rest = keyed(key) + boolean(joining)
    return [_MEMBER + member + rest for member in members]


def identifier_row(key: bytes, each: Identifier, server: bool, first: int, stands: Standing) -> bytes:
    """A row of `identifiers`."""
    standing, customer = stands
    spelt = _kind(each.type, each.space) + text(each.value) + _NORMALISER
    return _IDENTIFIER + key + spelt + moment(server, first) + word(standing) + data(customer)


def evidence_row(bundle: bytes, source: str, n: int, first: int, last: int) -> bytes:
    """A row of `evidence`."""
    return _FIVE + keyed(bundle) + word(source) + int8_3(n, first, last)


@lru_cache(maxsize=1024)
def _kind(type: str, space: str) -> bytes:
    return text(type) + text(space)
