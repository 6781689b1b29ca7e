"""The table of identifier types and the numbers that resolution goes by; all of it can be set."""

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from regulars.model.identifier import Tier

Space = Literal["group", "one", "programme", "provider", "network", "site", "source", "receipt"]
SPACES: tuple[str, ...] = get_args(Space)

_TYPE_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_TIERS = {tier.name.lower(): tier for tier in Tier}
_NO_BOUND = "none"


class TypeRule(msgspec.Struct, frozen=True):
    """How one type of identifier is treated.

    `limit` is the most values one person may hold (for UNIQUE: per id space); a value seen with more than `fan_out`
    neighbours is shared; None means without bound. `space` says what the id space is made of: `group` and `site` the
    source's group, `one` a single space, `programme` the loyalty programme, `provider` and `network` what the type
    names behind its colon (`payment_token:stripe`), `source` the source's name, `receipt` store, till and day.
    """

    tier: Tier
    limit: int | None
    fan_out: int | None
    space: Space


_CARD = TypeRule(Tier.STRONG, 2, 1, "programme")
_TOKEN = TypeRule(Tier.BRIDGING, 10, 3, "provider")

DEFAULT_TYPES: dict[str, TypeRule] = {
    "user_id": TypeRule(Tier.UNIQUE, 1, None, "group"),
    "loyalty_id": _CARD,
    "wallet_serial": _CARD,
    "email": TypeRule(Tier.STRONG, 5, 1, "one"),
    "phone": TypeRule(Tier.BRIDGING, 5, 2, "one"),
    "payment_token": _TOKEN,
    "device_id": _TOKEN,
    "social_handle": TypeRule(Tier.LINKED, 5, 1, "network"),
    "anonymous_id": TypeRule(Tier.WEAK, None, 3, "site"),
    "receipt_id": TypeRule(Tier.EVENT, None, None, "receipt"),
    "order_id": TypeRule(Tier.EVENT, None, None, "group"),
}
DEFAULT_OTHER = TypeRule(Tier.WEAK, 5, 3, "source")


class Rules(msgspec.Struct, frozen=True):
    """Everything that resolution decides by, apart from the evidence.

    A weak value belongs to the person who holds at least `dominance` (a share) of at least `dominance_messages`
    distinct messages. A value with more than `hub` neighbours is not walked through when components are collected;
    a component of more than `component_bound` identifiers leaves out its weakest tier. `version` is named by each
    link and by the digest, and goes up whenever these numbers change. `edge_order` says which
    evidence is tried first where a component cannot be one person: most `messages`, or the `earliest`.
    """

    types: Mapping[str, TypeRule] = msgspec.field(default_factory=lambda: dict(DEFAULT_TYPES))
    other: TypeRule = DEFAULT_OTHER
    dominance: float = 0.8
    dominance_messages: int = 3
    hub: int = 50
    component_bound: int = 500
    edge_order: str = "earliest"
    version: int = 1

    def rule_of(self, type: str) -> TypeRule:
        """The rule of a type, `other` for one that the table does not name."""
        return self.types.get(type, self.other)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Rules":
        """The default rules with what `settings` (a table of the TOML file) says over them.

        Keys: the numbers by name, `other` (a table), `types` (a table a type, each with any of `tier`, `limit`,
        `fan_out`, `space`; what it leaves out stays as it is, for a new type as `other` has it). `"none"` lifts a
        bound. Raises ValueError naming the key that is wrong.
        """
        numbers = {key: settings[key] for key in settings.keys() - {"types", "other"}}
        for key, value in numbers.items():
            _check_number(key, value)
        other = _rule("other", _table("other", settings.get("other", {})), DEFAULT_OTHER)
        types = dict(DEFAULT_TYPES)
        for name, table in _table("types", settings.get("types", {})).items():
            if not _TYPE_NAME.fullmatch(name):
                raise ValueError(f"types.{name}: a type's name is at most 64 of a-z, 0-9 and _, a letter first")
            types[name] = _rule(f"types.{name}", _table(f"types.{name}", table), types.get(name, other))
        return cls(types=types, other=other, **numbers)


def _check_number(key: str, value: Any) -> None:
    if key == "dominance":
        # Below one half, two persons could dominate one value.
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0.5 < value <= 1:
            raise ValueError(f"dominance: must be a number above 0.5 and at most 1, not {value!r}")
    elif key in ("dominance_messages", "hub", "component_bound", "version"):
        _check_count(key, value)
    elif key == "edge_order":
        _one_of(key, value, ("messages", "earliest"))
    else:
        raise ValueError(f"{key}: no such setting of the identity rules")


def _check_count(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{key}: must be a whole number of at least 1, not {value!r}")
    return value


def _table(key: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{key}: must be a table, not {value!r}")
    return value


def _rule(key: str, table: Mapping[str, Any], base: TypeRule) -> TypeRule:
    changes: dict[str, Any] = {}
    for name, value in table.items():
        place = f"{key}.{name}"
        if name == "tier":
            changes[name] = _TIERS[_one_of(place, value, tuple(_TIERS))]
        elif name == "space":
            changes[name] = _one_of(place, value, SPACES)
        elif name in ("limit", "fan_out"):
            changes[name] = None if value == _NO_BOUND else _check_count(place, value)
        else:
            raise ValueError(f"{place}: no such setting; there are tier, limit, fan_out and space")
    return msgspec.structs.replace(base, **changes)


def _one_of(key: str, value: Any, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{key}: must be one of {', '.join(choices)}, not {value!r}")
    return value


RULES = Rules()
