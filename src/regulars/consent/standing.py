"""What she allows: one customer's addresses, words, suppressions and preferences, and whether a message may go.

Everything that reaches a customer asks `Standing.permit` when it is decided and again when it is sent. It weighs the
words that the pipeline has taken in together with those of the ledger (`consent.ledger`), so that a change holds at
once. Others hold promotions back by `consent.holds`, and stop an address by `consent.suppress`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from regulars.consent.quiet import quiet_until
from regulars.consent.read import AsyncConnection, Held, Word, held_of, rows_of, rows_of_async, words_of
from regulars.identity.graph import SHARED
from regulars.identity.rules import Rules
from regulars.model.consent import ALL, GIVEN, WITHDRAWN, ConsentWord, Permission
from regulars.model.identifier import Identifier, Tier
from regulars.model.source import Trust
from regulars.profiles.consents import NOT_MARKETING, latest_words, permission
from regulars.storage.database import Connection

ONSITE: Final = "onsite"
MARKETING: Final = "marketing"
SERVICE: Final = "service"
PROFILING: Final = "profiling"
"""The purpose whose withdrawal means: choose nothing for me by what you know of me."""
NEVER: Final = "never_contact"
"""The reason of a suppression that is about the person, not about one address."""

NAMING: Final = ("user_id", "loyalty_id", "email", "phone")
ADDRESS_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "email": ("email",), "sms": ("phone",), "phone": ("phone",), "whatsapp": ("phone",), "push": ("device_id",),
    "webpush": ("device_id",), "webhook": NAMING, "post": NAMING,
}  # fmt: skip
"""By which types of identifier a channel reaches her; a webhook and a letter go to whom any of hers names."""


class Address(msgspec.Struct, frozen=True):
    """An identifier that a message can go to. `shared`: several people have it; `claimed`: only clients told of it.

    `last` is when it was last seen, in microseconds since 1970 UTC. `key` is its keyed name.
    """

    identifier: Identifier
    key: bytes
    shared: bool = False
    claimed: bool = False
    last: int = 0

    @property
    def name(self) -> str:
        """As words of consent name it: `type:value`."""
        return f"{self.identifier.type}:{self.identifier.value}"


class Suppression(msgspec.Struct, frozen=True):
    """An address (by its keyed name) that nothing is sent to by `channel` ('*' for any), for a reason, since `at`."""

    key: bytes
    channel: str
    reason: str
    at: int


class Preferences(msgspec.Struct, frozen=True):
    """What she prefers; times of day in minutes after midnight, None without quiet hours; `zone` '' is the shop's.

    `paused_until` in microseconds since 1970 UTC, 0 for no pause. `less_often`: half of what others get.
    """

    paused_until: int = 0
    quiet_from: int | None = None
    quiet_to: int | None = None
    zone: str = ""
    less_often: bool = False
    language: str = ""


class Permit(msgspec.Struct, frozen=True):
    """Whether a message may go, to which address; else why not.

    `code` is '' | no_address | no_consent | withdrawn | suppressed | shared_address | topic_off | paused |
    quiet_hours | question_open. `again` > 0 says when to ask again, in microseconds since 1970 UTC. `why` shows no
    address.
    """

    allowed: bool
    address: Identifier | None = None
    code: str = ""
    why: str = ""
    again: int = 0


WHY: Final[dict[str, str]] = {
    "no_address": "No address for it is known.",
    "no_consent": "It was not agreed to.",
    "withdrawn": "The customer said no to it.",
    "suppressed": "Never to be contacted there.",
    "shared_address": "Several people share the address.",
    "topic_off": "The customer turned this kind of message off.",
    "question_open": "A question waits for an answer.",
    "paused": "The customer paused messages.",
    "quiet_hours": "It is quiet time there.",
}
_NEARLY: Final = ("suppressed", "withdrawn", "topic_off", "shared_address", "no_consent")
"""Of several addresses, which refusal tells most."""


class Standing(msgspec.Struct, frozen=True):
    """One customer as far as contact is concerned; a pure function of what is stored.

    `addresses` are every identifier of hers, best first, and the shared ones that servers saw beside them. `zone` is
    hers, else the shop's. `held` names what promotions wait for: `question`, `case`.
    """

    customer: bytes
    zone: str
    addresses: tuple[Address, ...] = ()
    words: tuple[ConsentWord, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    preferences: Preferences = Preferences()
    held: tuple[str, ...] = ()

    @property
    def personal(self) -> bool:
        """Whether things may be chosen for her by what is known of her: she did not turn personal suggestions off."""
        return not any(
            word.word == WITHDRAWN and word.purpose in (PROFILING, ALL) for word in latest_words(self.words)
        ) and not any(each.reason == NEVER for each in self.suppressions)

    def is_off(self, purpose: str, topic: str) -> bool:
        """Whether she turned this kind of message off, whatever the channel."""
        wanted = (f"{purpose}/{topic}", f"{ALL}/{topic}")
        return any(word.word == WITHDRAWN and word.purpose in wanted for word in latest_words(self.words))

    def addresses_for(self, channel: str) -> tuple[Address, ...]:
        """The addresses that a channel can reach her by, best first."""
        types = ADDRESS_TYPES.get(channel, ())
        return tuple(each for each in self.addresses if each.identifier.type in types)

    def permit(self, channel: str, purpose: str, topic: str = "", at: int = 0) -> Permit:
        """Whether a message for `purpose` about `topic` may go to her by `channel` at a moment (`at`, microseconds)."""
        found = self._onsite(purpose, topic) if channel == ONSITE else self._addressed(channel, purpose, topic)
        if not found.allowed or purpose in NOT_MARKETING:
            return found
        if self.held:
            return _no("question_open")
        if channel != ONSITE and self.preferences.paused_until > at:
            return _no("paused", self.preferences.paused_until)
        quiet = self.preferences
        if channel != ONSITE and quiet.quiet_from is not None and quiet.quiet_to is not None:
            until = quiet_until(at, quiet.quiet_from, quiet.quiet_to, self.zone)
            if until:
                return _no("quiet_hours", until)
        return found

    def _onsite(self, purpose: str, topic: str) -> Permit:
        if purpose in NOT_MARKETING:
            return Permit(True)
        if any(each.reason == NEVER for each in self.suppressions):
            return _no("suppressed")
        if not self.personal:
            return _no("withdrawn")
        found = self._weigh("", ONSITE, purpose, topic)
        # She came here herself: nothing need be given, but nothing may be withdrawn.
        return _no(found.code) if found.code in ("withdrawn", "topic_off") else Permit(True)

    def _addressed(self, channel: str, purpose: str, topic: str) -> Permit:
        refused = set()
        for each in self.addresses_for(channel):
            code = self._refusal(each, channel, purpose, topic)
            if not code:
                return Permit(True, each.identifier)
            refused.add(code)
        return _no(next((code for code in _NEARLY if code in refused), "no_address"))

    def _refusal(self, address: Address, channel: str, purpose: str, topic: str) -> str:
        for each in self.suppressions:
            if each.reason == NEVER or (each.key == address.key and each.channel in (channel, ALL)):
                return "suppressed"
        found = self._weigh(address.name, channel, purpose, topic, address.shared)
        if found.code == "no_consent" and purpose in NOT_MARKETING:
            return ""
        return found.code

    def _weigh(self, name: str, channel: str, purpose: str, topic: str, shared: bool = False) -> Permission:
        return permission(self.words, purpose, channel, name, shared, topic)


def best_first(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """Own ones before shared, proven before claimed, then those seen last; ties by the identifier."""
    ranked = sorted(addresses, key=lambda each: (each.shared, each.claimed, -each.last, each.identifier))
    return tuple(ranked)


def standings(
    connection: Connection, customers: Sequence[bytes], rules: Rules, shop_zone: str
) -> dict[bytes, Standing]:
    """How each of these current customer ids stands; who is nobody has no address. `shop_zone` as `Europe/Berlin`.

    One query, however many they are; up to some thousands at once.
    """
    return {row[0]: standing_of(*row, rules, shop_zone) for row in rows_of(connection, customers)}


async def standings_async(
    connection: AsyncConnection, customers: Sequence[bytes], rules: Rules, shop_zone: str
) -> dict[bytes, Standing]:
    """As `standings`."""
    return {row[0]: standing_of(*row, rules, shop_zone) for row in await rows_of_async(connection, customers)}


def standing_of(customer: bytes, held: str, words: str, rules: Rules, shop_zone: str) -> Standing:
    """How a customer stands, by her row of `queries.STANDINGS`."""
    addresses, suppressions, kinds, preferred = [], [], set[str](), []
    for each in held_of(held):
        shared, key = each.standing in SHARED, bytes.fromhex(each.key)
        for said in each.suppressed or ():
            channel, reason, at = said.rsplit(" ", 2)
            if not (shared and reason == NEVER):
                suppressions.append(Suppression(key, channel, reason, int(at)))
        if rules.rule_of(each.type).tier is not Tier.EVENT:
            identifier = Identifier(each.type, each.space, each.value)
            addresses.append(Address(identifier, key, shared, not each.server, each.last or 0))
        if not shared:
            kinds.update(each.holds or ())
            if each.at is not None:
                preferred.append(each)
    preferences = _preferences(preferred)
    return Standing(
        customer,
        preferences.zone or shop_zone,
        best_first(addresses),
        tuple(_word(each) for each in words_of(words)),
        tuple(suppressions),
        preferences,
        tuple(sorted(kinds)),
    )


def _preferences(said: Sequence[Held]) -> Preferences:
    """What was said at several addresses of hers, together: the latest counts, and a pause until its latest end."""
    if not said:
        return Preferences()
    last = max(said, key=lambda each: (each.at, each.paused_until))
    until = max(each.paused_until or 0 for each in said)
    return Preferences(
        until, last.quiet_from, last.quiet_to, last.zone or "", bool(last.less_often), last.language or ""
    )


def _word(said: Word) -> ConsentWord:
    purpose, channel, address, space, covers_all, trust, time, withdrawn, *rest = said
    word = WITHDRAWN if withdrawn else GIVEN
    return ConsentWord(purpose, channel, address, space, covers_all, word, Trust(trust), time, *rest)


def _no(code: str, again: int = 0) -> Permit:
    return Permit(False, None, code, WHY[code], again)
