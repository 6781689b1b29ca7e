"""The one way in which a word of consent or a preference changes: ledger, event, and what waits, in one transaction."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from regulars.consent import queries
from regulars.consent.spoken import NAMED, Choice, Spoken, word_at, words_for
from regulars.consent.standing import Address, Preferences, Standing, standings
from regulars.identity.bundle import identifier_key
from regulars.identity.rules import Rules
from regulars.identity.saying import Word, say
from regulars.model.consent import ALL
from regulars.model.identifier import Identifier
from regulars.model.kinds import ConsentSettings
from regulars.model.parts import Stop
from regulars.model.secret import Secret
from regulars.storage.database import Connection

SOURCE: Final = "preferences"
"""As which source she is quoted in the log."""
GIVEN, WITHDRAWN = "Consent Given", "Consent Withdrawn"
PREFERRED: Final = "Preferences Changed"


class Means(msgspec.Struct, frozen=True):
    """What changes are made with; `stop` is `decisioning.outbox.stop`, `shop_zone` the setting `timezone`."""

    secret: Secret
    rules: Rules
    stop: Stop | None = None
    settings: ConsentSettings = ConsentSettings()
    shop_zone: str = "UTC"


class Origin(msgspec.Struct, frozen=True):
    """Where a change comes from: `proof` says how it is known (such as `one-click`), `by` an actor who is not herself.

    `wording` is the version of the words that she saw, '' for that of the settings; `basis` the legal one.
    """

    proof: str
    by: str = ""
    wording: str = ""
    basis: str = ""


def standing_of(connection: Connection, means: Means, customer: bytes) -> Standing:
    """How a current customer stands now."""
    return standings(connection, [customer], means.rules, means.shop_zone)[customer]


def choose(
    connection: Connection,
    means: Means,
    customer: bytes,
    address: Address,
    choices: Iterable[Choice],
    origin: Origin,
    now: int,
) -> int:
    """Apply what she chose, said at this address of hers; returns how many words it took.

    In a transaction of the caller's, in which her changes wait for each other. `now` in microseconds since 1970 UTC.
    """
    connection.execute(queries.LOCK, (customer,))
    standing = standing_of(connection, means, customer)
    pairs = _pairs(standing, means.settings)
    words: list[Spoken] = []
    for choice in choices:
        words += words_for(standing, address, choice, pairs)
    return speak(connection, means, customer, words, origin, now)


def unsubscribe(
    connection: Connection,
    means: Means,
    identifier: Identifier,
    customer: bytes,
    channel: str,
    origin: Origin,
    now: int,
) -> int:
    """Say no to everything but service messages at one address, by one channel; repeated, nothing more is said.

    `customer` is b"" where the address is nobody's or shared. In a transaction of the caller's.
    """
    key, name = identifier_key(identifier, means.secret), f"{identifier.type}:{identifier.value}"
    connection.execute(queries.LOCK, (customer or key,))
    covers = identifier.type not in NAMED
    found = connection.execute(queries.LAST_WORDS, (key, channel, covers, name, identifier.space, channel, covers))
    said = {purpose for purpose, withdrawn in found if withdrawn}
    wanted = [each for each in means.settings.purposes if each not in said]
    words = [word_at(identifier, Choice(False, purpose, channel)) for purpose in wanted]
    return speak(connection, means, customer, words, origin, now)


def speak(
    connection: Connection, means: Means, customer: bytes, words: Sequence[Spoken], origin: Origin, now: int
) -> int:
    """Write these words into ledger and log, and stop what waits against them; returns how many.

    `customer` is b"" where nobody is known yet by the words' identifiers. In a transaction of the caller's.
    """
    keys = [identifier_key(word.identifier, means.secret) for word in words]
    at = _later(connection, keys, now)
    told = []
    for key, word in zip(keys, words, strict=True):
        message_id = f"consent:{secrets.token_hex(12)}"
        wording, basis = origin.wording or means.settings.wording, word.basis or origin.basis or "consent"
        proof = f"{origin.proof} by {origin.by}" if origin.by else origin.proof
        connection.cursor(binary=True).execute(
            queries.SPEAK,
            (key, customer, word.purpose, word.channel, word.topic, word.covers_all, word.withdrawn, at, message_id,
             SOURCE, wording, basis, proof),
        )  # fmt: skip
        told.append(_event(word, message_id, at, wording, basis, proof))
    if told:
        say(connection, told, means.rules, SOURCE, max(at, now))
    ids = ids_of(connection, customer)
    if means.stop is not None and ids:
        for word in words:
            if word.withdrawn:
                _stop(means.stop, connection, ids, word, now)
    return len(words)


def prefer(
    connection: Connection, means: Means, customer: bytes, address: Address, wanted: Preferences, now: int
) -> bool:
    """Keep what she prefers from now on; False where nothing changes. A pause stops what waits.

    In a transaction of the caller's, in which her changes wait for each other.
    """
    connection.execute(queries.LOCK, (customer,))
    before = standing_of(connection, means, customer).preferences
    if before == wanted:
        return False
    if wanted.paused_until < before.paused_until:
        connection.execute(queries.UNPAUSE_HERS, (customer,))
    connection.execute(
        queries.PREFER,
        (address.key, now, wanted.paused_until, wanted.quiet_from, wanted.quiet_to, wanted.zone, wanted.less_often,
         wanted.language),
    )  # fmt: skip
    changed = {
        name: getattr(wanted, name)
        for name in Preferences.__struct_fields__
        if getattr(wanted, name) != getattr(before, name)
    }
    word = Word(
        event=PREFERRED,
        message_id=f"preferences:{secrets.token_hex(12)}",
        at=now,
        properties=changed,
        identifier=address.identifier,
    )
    say(connection, [word], means.rules, SOURCE, now)
    if means.stop is not None and wanted.paused_until > now:
        for purpose in means.settings.purposes:
            means.stop(connection, ids_of(connection, customer), "The customer paused messages.", now, purpose=purpose)
    return True


def ids_of(connection: Connection, customer: bytes) -> list[bytes]:
    """Every id that leads to a current customer, her own among them."""
    if not customer:
        return []
    return sorted({customer, *(row[0] for row in connection.cursor(binary=True).execute(queries.IDS_OF, (customer,)))})


def _stop(stop: Stop, connection: Connection, ids: list[bytes], word: Spoken, now: int) -> None:
    purpose, channel = ("" if each == ALL else each for each in (word.purpose, word.channel))
    stop(connection, ids, "The customer said no to it.", now, channel=channel, topic=word.topic, purpose=purpose)


def _later(connection: Connection, keys: list[bytes], now: int) -> int:
    """A time in whole milliseconds, as events have them, after what was said before at these identifiers."""
    row = connection.execute(queries.LAST_SAID, (keys,)).fetchone()
    return max(now // 1000, (row[0] if row else 0) // 1000 + 1) * 1000


def _event(word: Spoken, message_id: str, at: int, wording: str, basis: str, proof: str) -> Word:
    properties: dict[str, Any] = {"purpose": word.purpose, "channel": word.channel}
    if word.topic:
        properties["topic"] = word.topic
    if not word.covers_all:
        properties["address"] = f"{word.identifier.type}:{word.identifier.value}"
    properties |= {"wording": wording, "basis": basis, "proof": proof}
    return Word(
        event=WITHDRAWN if word.withdrawn else GIVEN,
        message_id=message_id,
        at=at,
        properties=properties,
        identifier=word.identifier,
    )


def _pairs(standing: Standing, settings: ConsentSettings) -> list[tuple[str, str]]:
    """Every purpose and channel that a wide withdrawal may have covered."""
    words = standing.words
    purposes = {*settings.purposes, *(word.purpose.partition("/")[0] for word in words)} - {ALL}
    channels = {*settings.channels, *(word.channel for word in words)} - {ALL}
    return sorted((purpose, channel) for purpose in purposes for channel in channels)
