"""A message as an e-mail: HTML by MJML, which is compiled once and then filled in, and the same as plain text."""

from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import mrml
from liquid import BoundTemplate

from regulars.messaging.message import EMAIL, Message
from regulars.messaging.render.plain import plain_text
from regulars.messaging.render.sandbox import Safe, filled, skeleton
from regulars.messaging.render.spoken import Spoken
from regulars.messaging.rendered import Rendered
from regulars.messaging.told import Data, Item

_LINK = '<a class="quiet" href="{}" style="color:#5c6763">{}</a>'


def email(message: Message, data: Data, said: Spoken) -> Rendered:
    """An e-mail with both parts."""
    html = filled(_template(), _values(message, data, said))
    return Rendered(
        message.name, message.version, EMAIL, said.subject, said.preheader, plain_text(data, said), html, {},
        said.links, said.missing, tuple(each.id for each in said.items),
    )  # fmt: skip


@cache
def _template() -> BoundTemplate:
    source = (files("regulars.messaging.render") / "email.mjml").read_text()
    # Nothing is included: neither files nor addresses are asked for.
    options = mrml.ParserOptions(include_loader=mrml.noop_loader())
    return skeleton(mrml.to_html(source, parser_options=options).content)


def _values(message: Message, data: Data, said: Spoken) -> dict[str, Any]:
    values: dict[str, Any] = {
        "language": message.language,
        "subject": said.subject,
        "preheader": said.preheader or said.subject,
        "brand": data.shop.name or "The shop",
        "heading": Safe(said.heading[0]),
        "body": _paragraphs(said.paragraphs),
        "offer": said.offer,
        "block_title": said.block_title,
        "items": [_item(each) for each in said.items],
        "pictures": any(each.image_url for each in said.items),
        "article_html": Safe(said.article),
        "action": {"url": said.url, "label": said.label} if said.url else None,
        "after": _paragraphs(said.after),
        "why": data.why,
        "links": _links(data),
        "imprint": " · ".join(each for each in (data.shop.name, data.shop.address) if each),
    }
    return {name: value for name, value in values.items() if value}


def _paragraphs(said: tuple[tuple[str, str], ...]) -> Safe:
    return Safe("".join(f"<p>{html}</p>" for html, _ in said))


def _item(item: Item) -> dict[str, str]:
    found = {name: value for name in Item.__struct_fields__ if (value := getattr(item, name))}
    name = item.name or item.id
    return {**found, "name": name, "alt": name, "initial": name[:1].upper()}


def _links(data: Data) -> Safe:
    links = ((data.preferences_url, "What we may write to you"), (data.unsubscribe_url, "Unsubscribe"))
    return Safe(" · ".join(_LINK.format(escape(url), words) for url, words in links if url))
