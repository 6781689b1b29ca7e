"""Events made by hand, for tests of what they add to a profile."""

from typing import Any

from regulars.model.event import Event
from regulars.model.identifier import Identifier, Seen
from regulars.model.source import Source, Trust

SHOP = Source("shop", Trust.SERVER, "shop", 5)
SITE = Source("site", Trust.CLIENT, "shop")
TILL = Source("till", Trust.SERVER, "till", 1)
START = 1_700_000_000_000_000
MINUTE = 60_000_000


def event(
    name: str,
    properties: dict[str, Any] | None = None,
    at: int = 0,
    source: Source = SHOP,
    kind: str = "track",
    message_id: str = "",
    traits: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    bot: bool = False,
    origin: str = "",
) -> Event:
    """An event `at` minutes after the start."""
    time = START + at * MINUTE
    return Event(
        source=source,
        message_id=message_id or f"{name}-{at}",
        kind=kind,
        name=name,
        time=time,
        received=time,
        clock="client",
        user_id="",
        anonymous_id="",
        previous_id="",
        traits=traits or {},
        properties=properties or {},
        context=context or {},
        external_ids=(),
        origin=origin,
        bot=bot,
        content=b"",
    )


def seen(*values: str, blocked: str = "") -> tuple[Seen, ...]:
    """Identifiers written as `type:value`, in space ''."""
    return tuple(Seen(Identifier(*_split(value)), blocked) for value in values)


def _split(value: str) -> tuple[str, str, str]:
    type_, _, rest = value.partition(":")
    return type_, "", rest
