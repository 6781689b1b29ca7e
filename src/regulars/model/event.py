"""One accepted signal, decoded: what everything else is folded from."""

from typing import Any

import msgspec

from regulars.model.source import Source

KINDS = ("identify", "track", "page", "screen", "group", "alias")


class ExternalId(msgspec.Struct, frozen=True):
    """One entry of `context.externalIds`."""

    id: str
    type: str


class Event(msgspec.Struct, frozen=True):
    """A decoded event. Times are integer microseconds since 1970 UTC.

    `name` is the event's name for a track, the page's or screen's name, else ''. `traits` holds the person's traits
    (of an identify itself, over `context.traits`); a group's traits stay in `properties`. `clock` says whose time
    it is: `client`, `corrected` (by sentAt), `received`. `content` is the keyed hash of what was sent, before clock
    correction and without sentAt; two events of one (source, message_id) with different content conflict.
    """

    source: Source
    message_id: str
    kind: str
    name: str
    time: int
    received: int
    clock: str
    user_id: str
    anonymous_id: str
    previous_id: str
    traits: dict[str, Any]
    properties: dict[str, Any]
    context: dict[str, Any]
    external_ids: tuple[ExternalId, ...]
    origin: str
    bot: bool
    content: bytes
