"""Whether a message can be sent: every part in its bounds, every text readable, and all channels say the same."""

import json
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Final

import msgspec

from regulars.messaging.claims import CODE, DAY, PERCENT, WEEKDAY, WEEKDAYS, Claim, agrees, claims, literal
from regulars.messaging.example import example
from regulars.messaging.file import BadMessage
from regulars.messaging.message import Message
from regulars.messaging.render.compiled import said_in
from regulars.messaging.render.render import CannotRender, render
from regulars.messaging.rules import require
from regulars.messaging.told import ShopWords
from regulars.messaging.wording import amount, offer_words

ERROR, NOTE = "error", "note"
_SHOP: Final = ShopWords("The shop", "https://shop.example", "12 Market Street")


class Finding(msgspec.Struct, frozen=True):
    """What a check found: an `error` keeps the message from being right, a `note` is worth a look.

    `channel` is '' where it is about all of them; `field` is such as `paragraphs 2`.
    """

    level: str
    channel: str
    field: str
    words: str


def check(message: Message) -> list[Finding]:
    """All that is wrong with a message, the errors first."""
    try:
        require(message)
    except BadMessage as error:
        return [Finding(ERROR, "", error.path, error.message)]
    found = [*_agreement(message), *_whole(message)]
    return sorted(found, key=lambda each: (each.level != ERROR, each.channel))


def _agreement(message: Message) -> Iterator[Finding]:
    """Claims in the texts of channels that what is said once does not hold."""
    once = _once(message)
    made = {channel: list(_claims(message, channel)) for channel in message.channels}
    by_kind = {
        (channel, claim.kind): {each.value for _, each in made[channel] if each.kind == claim.kind}
        for channel in made
        for _, claim in made[channel]
    }
    told: set[tuple[str, str, str]] = set()
    for channel, all_of in made.items():
        for field, claim in all_of:
            if agrees(claim, once) or (channel, field, claim.words) in told:
                continue
            told.add((channel, field, claim.words))
            should = sorted(value for kind, value in once if kind == claim.kind and value[0] != "*")
            others = [by_kind.get((other, claim.kind), set()) for other in made if other != channel]
            if should:
                words = f"says {claim.words}; the offer and the facts say {', '.join(should)}"
                yield Finding(ERROR, channel, field, words)
            elif any(each != by_kind[channel, claim.kind] for each in others):
                yield Finding(ERROR, channel, field, f"says {claim.words}; not all channels say this {claim.kind}")
            else:
                words = f"says {claim.words}: say it once, in the offer or as a fact, so that it is the same everywhere"
                yield Finding(NOTE, channel, field, words)


def _whole(message: Message) -> Iterator[Finding]:
    """Each channel rendered for somebody made up: it must come out, and hold everything of the offer."""
    data = example(_SHOP, message.block.kind)
    for channel in message.channels:
        try:
            made = render(message, channel, data)
        except CannotRender as error:
            yield Finding(ERROR, channel, "", str(error))
            continue
        for name in made.missing:
            yield Finding(NOTE, channel, "", f"a sentence falls out for want of {name}, even for somebody known well")
        parts = [unescape(each) for each in (made.html, made.text) if each] or [json.dumps(made.data)]
        for name, words in offer_words(message.offer, _SHOP.locale).items():
            if not all(words in part for part in parts):
                yield Finding(ERROR, channel, f"offer {name}", f"does not say {words}")


def _claims(message: Message, channel: str) -> Iterator[tuple[str, Claim]]:
    said = said_in(message, channel)
    for name in ("subject", "preheader", "heading", "paragraphs", "after", "label"):
        value: str | tuple[str, ...] = getattr(said, name)
        many = (value,) if isinstance(value, str) else value
        for at, text in enumerate(many, 1):
            field = name if len(many) == 1 else f"{name} {at}"
            for claim in claims(literal(text)):
                yield field, claim


def _once(message: Message) -> frozenset[tuple[str, str]]:
    """(kind, value) of everything that is said once: by the offer, and by the facts."""
    offer = message.offer
    texts = (offer.title, offer.terms, *message.facts.values())
    said = {(each.kind, each.value) for text in texts for each in claims(text)}
    for text in (offer.price, offer.was):
        if text:
            found = amount(text)
            said |= {(each.kind, each.value) for each in claims(f"{found.text.replace(' ', '')} {found.text}")}
    if offer.percent:
        said.add((PERCENT, str(offer.percent)))
    if offer.code:
        said.add((CODE, offer.code))
    for day in (offer.from_, offer.until):
        if day:
            said |= {(DAY, day), (DAY, f"*{day[4:]}")}
    if offer.until:
        said.add((WEEKDAY, WEEKDAYS[date.fromisoformat(offer.until).weekday()]))
    return frozenset(said)
