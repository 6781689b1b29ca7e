"""What a message says to one customer in one channel, before it is dressed: words, links, products."""

import unicodedata
from collections.abc import Callable
from typing import Any, Final

import msgspec

from regulars.messaging.message import Message
from regulars.messaging.render.article import article_html
from regulars.messaging.render.compiled import Compiled, compiled_of
from regulars.messaging.render.links import picture, target
from regulars.messaging.render.sandbox import TooMuch, Work
from regulars.messaging.render.texts import Text, speak
from regulars.messaging.told import Data, Item, known, words_of
from regulars.messaging.wording import offer_words

MAX_LINE: Final = 150
"""The longest subject or preheader, in characters."""
Wrap = Callable[[str], str]


class CannotRender(ValueError):
    """A message cannot be rendered for this customer; the message says what is missing, or what is too much."""


class Spoken(msgspec.Struct, frozen=True):
    """The words; of pairs the first is HTML, the second plain text.

    `items` and `article` (HTML) have addresses as they stand in the message.
    """

    subject: str
    preheader: str
    heading: tuple[str, str]
    paragraphs: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    block_title: str
    label: str
    url: str
    items: tuple[Item, ...]
    article: str
    offer: dict[str, str]
    links: tuple[str, ...]
    missing: tuple[str, ...]


class Speaker:
    """Says the texts of one message to one customer."""

    def __init__(self, message: Message, channel: str, data: Data, wrap: Wrap | None) -> None:
        self.message = message
        self.compiled: Compiled = compiled_of(message, channel)
        self.data = data
        self.offer = offer_words(message.offer, data.shop.locale)
        self.words: dict[str, Any] = words_of(data, message.facts, self.offer)
        self.missing: set[str] = set()
        self.links: dict[str, str] = {}
        self.wrap = wrap
        self.work = Work(self.address)

    def address(self, text: str) -> str:
        """The address that stands in the message for one of the text; '' where it may lead nowhere."""
        found = target(text, self.data.shop.url)
        if not found:
            return ""
        if found not in self.links:
            # What opens a letter or a call leads to no page that could be passed through another.
            is_page = found.startswith(("http://", "https://"))
            self.links[found] = self.wrap(found) if is_page and self.wrap is not None else found
        return self.links[found]

    def first(self, texts: tuple[Text, ...], name: str, needed: bool) -> tuple[str, str]:
        """The first of some texts that can be said whole, as HTML and plain. Raises CannotRender."""
        wanting: set[str] = set()
        for each in texts:
            missing: set[str] = set()
            plain = speak(each.plain, self.words, self.work, missing)
            if plain and not missing:
                return speak(each.html, self.words, self.work, missing), plain
            wanting |= missing
        self.missing |= wanting
        if needed:
            raise CannotRender(f"the {name} cannot be said without {', '.join(sorted(wanting)) or 'words'}")
        return "", ""

    def many(self, texts: tuple[Text, ...]) -> tuple[tuple[str, str], ...]:
        """Those texts of which something can be said, each as HTML and plain."""
        said = (
            (speak(each.html, self.words, self.work, self.missing), speak(each.plain, self.words, self.work, set()))
            for each in texts
        )
        return tuple(each for each in said if each[1])

    def plain(self, text: Text | None) -> str:
        """One text, plain."""
        return "" if text is None else speak(text.plain, self.words, self.work, self.missing)


def spoken(message: Message, channel: str, data: Data, wrap: Wrap | None = None) -> Spoken:
    """Say a message to one customer. Raises CannotRender, BadField."""
    by = Speaker(message, channel, data, wrap)
    _require(message, data, by.words, by.offer)
    try:
        found = _said(by)
    except TooMuch as error:
        raise CannotRender(f"the message {error}") from None
    if not (found.paragraphs or found.items or data.article):
        raise CannotRender(f"nothing is left to say without {', '.join(found.missing) or 'words'}")
    return found


def _said(by: Speaker) -> Spoken:
    compiled = by.compiled
    _, subject = by.first(compiled.subject, "subject", True)
    heading = by.first(compiled.heading, "heading", False)
    paragraphs, after = by.many(compiled.paragraphs), by.many(compiled.after)
    label, url = by.plain(compiled.label), by.address(by.plain(compiled.url))
    items = tuple(_item(each, by) for each in by.data.items)
    article = article_html(by.data.article.html, by.address) if by.data.article else ""
    return Spoken(
        line(subject), line(by.plain(compiled.preheader)), heading, paragraphs, after,
        line(by.plain(compiled.block_title)), line(label) if url else "", url if label else "", items, article,
        by.offer, tuple(by.links), tuple(sorted(by.missing)),
    )  # fmt: skip


def _item(item: Item, by: Speaker) -> Item:
    url = by.address(item.url) if item.url else ""
    return msgspec.structs.replace(item, url=url, image_url=picture(item.image_url, by.data.shop.url))


def _require(message: Message, data: Data, words: dict[str, Any], offer: dict[str, str]) -> None:
    wanting = [name for name in message.requires if not known(words, name)]
    if wanting == ["items"]:
        raise CannotRender("there is no product to show in it that can be had now")
    if wanting:
        raise CannotRender(f"it needs {', '.join(wanting)}, which is not known")
    if not data.today:
        return
    if message.offer.until and data.today > message.offer.until:
        raise CannotRender(f"its offer ended on {offer['until']}")
    if message.offer.from_ and data.today < message.offer.from_:
        raise CannotRender(f"its offer begins on {offer['from']}")


def line(text: str) -> str:
    """A text as one line: no control characters, nothing that turns text around, no more than `MAX_LINE` characters."""
    clean = "".join(each if unicodedata.category(each) not in ("Cc", "Cf", "Zl", "Zp", "Cs") else " " for each in text)
    one = " ".join(clean.split())
    return one if len(one) <= MAX_LINE else one[: MAX_LINE - 1].rstrip() + "…"
