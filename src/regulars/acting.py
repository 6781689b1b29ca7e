"""Puts together what takes journeys and campaigns on, for the process that acts and for commands."""

import time
from collections.abc import Callable
from typing import Final, Protocol

import psycopg

from regulars.app import App
from regulars.clienteling import confirm
from regulars.decisioning import actions
from regulars.decisioning.campaigns import store as campaigns
from regulars.decisioning.campaigns.run import Campaigns
from regulars.decisioning.deciding import Deciding
from regulars.decisioning.journeys import entries, place, store
from regulars.decisioning.journeys.follow import Follower
from regulars.decisioning.journeys.journey import DAY
from regulars.decisioning.journeys.shelves import Shelves
from regulars.decisioning.journeys.turns import Turns
from regulars.decisioning.journeys.world import ShopWorld
from regulars.model.decision import Action
from regulars.recommendations.files import Latest
from regulars.sending import base_of
from regulars.storage.database import Connection


class Say(Protocol):
    """How it is told what happens: words for people, a name and figures for programs."""

    def __call__(self, text: str, event: str, **fields: str | int | float | bool) -> None:
        """Tell it."""


Act = Callable[[], float]
"""Does what is to be done now; returns in how many seconds to come again, 0 for at once."""

IDLE: Final = 600.0
BEHIND: Final = (0.05, 2.0)
"""While the pipeline has not taken in all of the log yet, it is looked again after so long, and longer each time."""
PASSING: Final = 60.0
"""Seconds between two looks at new events while no journey runs."""
EVENTS: Final = "new events"
WISHES: Final = "addresses to be confirmed"
RESTS: Final = 60.0
"""A journey or campaign that goes wrong rests so many seconds; the others go on."""
KEPT: Final = 400 * DAY
"""So long it is known who was in a journey."""


def make_deciding(app: App) -> Deciding:
    """What is decided by in an installation."""
    said = app.settings

    def stated(connection: Connection) -> list[Action]:
        return [each.action for each in actions.all_actions(connection)]

    return Deciding(app.secret, said.rules, said.contact, said.timezone, said.currency, stated)


def make_world(app: App, connection: Connection) -> ShopWorld:
    """What journeys ask of the shop."""
    return ShopWorld(connection, Latest(app.folder.recommendations).model)


def act_journeys(app: App, connection: Connection, say: Say) -> Act:
    """Takes journeys on, on a connection that nobody else uses: who comes in, and whose turn it is."""
    store.install(connection)
    world = make_world(app, connection)
    turns = Turns(connection, make_deciding(app), world)
    follower = Follower(connection, app.secret, world, Shelves(connection, app.folder.lake))
    guard, lagging, tidied, followed = Guard(say), BEHIND[0], 0.0, 0.0
    deciding, base = make_deciding(app), base_of(app.settings)

    def act() -> float:
        nonlocal lagging, tidied, followed
        now = _now()
        if time.monotonic() - tidied > DAY / 1_000_000 or not tidied:
            entries.forget(connection, now - KEPT)
            tidied = time.monotonic()
        everything, done = store.running(connection), 0
        # What comes is taken up even by one that rests.
        # While no journey runs, it is enough that not too much is left to pass over when one is switched on.
        if everything or time.monotonic() - followed > PASSING:
            done = 0 if guard.rests(EVENTS) else guard.run(EVENTS, lambda: follower.look(everything, now))
            followed = time.monotonic()
        running = [name for name in everything if not guard.rests(name)]
        for name in running:
            done += guard.run(name, lambda name=name: turns.step(name, now))  # type: ignore[misc]
        wished = confirm.is_waiting(connection) and not guard.rests(WISHES)
        if wished:
            done += guard.run(WISHES, lambda: confirm.ask(connection, deciding, base, now))
        if done:
            lagging = BEHIND[0]
            return 0.0
        waits = [guard.until(), _until(entries.next_wake(connection, running), now)]
        if (running or wished) and place.is_behind(connection):
            waits.append(lagging)
            lagging = min(lagging * 1.5, BEHIND[1])
        else:
            lagging = BEHIND[0]
        return min(waits)

    return act


def act_campaigns(app: App, connection: Connection, say: Say) -> Act:
    """Takes campaigns on, on a connection that nobody else uses."""
    runner = Campaigns(connection, make_deciding(app))
    guard = Guard(say)

    def act() -> float:
        now = _now()
        running = [(name, starts) for name, starts in campaigns.running(connection) if not guard.rests(name)]
        done = 0
        for name, starts in running:
            if starts <= now:
                done += guard.run(name, lambda name=name: runner.step(name, now))  # type: ignore[misc]
        if done:
            return 0.0
        due = [max(starts, runner.next_wake(name) or 0) for name, starts in running]
        return min([guard.until(), *(_until(each, now) for each in due)])

    return act


class Guard:
    """Lets one that goes wrong rest while the others go on."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._resting: dict[str, float] = {}

    def rests(self, name: str) -> bool:
        """Whether it rests now."""
        return self._resting.get(name, 0.0) > time.monotonic()

    def until(self) -> float:
        """Seconds until the next has rested enough; at most `IDLE`."""
        now = time.monotonic()
        return min((each - now for each in self._resting.values() if each > now), default=IDLE)

    def run(self, name: str, step: Callable[[], int]) -> int:
        """What a step returns; 0 where it goes wrong. Raises psycopg's errors of a connection that is lost."""
        try:
            return step()
        except (psycopg.OperationalError, psycopg.InterfaceError):
            raise
        # One that cannot be taken on must not stop the others.
        except Exception as error:
            kind = type(error).__name__
            self._say(f"{name} rests for {RESTS:.0f} s ({kind})", "rests", name=name, error=kind)
            self._resting[name] = time.monotonic() + RESTS
            return 0


def _until(due: int | None, now: int) -> float:
    return IDLE if due is None else min(IDLE, max(0.0, (due - now) / 1_000_000))


def _now() -> int:
    return time.time_ns() // 1000
