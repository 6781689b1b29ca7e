"""Traits as registers: any JSON, kept as canonical bytes of bounded size."""

import hashlib
from typing import Any, Final

import msgspec

from regulars.model.event import Event
from regulars.profiles.registers import TraitRegister

VALUE_BYTES: Final = 1024
"""A larger value is not kept; its size is, as `{"too_large": bytes}`. The event itself still holds it."""
NAME_LENGTH: Final = 200
TOMBSTONE: Final = b"null"

_encode = msgspec.json.Encoder(order="deterministic").encode


def trait_registers(event: Event) -> dict[str, TraitRegister]:
    """The event's traits, one register each; a null is a tombstone."""
    return {
        name if len(name) <= NAME_LENGTH else _short(name): trait_register(event, value)
        for name, value in event.traits.items()
    }


def trait_register(event: Event, value: Any) -> TraitRegister:
    """What the event says of one trait."""
    source = event.source
    return TraitRegister(source.precedence, event.time, event.message_id, source.name, canonical(value))


def canonical(value: Any) -> bytes:
    """A JSON value as bytes with sorted keys, or a mark that it was too large."""
    body = _encode(value)
    return body if len(body) <= VALUE_BYTES else _encode({"too_large": len(body)})


def _short(name: str) -> str:
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{name[: NAME_LENGTH - 17]}~{digest}"
