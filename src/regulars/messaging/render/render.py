"""One message as a channel needs it."""

from collections.abc import Callable
from typing import Final

from regulars.messaging.message import EMAIL, ONSITE, WEBHOOK, Message
from regulars.messaging.render.compiled import BadField
from regulars.messaging.render.email import email
from regulars.messaging.render.onsite import onsite
from regulars.messaging.render.spoken import CannotRender as CannotRender
from regulars.messaging.render.spoken import Spoken, Wrap, spoken
from regulars.messaging.render.webhook import webhook
from regulars.messaging.rendered import Rendered
from regulars.messaging.told import Data

MAX_SIZE: Final = 250_000
"""Characters of HTML and text together; mail programs cut longer ones off long before."""

_DRESSED: Final[dict[str, Callable[[Message, Data, Spoken], Rendered]]] = {
    EMAIL: email, ONSITE: onsite, WEBHOOK: webhook,
}  # fmt: skip


def render(message: Message, channel: str, data: Data, wrap: Wrap | None = None) -> Rendered:
    """Render; `wrap` makes the address that stands in the message from each plain target (such as a tracked one).

    Addresses of preferences and unsubscribing are never wrapped. Raises CannotRender.
    """
    dress = _DRESSED.get(channel)
    if dress is None:
        raise CannotRender(f"there is no channel {channel}; there are {', '.join(_DRESSED)}")
    try:
        found = dress(message, data, spoken(message, channel, data, wrap))
    except BadField as error:
        raise CannotRender(str(error)) from None
    if len(found.html) + len(found.text) > MAX_SIZE:
        raise CannotRender(f"the message is longer than {MAX_SIZE:,} characters")
    return found
