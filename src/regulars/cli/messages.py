"""The process that acts: journeys with their timers, campaigns, the outbox; one acts, others stand by.

It is woken by the log, by what people change, by the outbox and by the next timer; else it does nothing.
"""

import os
import select
import threading
from collections.abc import Callable, Iterable
from typing import Final

from regulars.acting import Act, act_campaigns, act_journeys
from regulars.app import App
from regulars.cli.enduring import FIRST_PAUSE, endure
from regulars.cli.logs import Say
from regulars.decisioning import outbox
from regulars.decisioning.journeys import queries as journeys
from regulars.sending import make_sender
from regulars.storage.acting import CAMPAIGNS, JOURNEYS, OUTBOX, set_name
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.leadership import ACTING_LOCK, lead
from regulars.storage.log import CHANNEL

LONGEST: Final = 600.0
"""Seconds that a part sleeps at most; what wakes it comes sooner."""
GATHERING: Final = 0.1
"""Seconds after being woken before it is looked: what comes meanwhile is done together."""
ENDING: Final = 10.0

Make = Callable[[Connection], Act]


def run_messages(app: App, say: Say) -> None:
    """Act, or stand by until nobody else does, for ever; survives PostgreSQL's restarts."""

    def work() -> None:
        with app.connect() as leading:
            lead(leading, ACTING_LOCK)
            say("acts: journeys, campaigns, the outbox", "acts")
            _act(app, leading, say)

    endure(work, say)


def _act(app: App, leading: Connection, say: Say) -> None:
    """Run the parts until the connection that holds the lead is lost."""
    sender = make_sender(app)
    ended, end = os.pipe()
    parts = (
        Part(JOURNEYS, app, say, ended, (CHANNEL, journeys.CHANNEL), lambda worker: act_journeys(app, worker, say)),
        Part(CAMPAIGNS, app, say, ended, (journeys.CHANNEL,), lambda worker: act_campaigns(app, worker, say)),
        Part(OUTBOX, app, say, ended, (outbox.CHANNEL,), lambda worker: sender.turn),
    )
    for part in parts:
        part.start()
    try:
        # Nothing comes on this connection but its end.
        select.select([leading.fileno()], [], [])
        leading.execute("SELECT 1")
        raise DatabaseError("the connection that leads said something")
    finally:
        os.close(end)
        for part in parts:
            part.join(ENDING)
        os.close(ended)
        sender.close()


class Part(threading.Thread):
    """One part: takes turns until there is nothing to do, then sleeps until it is woken or its next time has come."""

    def __init__(self, name: str, app: App, say: Say, ended: int, channels: Iterable[str], make: Make) -> None:
        super().__init__(name=name, daemon=True)
        self._app = app
        self._say = say
        self._ended = ended
        self._channels = tuple(channels)
        self._make = make

    def run(self) -> None:
        """Go on until all of it ends; what goes wrong is told, and tried again."""
        pause = FIRST_PAUSE
        while not self._over(0.0):
            try:
                with self._app.connect() as listener, self._app.connect() as worker:
                    set_name(worker, self.name)
                    for channel in self._channels:
                        listener.execute(f"LISTEN {channel}")
                    turn = self._make(worker)
                    while not self._over(0.0):
                        wait = turn()
                        pause = FIRST_PAUSE
                        if wait > 0:
                            told = _told(listener)
                            if not told:
                                self._over(min(wait, LONGEST), listener)
                            if told or _told(listener):
                                self._over(GATHERING)
            # Whatever it is, the other parts go on, and this one tries again.
            except Exception as error:
                kind = type(error).__name__
                self._say(f"{self.name} wait ({kind})", "part_waits", part=self.name, error=kind, again_in_s=pause)
                self._over(pause)
                pause = min(60.0, pause * 2)

    def _over(self, seconds: float, listener: Connection | None = None) -> bool:
        """Wait so long, or until the listener is told something; returns whether all is to end."""
        watched = [self._ended] if listener is None else [self._ended, listener.fileno()]
        return self._ended in select.select(watched, [], [], seconds)[0]


def _told(listener: Connection) -> bool:
    """Whether anything was notified since it was asked last; all that came is read, so that nothing piles up."""
    return bool(list(listener.notifies(timeout=0)))
