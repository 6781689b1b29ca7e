"""The bundle: the set of identifiers that came together, by which events and fragments are filed."""

import msgspec

from regulars.identity.extract import Extracted
from regulars.model.event import Event
from regulars.model.identifier import Identifier, Seen
from regulars.model.secret import Secret
from regulars.model.source import Trust


class Bundle(msgspec.Struct, frozen=True):
    """One set of identifiers under one trust; everything in it follows from `key` (16 bytes).

    With an unblocked identifier, `members` is the whole set, blocked ones included, and `fallback` is None. Without
    one, `fallback` is the receipt or order that the bundle is filed under and `members` is empty, since the same
    receipt may come again with other junk beside it.
    """

    key: bytes
    trust: Trust
    members: tuple[Seen, ...]
    fallback: Identifier | None = None


def bundle_of(event: Event, extracted: Extracted, secret: Secret) -> Bundle | None:
    """The bundle of an event, or None where nothing on it points at anybody."""
    trust = event.source.trust
    for seen in extracted.seen:
        if not seen.blocked:
            return Bundle(_members_key(trust, extracted.seen, secret), trust, extracted.seen)
    fallback = extracted.fallback
    if fallback is None:
        return None
    # One part more than members ever give, three each, so that the two kinds of key cannot meet.
    key = secret.mac("bundle", _TRUST[trust], "event", fallback.type, fallback.space, fallback.value)
    return Bundle(key, trust, (), fallback)


def identifier_key(identifier: Identifier, secret: Secret) -> bytes:
    """The keyed name of an identifier, 16 bytes."""
    return secret.mac("identifier", identifier.type, identifier.space, identifier.value)


_TRUST = {trust: trust.name.lower() for trust in Trust}


def _members_key(trust: Trust, members: tuple[Seen, ...], secret: Secret) -> bytes:
    parts = [_TRUST[trust]]
    for seen in members:
        identifier = seen.identifier
        parts += (identifier.type, identifier.space, identifier.value)
    return secret.mac("bundle", *parts)
