"""A message read once for a channel, so that rendering only has to say it."""

import threading
from collections.abc import Sequence
from typing import Final

import msgspec

from regulars.messaging.message import Message, Variant
from regulars.messaging.render.texts import BadText, Text, read

MOST_KEPT: Final = 500


class BadField(ValueError):
    """A text of a message cannot be read; `field` is such as `paragraphs 2`, `line` is counted from 1."""

    def __init__(self, field: str, line: int, message: str) -> None:
        super().__init__(f"{field}, line {line}: {message}")
        self.field = field
        self.line = line
        self.message = message


class Compiled(msgspec.Struct, frozen=True):
    """The texts of one message as one channel says them."""

    subject: tuple[Text, ...]
    preheader: Text | None
    heading: tuple[Text, ...]
    paragraphs: tuple[Text, ...]
    after: tuple[Text, ...]
    label: Text | None
    url: Text | None
    block_title: Text | None

    def fields(self) -> list[tuple[str, Text]]:
        """Every text with the name of its field."""
        found = []
        for name in ("subject", "heading", "paragraphs", "after"):
            many: tuple[Text, ...] = getattr(self, name)
            found += [(name if len(many) == 1 else f"{name} {at}", text) for at, text in enumerate(many, 1)]
        for name, one in (
            ("preheader", self.preheader), ("label", self.label), ("url", self.url), ("block title", self.block_title),
        ):  # fmt: skip
            if one is not None:
                found.append((name, one))
        return found


_lock = threading.Lock()
_kept: dict[tuple[str, int, str], tuple[Message, Compiled]] = {}


def compiled_of(message: Message, channel: str) -> Compiled:
    """A message as a channel says it; of one that is kept it is read once. Raises BadField."""
    key = (message.name, message.version, channel)
    held = _kept.get(key)
    if held is not None and (held[0] is message or held[0] == message):
        return held[1]
    made = compiled(message, channel)
    if message.version:
        with _lock:
            while len(_kept) >= MOST_KEPT:
                _kept.pop(next(iter(_kept)))
            _kept[key] = (message, made)
    return made


def said_in(message: Message, channel: str) -> Variant:
    """The texts of a channel: what it says otherwise, else what all say."""
    own = message.variants.get(channel, Variant())
    return Variant(
        own.subject or message.subject,
        own.preheader or message.preheader,
        own.heading or message.heading,
        own.paragraphs or message.paragraphs,
        own.after or message.after,
        own.label or message.action.label,
    )


def compiled(message: Message, channel: str) -> Compiled:
    """Read every text. Raises BadField for the first that cannot be read."""
    said = said_in(message, channel)
    return Compiled(
        _many("subject", said.subject),
        _one("preheader", said.preheader),
        _many("heading", said.heading),
        _many("paragraphs", said.paragraphs),
        _many("after", said.after),
        _one("label", said.label),
        _one("url", message.action.url),
        _one("block title", message.block.title),
    )


def _many(name: str, sources: Sequence[str]) -> tuple[Text, ...]:
    return tuple(_read(f"{name} {at}" if len(sources) > 1 else name, each) for at, each in enumerate(sources, 1))


def _one(name: str, source: str) -> Text | None:
    return _read(name, source) if source else None


def _read(name: str, source: str) -> Text:
    try:
        return read(source)
    except BadText as error:
        raise BadField(name, error.line, error.message) from None
