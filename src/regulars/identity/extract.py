"""Which identifiers came on one event."""

import re
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from regulars.identity.blocked import Policy
from regulars.identity.normalise import MAX_VALUE, normalise
from regulars.identity.rules import Rules, TypeRule
from regulars.model.event import Event
from regulars.model.identifier import Identifier, Seen, Tier
from regulars.model.rejection import Reason, Refused

MAX_IDENTIFIERS = 50
MAX_TYPE = 64

_TRAITS = tuple((name, f"$.traits.{name}") for name in ("email", "phone", "loyalty_id"))
# Beyond this a JSON number may have lost digits before it came here.
_EXACT_FLOAT = 2**53
_EXACT_INT = 10**MAX_VALUE
_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()
_WORD_END = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_NAME = re.compile(r"[^a-z0-9]+")


class Extracted(msgspec.Struct, frozen=True):
    """What one event says of who it is about.

    `seen` holds the distinct identifiers, blocked ones included, in their natural order; `fallback` is the receipt,
    else the order, that an event with no unblocked identifier can be filed under.
    """

    seen: tuple[Seen, ...]
    fallback: Identifier | None = None


def identifiers_of(event: Event, policy: Policy, rules: Rules) -> Extracted:
    """The identifiers of an event: of userId, anonymousId, the traits, `context.externalIds`, and its receipt or order.

    A number counts as its digits; a missing or null value is skipped. Raises Refused: WRONG_TYPE (anything but a text
    or a whole number), ID_TOO_LONG (over 256 characters), TOO_MANY_IDENTIFIERS (over 50, duplicates counted).
    """
    seen: list[Seen] = []
    if event.user_id:
        seen.append(_seen(event, "user_id", "", event.user_id, "$.userId", policy, rules))
    if event.anonymous_id:
        seen.append(_seen(event, "anonymous_id", "", event.anonymous_id, "$.anonymousId", policy, rules))
    if event.traits:
        for name, where in _TRAITS:
            raw = event.traits.get(name)
            if raw is not None:
                seen.append(_seen(event, name, "", _text(raw, where), where, policy, rules))
    fallbacks = _add_external(seen, event, policy, rules) if event.external_ids else []
    return Extracted(_distinct(seen), _fallback(event, fallbacks, policy, rules))


def told_by(event: Event) -> object:
    """What an event's identifiers and bundle follow from: equal for events that have the same; None where it is much.

    One visit brings many events with the same; who asks this need not find them again.
    """
    properties, traits = event.properties, event.traits
    if event.external_ids or "receipt_id" in properties or "order_id" in properties:
        return None
    source = event.source
    if not traits:
        return source.name, source.trust, event.user_id, event.anonymous_id
    said = traits.get("email"), traits.get("phone"), traits.get("loyalty_id")
    # True equals 1, and only one of them is an identifier.
    if any([each is not None and type(each) is not str for each in said]):
        return None
    return source.name, source.trust, event.user_id, event.anonymous_id, said


def type_of(name: str) -> str:
    """An external id's type in snake case: `loyaltyId` → `loyalty_id`, `ios.idfa` → `ios_idfa`."""
    return _NOT_NAME.sub("_", _WORD_END.sub("_", name.strip()).lower()).strip("_")


def _distinct(seen: list[Seen]) -> tuple[Seen, ...]:
    if len(seen) < 2:
        return tuple(seen)
    if len(seen) == 2:
        # As most events have it; the rest says the same of any number.
        one, two = seen
        if one.identifier < two.identifier:
            return one, two
        return (two, one) if two.identifier < one.identifier else (two,)
    by_order = {(one.identifier.type, one.identifier.space, one.identifier.value): one for one in seen}
    return tuple([by_order[order] for order in sorted(by_order)])


def _seen(event: Event, type: str, provider: str, raw: str, where: str, policy: Policy, rules: Rules) -> Seen:
    if len(raw) > MAX_VALUE:
        raise _too_long(where)
    normalised = normalise(type, raw, policy)
    space = _space(rules.rule_of(type), event, provider, policy)
    return Seen(Identifier(type, space, normalised.value), normalised.blocked)


def _space(rule: TypeRule, event: Event, provider: str, policy: Policy) -> str:
    space = rule.space
    if space == "one":
        return ""
    if space == "group" or space == "site":
        return event.source.group
    if space == "programme":
        return policy.programme
    if space == "source":
        return event.source.name
    return _receipt_space(event, policy) if space == "receipt" else provider


def _add_external(seen: list[Seen], event: Event, policy: Policy, rules: Rules) -> list[Identifier]:
    """Add the external ids to `seen`; give back those of them that name a receipt or an order."""
    if len(seen) + len(event.external_ids) > MAX_IDENTIFIERS:
        words = f"an event holds at most {MAX_IDENTIFIERS} identifiers"
        raise Refused(Reason.TOO_MANY_IDENTIFIERS, "$.context.externalIds", words)
    fallbacks = []
    for index, external in enumerate(event.external_ids):
        if len(external.type) > MAX_TYPE:
            raise _too_long(f"$.context.externalIds[{index}].type")
        type, provider = _type_and_provider(external.type, rules)
        if not type:
            raise Refused(Reason.WRONG_TYPE, f"$.context.externalIds[{index}].type", "must have a letter or digit")
        where = f"$.context.externalIds[{index}].id"
        if rules.rule_of(type).tier is Tier.EVENT:
            fallbacks.extend(_event_id(event, type, external.id, where, policy, rules))
        else:
            seen.append(_seen(event, type, provider, external.id, where, policy, rules))
    return fallbacks


def _type_and_provider(name: str, rules: Rules) -> tuple[str, str]:
    """Split `payment_token:stripe`. Elsewhere a suffix is part of the type: `user_id:crm` is not the shop's user id."""
    base, colon, provider = name.partition(":")
    if colon and rules.rule_of(_snake(base)).space in ("provider", "network"):
        return _snake(base), _snake(provider)
    return _snake(name), ""


_snake = lru_cache(maxsize=1024)(type_of)


def _fallback(event: Event, external: list[Identifier], policy: Policy, rules: Rules) -> Identifier | None:
    properties = event.properties
    for type in ("receipt_id", "order_id"):
        raw = properties.get(type)
        if raw is not None:
            where = f"$.properties.{type}"
            for identifier in _event_id(event, type, _text(raw, where), where, policy, rules):
                return identifier
        if external:
            named = [identifier for identifier in external if identifier.type == type]
            if named:
                return min(named)
    return min(external) if external else None


def _event_id(event: Event, type: str, raw: str, where: str, policy: Policy, rules: Rules) -> list[Identifier]:
    """The receipt or order that `raw` names: one, or none where its value is blocked."""
    seen = _seen(event, type, "", raw, where, policy, rules)
    return [] if seen.blocked else [seen.identifier]


def _receipt_space(event: Event, policy: Policy) -> str:
    """Store, till and UTC day, since tills begin to count anew; a slash inside a part is escaped."""
    parts = []
    for name in ("store_id", "till_id"):
        raw = event.properties.get(name)
        text = "" if raw is None else _text(raw, f"$.properties.{name}")
        if len(text) > MAX_VALUE:
            raise _too_long(f"$.properties.{name}")
        parts.append(normalise(name, text, policy).value.replace("%", "%25").replace("/", "%2F"))
    return f"{parts[0]}/{parts[1]}/{_day(event.time // _DAY)}"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return date.fromordinal(_EPOCH + days).isoformat()


def _text(raw: Any, where: str) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        if -_EXACT_INT < raw < _EXACT_INT:
            return str(raw)
        raise _too_long(where)
    if isinstance(raw, float) and raw.is_integer() and abs(raw) <= _EXACT_FLOAT:
        return str(int(raw))
    raise Refused(Reason.WRONG_TYPE, where, "must be a text or a whole number")


def _too_long(where: str) -> Refused:
    return Refused(Reason.ID_TOO_LONG, where, f"must have at most {MAX_VALUE} characters")
