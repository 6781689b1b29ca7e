"""What comes out of rendering: one message for one customer in one channel."""

from typing import Any

import msgspec


class Rendered(msgspec.Struct, frozen=True):
    """A message ready to be handed over.

    `subject` is one line without control characters. `text` and `html` are whole parts ('' where a channel has none);
    of `onsite` the HTML is a piece for a slot. `data` says the same as JSON (webhook, slot). `links` are the addresses
    that are in it, in their order, without those of preferences and unsubscribing. `missing` names what was not known,
    so that its sentence fell out; `products` are the ids that are shown.
    """

    message: str
    version: int
    channel: str
    subject: str
    preheader: str = ""
    text: str = ""
    html: str = ""
    data: dict[str, Any] = {}
    links: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
