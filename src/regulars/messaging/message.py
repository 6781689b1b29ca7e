"""A message, said once: facts, offer, call to action; every channel's variant is made from it."""

import re
from typing import Final

import msgspec

EMAIL, ONSITE, WEBHOOK = "email", "onsite", "webhook"
CHANNELS: Final = (EMAIL, ONSITE, WEBHOOK)
"""The channels that a message is rendered for."""

MARKETING, SERVICE = "marketing", "service"
PURPOSES: Final = (MARKETING, SERVICE)

NOTHING, AGAIN, ALIKE, PRODUCT, CART, VIEWED, SAVED, BOUGHT, ARTICLE = (
    "none", "again", "alike", "product", "cart", "viewed", "saved", "bought", "article",
)  # fmt: skip
BLOCKS: Final = (NOTHING, AGAIN, ALIKE, PRODUCT, CART, VIEWED, SAVED, BOUGHT, ARTICLE)
"""What a block shows: recommended products, the occasion's, of her cart, looked at, saved, bought; or an article."""

NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
FACT: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Offer(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is offered; '' and 0 where there is no such thing.

    `price` and `was` are an amount and its currency (`12.90 EUR`), `percent` is taken off, `from_` and `until` are the
    first and the last day (`2026-11-30`) by the shop's clock, `terms` is what else holds.
    """

    title: str = ""
    price: str = ""
    was: str = ""
    percent: int = 0
    code: str = ""
    from_: str = msgspec.field(default="", name="from")
    until: str = ""
    terms: str = ""


class CallToAction(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The one thing to do: the words of the button, and where it leads (Liquid; http, https or a path of the shop)."""

    label: str = ""
    url: str = ""


class Block(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The products (at most `most`) or the article between `paragraphs` and `after`; `kind` is one of `BLOCKS`."""

    kind: str = NOTHING
    title: str = ""
    most: int = 3


class Variant(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What one channel says otherwise; '' and () where it says the same."""

    subject: tuple[str, ...] = ()
    preheader: str = ""
    heading: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    label: str = ""


class Message(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One version of a message; all texts are Liquid (see `render.liquid`).

    `title` and `about` are for those who send it. `purpose` is marketing or service, `topic` the kind of message that a
    customer can switch off. Of `subject` and `heading` the first that can be said of her is taken; a sentence of
    `paragraphs` or `after` that needs what is not known falls out. `requires` names what must be known (such as
    `order.id`), else it is not sent. `facts` are words said once and used as `{{ facts.name }}`.
    """

    name: str
    title: str
    subject: tuple[str, ...]
    paragraphs: tuple[str, ...]
    version: int = 0
    about: str = ""
    purpose: str = MARKETING
    topic: str = ""
    channels: tuple[str, ...] = (EMAIL, ONSITE)
    language: str = "en"
    preheader: str = ""
    heading: tuple[str, ...] = ()
    block: Block = Block()
    offer: Offer = Offer()
    action: CallToAction = CallToAction()
    after: tuple[str, ...] = ()
    facts: dict[str, str] = {}
    requires: tuple[str, ...] = ()
    variants: dict[str, Variant] = {}
