"""The sender: takes what is due from the outbox, asks once more whether it may go, and hands it over."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from regulars.decisioning import outbox
from regulars.messaging.channels.channel import Channel, Outcome
from regulars.messaging.letters import Ready, Writer
from regulars.messaging.settled import settle
from regulars.messaging.soft import USUAL, Soft
from regulars.storage import faults
from regulars.storage.database import Connection

AT_ONCE: Final = 100
"""So many are claimed together: what she says now holds for all that is claimed later."""
LONGEST_REST: Final = 60.0
FIRST_BACKOFF: Final = 5.0
LONGEST_BACKOFF: Final = 300.0


class Channels(msgspec.Struct, frozen=True):
    """The channels by name, and for example data those that let nothing out."""

    real: dict[str, Channel]
    sandbox: dict[str, Channel]

    def of(self, ready: Ready) -> Channel:
        """By which channel something goes."""
        return (self.sandbox if ready.simulated else self.real)[ready.parcel.channel]

    def close(self) -> None:
        """Let go of all connections."""
        for each in {id(each): each for each in (*self.real.values(), *self.sandbox.values())}.values():
            each.close()


class Sender:
    """Sends what is due; one at a time for an installation, since it takes up what one before it left unfinished."""

    def __init__(
        self, connect: Callable[[], Connection], channels: Channels, writer: Writer, limit: Soft = USUAL
    ) -> None:
        self._connect = connect
        self._channels = channels
        self._writer = writer
        self._limit = limit
        self._connection: Connection | None = None
        self._backoff = 0.0
        self._resting = 0.0

    def turn(self) -> float:
        """Send the next ones; returns in how many seconds to come again, unless the outbox wakes one before."""
        wait = self._resting - time.monotonic()
        if wait > 0:
            return wait
        connection = self._open()
        names = list(self._channels.real)
        now = _now()
        rows = outbox.claim(connection, names, AT_ONCE, now)
        if not rows:
            due = outbox.next_due(connection, names)
            return LONGEST_REST if due is None else min(max((due - now) / 1_000_000, 0.0), LONGEST_REST)
        try:
            ready = self._writer.write(connection, rows, now)
            faults.hit("handover.before")
            outcomes = self._deliver(ready)
            faults.hit("handover.after")
            settle(connection, self._writer.secret, self._writer.rules, ready, outcomes, _now(), self._limit)
        except BaseException:
            # What is on its way is taken up again by the next connection.
            connection.close()
            raise
        return self._rest(outcomes.values())

    def close(self) -> None:
        """Let go of connections."""
        self._channels.close()
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> Connection:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._connection = self._connect()
            # Whoever held them is gone and may have handed them over: the same Message-IDs go again, and are counted.
            outbox.take_back(self._connection, list(self._channels.real), _now() + 1, _now())
        return self._connection

    def _deliver(self, ready: Sequence[Ready]) -> dict[bytes, Outcome]:
        together: dict[int, tuple[Channel, list[Ready]]] = {}
        for each in ready:
            channel = self._channels.of(each)
            together.setdefault(id(channel), (channel, []))[1].append(each)
        outcomes: dict[bytes, Outcome] = {}
        for channel, parcels in together.values():
            outcomes |= {each.decision: each for each in channel.deliver([each.parcel for each in parcels])}
        return outcomes

    def _rest(self, outcomes: Iterable[Outcome]) -> float:
        """After a server that refuses us all: longer each time. Else on at once."""
        if not any(each.transport for each in outcomes):
            self._backoff = 0.0
            return 0.0
        self._backoff = min(max(self._backoff * 2, FIRST_BACKOFF), LONGEST_BACKOFF)
        self._resting = time.monotonic() + self._backoff
        return self._backoff


def _now() -> int:
    return time.time_ns() // 1000
