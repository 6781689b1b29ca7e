"""A message in a slot of the shop's own page: a small piece of HTML without any style, and the same as JSON."""

from functools import cache
from importlib.resources import files
from typing import Any

from liquid import BoundTemplate

from regulars.messaging.message import ONSITE, Message
from regulars.messaging.render.link_tag import STYLE
from regulars.messaging.render.plain import offer_line
from regulars.messaging.render.sandbox import Safe, filled, skeleton
from regulars.messaging.render.spoken import Spoken
from regulars.messaging.render.webhook import facts
from regulars.messaging.rendered import Rendered
from regulars.messaging.told import Data


def onsite(message: Message, data: Data, said: Spoken) -> Rendered:
    """A piece of HTML whose classes begin with `regulars-`, and `data` for shops that draw it themselves."""
    told = facts(message, said)
    values: dict[str, Any] = {
        **told,
        "heading": Safe(said.heading[0]),
        "body": Safe("".join(f"<p>{html}</p>" for html, _ in (*said.paragraphs, *said.after)).replace(STYLE, "")),
        "offer": offer_line(said.offer),
        "article": {"title": data.article.title, "summary": data.article.summary} if data.article else None,
    }
    html = filled(_template(), {name: value for name, value in values.items() if value})
    return Rendered(
        message.name, message.version, ONSITE, said.subject, said.preheader, "", html, told, said.links, said.missing,
        tuple(each.id for each in said.items),
    )  # fmt: skip


@cache
def _template() -> BoundTemplate:
    return skeleton((files("regulars.messaging.render") / "onsite.html").read_text())
