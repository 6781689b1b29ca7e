"""The form of a message: its fields as texts, and texts as a message."""

import re
from typing import Any, Final

from regulars.messaging.file import BadMessage, message_of
from regulars.messaging.message import CHANNELS, Message, Variant

Fields = dict[str, str]

_LINES: Final = ("subject", "heading")
_PARAGRAPHS: Final = ("paragraphs", "after")
_OFFER: Final = ("title", "price", "was", "percent", "code", "from", "until", "terms")
_GAP: Final = re.compile(r"\n[ \t]*\n\s*")


def form_of(message: Message) -> Fields:
    """The fields of a message."""
    form = {
        "name": message.name, "title": message.title, "about": message.about, "purpose": message.purpose,
        "topic": message.topic, "language": message.language, "preheader": message.preheader,
        "label": message.action.label, "url": message.action.url, "block.kind": message.block.kind,
        "block.title": message.block.title, "block.most": str(message.block.most),
        "facts": "\n".join(f"{name}: {words}" for name, words in message.facts.items()),
        "requires": ", ".join(message.requires),
    }  # fmt: skip
    form |= {f"channel.{channel}": "yes" for channel in message.channels}
    for name in _OFFER:
        value = getattr(message.offer, "from_" if name == "from" else name)
        form[f"offer.{name}"] = str(value or "")
    form |= _texts(message, "")
    for channel, variant in message.variants.items():
        form |= _texts(variant, f"{channel}.")
        form |= {f"{channel}.preheader": variant.preheader, f"{channel}.label": variant.label}
    return form


def message_from(form: Fields) -> Message:
    """The message that a form says. Raises BadMessage."""
    form = {name: value.replace("\r\n", "\n") for name, value in form.items()}
    channels = [channel for channel in CHANNELS if form.get(f"channel.{channel}")]
    said: dict[str, Any] = {
        "name": form.get("name") or name_of(form.get("title", "")),
        **{name: form.get(name, "") for name in ("title", "about", "topic", "preheader")},
        "purpose": form.get("purpose") or "marketing",
        "language": form.get("language") or "en",
        "channels": channels,
        "block": {
            "kind": form.get("block.kind") or "none", "title": form.get("block.title", ""),
            "most": _whole(form, "block.most", 3),
        },
        "offer": {name: form.get(f"offer.{name}", "") for name in _OFFER if name != "percent"}
        | {"percent": _whole(form, "offer.percent", 0)},
        "action": {"label": form.get("label", ""), "url": form.get("url", "")},
        "facts": dict(_fact(line) for line in _lines(form.get("facts", ""))),
        "requires": [each.strip() for each in form.get("requires", "").split(",") if each.strip()],
        **_said(form, ""),
    }  # fmt: skip
    variants = {channel: _variant(form, channel) for channel in channels}
    said["variants"] = {channel: each for channel, each in variants.items() if each}
    return message_of(said)


def name_of(title: str) -> str:
    """What a message is called in addresses, from its title."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in title.lower())
    return "-".join(part for part in plain.split("-") if part)[:60].strip("-")


def _texts(of: Message | Variant, before: str) -> Fields:
    found = {f"{before}{name}": "\n".join(getattr(of, name)) for name in _LINES}
    return found | {f"{before}{name}": "\n\n".join(getattr(of, name)) for name in _PARAGRAPHS}


def _said(form: Fields, before: str) -> dict[str, list[str]]:
    said = {name: _lines(form.get(f"{before}{name}", "")) for name in _LINES}
    for name in _PARAGRAPHS:
        said[name] = [part.strip() for part in _GAP.split(form.get(f"{before}{name}", "")) if part.strip()]
    return said


def _variant(form: Fields, channel: str) -> dict[str, Any]:
    said: dict[str, Any] = _said(form, f"{channel}.")
    said |= {name: form.get(f"{channel}.{name}", "") for name in ("preheader", "label")}
    return {name: value for name, value in said.items() if value}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _fact(line: str) -> tuple[str, str]:
    name, colon, words = line.partition(":")
    if not colon:
        raise BadMessage("facts", "must be one on a line, such as delivery: in two to three days")
    return name.strip(), words.strip()


def _whole(form: Fields, name: str, default: int) -> int:
    text = form.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise BadMessage(name, "must be a whole number")
    return int(text)
