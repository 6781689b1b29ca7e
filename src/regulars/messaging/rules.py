"""What every message must keep to before it is taken; each fault names its field."""

import re
from datetime import date
from typing import Final

from regulars.messaging.file import BadMessage
from regulars.messaging.message import BLOCKS, CHANNELS, FACT, NAME, PURPOSES, Message, Offer, Variant
from regulars.messaging.render.compiled import BadField, compiled
from regulars.messaging.render.links import target
from regulars.messaging.told import NAMES
from regulars.messaging.wording import amount

MAX_TEXT: Final = 20_000
"""Characters of all texts together."""
MOST_TEXTS: Final = 20
MOST_PRODUCTS: Final = 12
MOST_FACTS: Final = 40
LONGEST_LINE: Final = 200
RESERVED: Final = ("new", "draft")
"""Names that stand for something else in addresses of pages."""
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,39}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_LITERAL: Final = re.compile(r"[^{}]+")


def require(message: Message) -> None:
    """Raises BadMessage for the first fault."""
    _words(message)
    _parts(message)
    _offer(message.offer)
    _facts(message)
    _texts(message)


def _words(message: Message) -> None:
    if not NAME.fullmatch(message.name) or message.name in RESERVED:
        raise BadMessage("name", "must be up to 60 small letters, digits and -, such as spring-news")
    _line("title", message.title, True)
    if len(message.about) > 1_000:
        raise BadMessage("about", "must be at most 1,000 characters")
    if message.purpose not in PURPOSES:
        raise BadMessage("purpose", f"must be one of {', '.join(PURPOSES)}")
    if message.topic and not NAME.fullmatch(message.topic):
        raise BadMessage("topic", "must be small letters, digits and -, such as reminders")
    if not _LANGUAGE.fullmatch(message.language):
        raise BadMessage("language", "must be such as en or en-GB")


def _parts(message: Message) -> None:
    channels = message.channels
    if not channels or len(set(channels)) < len(channels) or not set(channels) <= set(CHANNELS):
        raise BadMessage("channels", f"must be some of {', '.join(CHANNELS)}, each once")
    for channel in message.variants:
        if channel not in channels:
            raise BadMessage(f"variants.{channel}", "is no channel of this message")
    if message.block.kind not in BLOCKS:
        raise BadMessage("block.kind", f"must be one of {', '.join(BLOCKS)}")
    if not 1 <= message.block.most <= MOST_PRODUCTS:
        raise BadMessage("block.most", f"must be 1 to {MOST_PRODUCTS}")
    if not message.subject or not message.paragraphs:
        raise BadMessage("paragraphs" if message.subject else "subject", "must say something")
    url = message.action.url
    if url and _LITERAL.fullmatch(url) and not target(url, "https://shop.example"):
        raise BadMessage("action.url", "must be an http or https address, or a path of the shop such as /cart")
    if bool(url) != bool(message.action.label):
        raise BadMessage("action", "must have both a label and an address, or neither")


def _offer(offer: Offer) -> None:
    for field in ("title", "code", "price", "was"):
        _line(f"offer.{field}", getattr(offer, field), False)
    if len(offer.terms) > 1_000:
        raise BadMessage("offer.terms", "must be at most 1,000 characters")
    if offer.code and not _CODE.fullmatch(offer.code):
        raise BadMessage("offer.code", "must be 2 to 40 letters, digits and -")
    if not 0 <= offer.percent <= 100:
        raise BadMessage("offer.percent", "must be 1 to 100, or 0 for none")
    for field in ("from_", "until"):
        _day(field, getattr(offer, field))
    if offer.from_ and offer.until and offer.until < offer.from_:
        raise BadMessage("offer.until", "must not lie before the first day")
    prices = {}
    for field in ("price", "was"):
        try:
            prices[field] = amount(text) if (text := getattr(offer, field)) else None
        except ValueError as error:
            raise BadMessage(f"offer.{field}", str(error)) from None
    price, was = prices["price"], prices["was"]
    if was is not None and (price is None or price.currency != was.currency or price.minor >= was.minor):
        raise BadMessage("offer.was", "must be more than the price, in the same currency")


def _day(field: str, text: str) -> None:
    try:
        good = not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        good = False
    if not good:
        raise BadMessage(f"offer.{field.rstrip('_')}", "must be a day such as 2026-11-30")


def _facts(message: Message) -> None:
    if len(message.facts) > MOST_FACTS:
        raise BadMessage("facts", f"must be at most {MOST_FACTS}")
    for name, text in message.facts.items():
        if not FACT.fullmatch(name):
            raise BadMessage(f"facts.{name[:40]}", "must be called by small letters, digits and _")
        _line(f"facts.{name}", text, True, 500)
    for name in message.requires:
        if name not in NAMES and not FACT.fullmatch(name.removeprefix("facts.")):
            raise BadMessage("requires", f"{name[:60]} is nothing that a message knows")


def _texts(message: Message) -> None:
    variants: list[Message | Variant] = [message, *message.variants.values()]
    every = [text for each in variants for text in _all(each)]
    every += [message.action.label, message.action.url, message.block.title]
    if sum(len(each) for each in every) > MAX_TEXT:
        raise BadMessage("paragraphs", f"all texts together must be at most {MAX_TEXT:,} characters")
    for each in variants:
        for field in ("subject", "heading", "paragraphs", "after"):
            if len(getattr(each, field)) > MOST_TEXTS:
                raise BadMessage(field, f"must be at most {MOST_TEXTS}")
    facts = {f"facts.{name}" for name in message.facts} | set(message.requires)
    for channel in message.channels:
        _readable(message, channel, NAMES | facts)


def _all(said: Message | Variant) -> list[str]:
    return [said.preheader, *said.subject, *said.heading, *said.paragraphs, *said.after]


def _readable(message: Message, channel: str, names: frozenset[str]) -> None:
    where = f"variants.{channel}." if channel in message.variants else ""
    try:
        made = compiled(message, channel)
    except BadField as error:
        raise BadMessage(f"{where}{error.field}", f"line {error.line}: {error.message}") from None
    for field, text in made.fields():
        for name in sorted(text.names):
            plain = name.removesuffix(".size")
            if plain not in names and not plain.startswith(("items.", "items[")):
                raise BadMessage(f"{where}{field}", f"{{{{ {name[:60]} }}}} is nothing that a message knows")


def _line(field: str, text: str, needed: bool, most: int = LONGEST_LINE) -> None:
    if (needed and not text.strip()) or len(text) > most or not text.isprintable():
        raise BadMessage(field, f"must be one line of {1 if needed else 0} to {most} characters")
