"""A message as JSON, for systems of the shop that say it in their own way."""

from typing import Any

from regulars.messaging.message import WEBHOOK, Message
from regulars.messaging.render.plain import plain_text
from regulars.messaging.render.spoken import Spoken
from regulars.messaging.rendered import Rendered
from regulars.messaging.told import Data, Item


def webhook(message: Message, data: Data, said: Spoken) -> Rendered:
    """A message for a webhook: everything in `data`, and the plain text."""
    values = {
        **facts(message, said), "subject": said.subject, "preferences_url": data.preferences_url,
        "unsubscribe_url": data.unsubscribe_url, "why": data.why,
    }  # fmt: skip
    return Rendered(
        message.name, message.version, WEBHOOK, said.subject, said.preheader, plain_text(data, said), "",
        {name: value for name, value in values.items() if value}, said.links, said.missing,
        tuple(each.id for each in said.items),
    )  # fmt: skip


def facts(message: Message, said: Spoken) -> dict[str, Any]:
    """What every channel without a letter's form is given: plain words, the offer, products and the call to action."""
    values: dict[str, Any] = {
        "message": message.name,
        "version": message.version,
        "heading": said.heading[1],
        "paragraphs": [text for _, text in said.paragraphs],
        "offer": said.offer,
        "title": said.block_title if said.items else "",
        "products": [_item(each) for each in said.items],
        "action": {"label": said.label, "url": said.url} if said.url else {},
        "after": [text for _, text in said.after],
    }
    return {name: value for name, value in values.items() if value}


def _item(item: Item) -> dict[str, str]:
    return {name: value for name in Item.__struct_fields__ if (value := getattr(item, name))}
