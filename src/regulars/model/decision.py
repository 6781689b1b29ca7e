"""What may be done for a customer, what was decided, and from which facts."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

from regulars.model.contact import SERVICE, ContactPolicy
from regulars.model.secret import Secret

Kind = Literal["journey", "campaign", "slot", "api"]
"""Who asked: a journey's or a campaign's step, a place on the site, a program."""

TREATED: Final = "treated"
HELD_BACK: Final = "held_back"
GLOBAL: Final = "global"
"""`Decision.held_by` where she is among those who get nothing that persuades."""

NOTHING: Final = -1
"""`Decision.chosen` where nothing is done. *Do nothing* is the last of the candidates, so it is also its place."""


class Need(msgspec.Struct, frozen=True):
    """A fact that an action asks for: of the occasion's context, else of hers.

    The context names `stock`, `product` and so on; hers are `stage`, `currency` and `cart` (how many lie in it). `op`
    is `known` (there, and not empty, zero or false), `is`, `at_least` or `at_most`.
    """

    fact: str
    op: Literal["known", "is", "at_least", "at_most"] = "known"
    value: str | int | float = ""


class Action(msgspec.Struct, frozen=True):
    """Something that may be done for a customer, one version of it.

    `message` names the message that says it; '' where whoever asks shows it himself. `channels` in order of preference.
    She must be in one of `segments_in` (where any is named) and in none of `segments_out`. `placements` are where it
    may stand (a place on the site, or a `Kind`); none means anywhere. `cost` and `worth` (when it works) are minor
    units of the settings' currency, `base_rate` how often it works. At most `most` times in `per_days` days (0: no cap
    of its own). From `from_` until `until` (microseconds since 1970 UTC, 0 for open). `holdout` is the share of
    customers held back from it to compare; `lever` multiplies its worth. `needs` must all hold. `because` tells the
    customer why, after "You got this because".
    """

    name: str
    version: int = 1
    title: str = ""
    because: str = ""
    purpose: str = "marketing"
    topic: str = ""
    message: str = ""
    channels: tuple[str, ...] = ("email",)
    segments_in: tuple[str, ...] = ()
    segments_out: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    cost: int = 0
    worth: int = 0
    base_rate: float = 0.01
    per_days: int = 0
    most: int = 0
    from_: int = 0
    until: int = 0
    holdout: float = 0.0
    lever: float = 1.0
    enabled: bool = True

    @property
    def is_service(self) -> bool:
        """Whether it owes nothing to persuasion."""
        return self.purpose in SERVICE


class Rulebook(msgspec.Struct, frozen=True):
    """What decisions are taken by: policy, actions by name, the shop's zone. Made by `rulebook`."""

    version: str
    policy: ContactPolicy
    actions: tuple[Action, ...]
    zone: str
    currency: str


class Contact(msgspec.Struct, frozen=True, order=True, array_like=True):
    """One time that she was contacted, or is about to be; `at` in microseconds since 1970 UTC."""

    at: int
    channel: str
    service: bool
    action: str


class Permitted(msgspec.Struct, frozen=True, array_like=True):
    """What consent says to one channel, purpose and topic: `code` is '' where it may; `again` as in Decision."""

    code: str
    why: str = ""
    again: int = 0


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a customer when it is decided.

    `unit` is keyed and stands for her in holdouts. `permits` by `permit_name`. `contacts` of 90 days over all her ids,
    in order. `zone` is hers, '' for the shop's. `less_often`: half of what others get. `ids` (all that lead to her) and
    `addresses` (as `permits`, each `type:value`) are not kept in the ledger.
    """

    customer: bytes
    unit: bytes
    permits: Mapping[str, Permitted] = {}
    segments: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    stage: str = ""
    currency: str = ""
    cart: int = 0
    zone: str = ""
    less_often: bool = False
    simulated: bool = False
    ids: tuple[bytes, ...] = ()
    addresses: Mapping[str, str] = {}


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """Why it is decided now.

    `id` comes of `key` by `occasion_id`; the same key is decided once. `actions` are the names to choose among and
    `channels` those that can be had now, none meaning all. `context` is what messages and needs are about (`product`,
    `cart`, `stock`, …), fit for JSON. `rates` tell how likely single actions are, where somebody knows better.
    `not_before` is when a delivery may begin, 0 for at once.
    """

    id: bytes
    key: str
    kind: Kind
    name: str
    placement: str = ""
    actions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    context: Mapping[str, Any] = {}
    rates: Mapping[str, float] = {}
    variant: str = ""
    not_before: int = 0


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """One action by one channel as it was weighed; of *do nothing* `action` is ''.

    `dropped` says by what it fell out ('' for what could have been done), `detail` tells more, and `again` when to ask
    once more (0 for never). `propensity` times what it is worth is `value`; less `cost` and `pressure` it is `score`.
    """

    action: str
    version: int
    channel: str
    dropped: str = ""
    detail: str = ""
    again: int = 0
    propensity: float = 0.0
    value: float = 0.0
    cost: float = 0.0
    pressure: float = 0.0
    score: float = 0.0


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided for a customer on an occasion, with all that led to it.

    `chosen` is the place of the chosen candidate (-1: do nothing), `would` of the one that it is about: the chosen one,
    or the one that was held back. `probability` is how likely this outcome was, given the facts. `arm` is `treated` or
    `held_back`, '' where nothing was compared; `held_by` is `global` or the action. `policy` names the rulebook.
    `again` says when to decide anew, with another occasion, for what is capped or must wait (0: never).
    """

    id: bytes
    occasion: str
    kind: Kind
    name: str
    customer: bytes
    at: int
    candidates: tuple[Candidate, ...]
    chosen: int
    would: int
    probability: float
    arm: str
    held_by: str
    policy: str
    again: int
    known: Known
    asked: Occasion

    @property
    def did(self) -> Candidate | None:
        """What is to be done; None for nothing."""
        return None if self.chosen == NOTHING else self.candidates[self.chosen]

    @property
    def about(self) -> Candidate | None:
        """What is done or was held back; None where nothing could have been done."""
        return None if self.would == NOTHING else self.candidates[self.would]

    @property
    def facts(self) -> dict[str, Any]:
        """What it rests on, fit for JSON and without addresses."""
        kept = msgspec.structs.replace(self.known, ids=(), addresses={})
        found: dict[str, Any] = msgspec.to_builtins({"known": kept, "asked": self.asked}, builtin_types=())
        return found


def occasion_id(secret: Secret, key: str) -> bytes:
    """The id of the decision on the occasion of this key, 16 bytes; `key` holds no NUL."""
    return secret.mac("decision", key)


def permit_name(channel: str, purpose: str, topic: str) -> str:
    """Under which name `Known.permits` holds what consent says."""
    return f"{channel}|{purpose}|{topic}"


def rulebook(policy: ContactPolicy, actions: tuple[Action, ...], zone: str = "UTC", currency: str = "") -> Rulebook:
    """The rulebook of these actions, whose order does not matter. Raises ValueError where two have one name."""
    ordered = tuple(sorted(actions, key=lambda each: each.name))
    if len({each.name for each in ordered}) < len(ordered):
        raise ValueError("two actions have the same name")
    content = _settled((policy, ordered, zone, currency))
    return Rulebook(sha256(content).hexdigest()[:16], policy, ordered, zone, currency)


_settled = msgspec.json.Encoder(order="deterministic").encode
