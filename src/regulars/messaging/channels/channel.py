"""What every channel is: it takes parcels that are ready, hands them over, and says of each what came of it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from regulars.messaging.rendered import Rendered


class State(StrEnum):
    """What became of one parcel."""

    SENT = "sent"
    """The next system has acknowledged it."""
    LATER = "later"
    """Not now: it is to be tried again, by the same name."""
    FAILED = "failed"
    """Never: this message cannot be delivered."""
    BOUNCED = "bounced"
    """Never to this address: it does not exist, or takes nothing any more."""


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """One message of one decision to one address, rendered.

    `decision` is its id (16 bytes), from which every name that it has outside is made. `unsubscribe` is the address of
    the one-click page, '' for what is not promotional. `thread` are the Message-IDs that it answers, oldest first.
    `at` is when it is handed over, in microseconds since 1970 UTC.
    """

    decision: bytes
    customer: bytes
    channel: str
    address: str
    message: str
    purpose: str
    rendered: Rendered
    at: int
    name: str = ""
    unsubscribe: str = ""
    thread: tuple[str, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """What became of a parcel: `why` in words that name no address, `message_id` by which others may speak of it.

    With `transport` it was the way there that failed, not this parcel: then no other fares better before a while.
    With `doubtful` it may have arrived all the same: it is handed over again by the same name.
    """

    decision: bytes
    state: State
    why: str = ""
    message_id: str = ""
    transport: bool = False
    doubtful: bool = False


class Channel(Protocol):
    """A way by which messages reach people; used by one thread."""

    @property
    def name(self) -> str:
        """The channel's name: `email`, `webhook` …"""

    def deliver(self, parcels: Sequence[Parcel]) -> list[Outcome]:
        """Hand these over; one outcome each, in their order. Raises nothing that a peer could cause."""

    def close(self) -> None:
        """Let go of connections."""
