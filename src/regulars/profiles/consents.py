"""Words of consent from events, and what they permit."""

from collections.abc import Iterable
from typing import Any, Final

from regulars.identity.blocked import Policy
from regulars.identity.normalise import normalise
from regulars.identity.rules import Rules
from regulars.model.consent import ALL, GIVEN, LIFTED, WITHDRAWN, ConsentWord, Permission
from regulars.model.event import Event
from regulars.model.fields import text
from regulars.model.identifier import Identifier, Seen, Tier
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Trust

WORDS: Final = {"Consent Given": GIVEN, "Consent Withdrawn": WITHDRAWN}
CLIENT_TYPES: Final = frozenset(("anonymous_id", "device_id"))
NOT_MARKETING: Final = frozenset(("service", "transactional"))
"""Purposes a shared address may still be written to for."""
LISTED: Final = 50

_TYPE_BY_CHANNEL: Final = {
    "email": "email", "sms": "phone", "phone": "phone", "whatsapp": "phone", "push": "device_id",
    "webpush": "device_id",
}  # fmt: skip
_WHERE = "$.properties"


def consents_of(event: Event, seen: tuple[Seen, ...], policy: Policy, rules: Rules) -> tuple[ConsentWord, ...]:
    """The words of a `Consent Given` or `Consent Withdrawn`, one for each purpose and channel; none for other events.

    A withdrawal that names no purpose or channel means all of them. A word about `topic`s of a purpose says nothing of
    the rest of it. Raises Refused: NOT_ALLOWED_FOR_CLIENT where a public key speaks for more than its own anonymous or
    device id, MISSING_FIELD, WRONG_TYPE.
    """
    word = WORDS.get(event.name)
    if word is None:
        return ()
    properties = event.properties
    purposes, channels = _names(properties, "purpose"), _names(properties, "channel")
    if not purposes and word == GIVEN:
        raise Refused(Reason.MISSING_FIELD, f"{_WHERE}.purpose", "consent is given for a purpose: name it")
    pointed = tuple(each.identifier for each in seen if not each.blocked)
    address, named = _address(event, pointed, channels, policy, rules)
    client = event.source.trust is Trust.CLIENT
    if client and not all(each.type in CLIENT_TYPES and each in pointed for each in (*pointed, address)):
        words = "a public key may give or withdraw consent for its own anonymous or device id only"
        raise Refused(Reason.NOT_ALLOWED_FOR_CLIENT, "$.event", words)
    wording, basis, proof = (text(properties, name, _WHERE) for name in ("wording", "basis", "proof"))
    topics = _names(properties, "topic")
    about = [f"{purpose}/{topic}" for purpose in purposes or [ALL] for topic in topics] or purposes or [ALL]
    return tuple(
        ConsentWord(
            purpose, channel, f"{address.type}:{address.value}", address.space, not named and not client, word,
            event.source.trust, event.time, event.message_id, event.source.name, wording, basis, proof,
        )
        for purpose in about
        for channel in channels or [ALL]
    )  # fmt: skip


def latest_words(words: Iterable[ConsentWord]) -> tuple[ConsentWord, ...]:
    """The last word of each key, sorted by key; at one moment `withdrawn` wins."""
    state: dict[tuple[str, str, str, str, bool, int], ConsentWord] = {}
    for word in words:
        mine = state.get(word.key)
        if mine is None or word.rank > mine.rank:
            state[word.key] = word
    return tuple(state[key] for key in sorted(state))


def permission(
    words: Iterable[ConsentWord], purpose: str, channel: str, address: str, shared: bool = False, topic: str = ""
) -> Permission:
    """Whether a message for `purpose` about `topic` may go to `address` (`type:value`) by `channel`, and why.

    `words` are those of all her bundles and of the shared addresses in them. Nothing may stand withdrawn on any of her
    addresses, and consent must stand given for this very address or for all; a client's word counts for its own
    address only. A shared address gets no marketing. Consent for a topic alone permits that topic.
    """
    if shared and purpose not in NOT_MARKETING:
        why = "The address is shared by several people, and shared addresses get no marketing."
        return Permission(False, why, "shared_address")
    purposes = {purpose, ALL, *((f"{purpose}/{topic}", f"{ALL}/{topic}") if topic else ())}
    current = [word for word in latest_words(words) if _applies(word, purposes, channel, address)]
    against = [word for word in current if word.word == WITHDRAWN]
    if against:
        last = max(against, key=lambda word: ("/" not in word.purpose, word.rank))
        what = "for all addresses" if last.covers_all else f"on {last.address}"
        code = "topic_off" if "/" in last.purpose else "withdrawn"
        return Permission(False, f"Consent for {_about(last)} was withdrawn {what}.", code)
    given = _given(current, address)
    if not given:
        return Permission(False, f"Nobody gave consent for {purpose} by {channel} to {address}.", "no_consent")
    last = max(given, key=lambda word: word.rank)
    what = "all addresses" if last.covers_all else "this address"
    return Permission(True, f"Consent for {_about(last)} was given for {what}, and nothing is withdrawn.")


def strongest(identifiers: Iterable[Identifier], rules: Rules) -> Identifier | None:
    """The identifier that speaks most strongly for one person: by tier, then type, space and value."""
    return min(identifiers, key=lambda each: (rules.rule_of(each.type).tier, each), default=None)


def _given(current: Iterable[ConsentWord], address: str) -> list[ConsentWord]:
    """The words that permit: for this very address, else for all, unless a no was only lifted on this address."""
    here = [word for word in current if word.address == address and not word.covers_all]
    given = [word for word in here if word.basis != LIFTED]
    if given or any("/" not in word.purpose for word in here):
        return given
    return [word for word in current if word.covers_all and word.basis != LIFTED]


def _applies(word: ConsentWord, purposes: set[str], channel: str, address: str) -> bool:
    if word.purpose not in purposes or word.channel not in (channel, ALL):
        return False
    return word.trust is not Trust.CLIENT or word.address == address


def _about(word: ConsentWord) -> str:
    purpose = "every purpose" if word.purpose == ALL else word.purpose
    return f"{purpose} by {'every channel' if word.channel == ALL else word.channel}"


def _names(properties: dict[str, Any], name: str) -> list[str]:
    value = properties.get(name)
    values = value if type(value) is list else [value]
    if len(values) > LISTED:
        raise Refused(Reason.WRONG_TYPE, f"{_WHERE}.{name}", f"lists at most {LISTED}")
    found = {text({name: each}, name, _WHERE).lower()[:100] for each in values}
    return sorted(found - {""})


def _address(
    event: Event, pointed: tuple[Identifier, ...], channels: list[str], policy: Policy, rules: Rules
) -> tuple[Identifier, bool]:
    """The address a word is about, and whether the event named it."""
    for name in ("address", "email", "phone"):
        raw = text(event.properties, name, _WHERE)
        if raw:
            return _named(event, name, raw, channels, policy, rules), True
    address = strongest((each for each in pointed if rules.rule_of(each.type).tier is not Tier.EVENT), rules)
    if address is None:
        raise Refused(Reason.MISSING_FIELD, f"{_WHERE}.address", "consent needs an address, or an id on the event")
    return address, False


def _named(event: Event, name: str, raw: str, channels: list[str], policy: Policy, rules: Rules) -> Identifier:
    type_, value = ("", raw) if name == "address" else (name, raw)
    before, colon, after = raw.partition(":")
    if name == "address" and colon and before in rules.types:
        type_, value = before, after
    elif not type_:
        types = {_TYPE_BY_CHANNEL[channel] for channel in channels if channel in _TYPE_BY_CHANNEL}
        type_ = "email" if "@" in raw else types.pop() if len(types) == 1 else ""
    if not type_:
        raise Refused(Reason.WRONG_TYPE, f"{_WHERE}.{name}", "write the address as TYPE:VALUE")
    normalised = normalise(type_, value, policy)
    if normalised.blocked:
        raise Refused(Reason.WRONG_TYPE, f"{_WHERE}.{name}", f"the address points at nobody ({normalised.blocked})")
    space = {
        "group": event.source.group, "site": event.source.group, "programme": policy.programme,
        "source": event.source.name,
    }.get(rules.rule_of(type_).space, "")  # fmt: skip
    return Identifier(type_, space, normalised.value)
