"""What has to be said so that something becomes allowed or not: the words of consent that a choice of hers means."""

from collections.abc import Iterable
from typing import Final

import msgspec

from regulars.consent.standing import Address, Standing
from regulars.model.consent import ALL, LIFTED, WITHDRAWN, ConsentWord
from regulars.model.identifier import Identifier
from regulars.model.source import Trust
from regulars.profiles.consents import latest_words

SAYABLE: Final = ("user_id", "loyalty_id", "email", "phone")
"""The types of identifier by which an event of ours can mean somebody."""
NAMED: Final = ("email", "phone")
"""The types that are an address by themselves; a word at any other is about all addresses of whom it names."""


class Choice(msgspec.Struct, frozen=True):
    """Something that she switches on or off: a purpose by a channel, or ('*') on every channel; or one topic of it."""

    on: bool
    purpose: str
    channel: str = ALL
    topic: str = ""


class Spoken(msgspec.Struct, frozen=True):
    """A word to be said at an identifier. `covers_all`: it is about all addresses of whom the identifier names."""

    identifier: Identifier
    withdrawn: bool
    purpose: str
    channel: str = ALL
    topic: str = ""
    covers_all: bool = False
    basis: str = ""


def word_at(identifier: Identifier, choice: Choice, basis: str = "") -> Spoken:
    """The word that says a choice at one identifier."""
    return Spoken(
        identifier, not choice.on, choice.purpose, choice.channel, choice.topic, identifier.type not in NAMED, basis
    )


def words_for(
    standing: Standing, address: Address, choice: Choice, pairs: Iterable[tuple[str, str]], basis: str = ""
) -> list[Spoken]:
    """The words that a choice means, said at an address of hers.

    *Off* is one word. *On* also lifts what stands withdrawn against it on any identifier that is hers alone, by words
    that permit nothing themselves; where such a withdrawal was wider than the choice, each other of `pairs` (purpose,
    channel) that it covered is withdrawn by a word of its own. On a topic lifts only: it needs the purpose's consent.
    """
    said = word_at(address.identifier, choice, basis)
    if not choice.on:
        return [said]
    hers = {(each.name, each.identifier.space): each.identifier for each in standing.addresses if not each.shared}
    words = []
    for word in latest_words(standing.words):
        identifier = hers.get((word.address, word.space))
        if word.word != WITHDRAWN or word.trust is not Trust.SERVER or identifier is None:
            continue
        if _is_against(word, choice) and identifier.type in SAYABLE:
            words += _lifted(word, identifier, choice, pairs, address.identifier)
    if choice.topic:
        return _unique(words)
    # What is said of the very key comes last: it is the word that permits.
    return [*(each for each in _unique(words) if _key(each) != _key(said)), said]


def _is_against(word: ConsentWord, choice: Choice) -> bool:
    purpose, _, topic = word.purpose.partition("/")
    if topic != choice.topic or purpose not in (choice.purpose, ALL):
        return False
    return choice.channel == ALL or word.channel in (choice.channel, ALL)


def _lifted(
    word: ConsentWord, identifier: Identifier, choice: Choice, pairs: Iterable[tuple[str, str]], speaker: Identifier
) -> list[Spoken]:
    purpose, _, topic = word.purpose.partition("/")
    found = [Spoken(identifier, False, purpose, word.channel, topic, word.covers_all, LIFTED)]
    if topic:
        return found
    for other, channel in pairs:
        covered = word.purpose in (other, ALL) and word.channel in (channel, ALL)
        chosen = other == choice.purpose and choice.channel in (channel, ALL)
        if covered and not chosen:
            found.append(word_at(speaker, Choice(False, other, channel)))
    return found


def _key(word: Spoken) -> tuple[Identifier, str, str, str, bool]:
    return (word.identifier, word.purpose, word.channel, word.topic, word.covers_all)


def _unique(words: Iterable[Spoken]) -> list[Spoken]:
    """One word a key, a withdrawal before a lifting."""
    found: dict[tuple[Identifier, str, str, str, bool], Spoken] = {}
    for word in words:
        mine = found.get(_key(word))
        if mine is None or word.withdrawn:
            found[_key(word)] = word
    return list(found.values())
