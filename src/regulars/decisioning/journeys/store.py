"""Journeys in the truth: every version of each, and whether it runs."""

import time
from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec

from regulars.decisioning.journeys import queries
from regulars.decisioning.journeys.journey import NAME, BadJourney, Journey
from regulars.decisioning.journeys.reading import read_journey
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

ACTOR: Final = "regulars"
"""In whose name the shipped ones are made; what somebody changed is left alone."""
MOST: Final = 200


class Version(msgspec.Struct, frozen=True):
    """One version of a journey: its YAML, who made it when (microseconds since 1970 UTC)."""

    name: str
    version: int
    at: int
    actor: str
    title: str
    body: str

    def journey(self) -> Journey:
        """What it says. Raises BadJourney for one that another version of the program wrote."""
        return _read(self.body)


class Switch(msgspec.Struct, frozen=True):
    """Whether a journey runs, since when, and who said so."""

    name: str
    running: bool
    at: int
    actor: str


_read = lru_cache(maxsize=500)(read_journey)


def all_journeys(connection: Connection) -> list[Version]:
    """The present version of every journey, by name."""
    return [Version(*row) for row in connection.execute(queries.ALL)]


def versions(connection: Connection, name: str, most: int = 100) -> list[Version]:
    """The versions of one journey, the present one first."""
    return [Version(*row) for row in connection.execute(queries.VERSIONS, (name, most))]


def find(connection: Connection, name: str, version: int = 0) -> Version | None:
    """A journey, in its present version or in this one."""
    if not version:
        return next(iter(versions(connection, name, 1)), None)
    return next((Version(*row) for row in connection.execute(queries.ONE, (name, version))), None)


def switches(connection: Connection) -> dict[str, Switch]:
    """Of each journey that was ever switched on, whether it runs now."""
    return {row[0]: Switch(*row) for row in connection.execute(queries.SWITCHES)}


def running(connection: Connection) -> dict[str, tuple[Version, Switch]]:
    """The journeys that run now."""
    said = switches(connection)
    found = {each.name: each for each in all_journeys(connection)}
    return {name: (found[name], each) for name, each in said.items() if each.running and name in found}


def put(connection: Connection, actor: str, name: str, body: str) -> Version:
    """Make this the present version of a journey, audited; where nothing differs, the present one stays.

    Who is in goes on by the version she came in by. Raises BadJourney.
    """
    if not NAME.fullmatch(name):
        raise BadJourney("name", "must be up to 60 small letters, digits and -, such as abandoned-cart")
    journey = read_journey(body)
    with connection.transaction():
        connection.execute(queries.LOCK)
        now = find(connection, name)
        if now is not None and now.body == body:
            return now
        if now is None and len(all_journeys(connection)) >= MOST:
            raise BadJourney("name", f"is one too many: there are {MOST} journeys already")
        at = max(time.time_ns() // 1000, 0 if now is None else now.at + 1)
        connection.execute(queries.PUT, (name, at, actor, journey.title, body, name))
        action = "make journey" if now is None else "change journey"
        finish(audit.record(awaited(connection), actor, action, (), name))
        connection.execute(queries.NOTIFY)
        made = find(connection, name)
    assert made is not None
    return made


def switch(connection: Connection, actor: str, name: str, on: bool) -> Switch:
    """Switch a journey on or off, audited. Raises BadJourney where there is none, or it cannot be read.

    While it is off nobody comes in and nobody who is in goes on; whose turn was long due when it is switched on again
    leaves.
    """
    with connection.transaction():
        connection.execute(queries.LOCK)
        found = find(connection, name)
        if found is None:
            raise BadJourney("name", "names no journey")
        found.journey()
        now = switches(connection).get(name)
        if now is not None and now.running == on:
            return now
        at = time.time_ns() // 1000
        connection.execute(queries.SWITCH, (name, on, at, actor))
        action = "switch journey on" if on else "switch journey off"
        finish(audit.record(awaited(connection), actor, action, (), name))
        connection.execute(queries.NOTIFY)
    return Switch(name, on, at, actor)


def shipped() -> dict[str, str]:
    """The YAML of the journeys that come with the program, by name."""
    folder = files("regulars.decisioning.journeys") / "shipped"
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(".yaml"))
    return {name.removesuffix(".yaml"): (folder / name).read_text("utf-8") for name in found}


def install(connection: Connection) -> int:
    """Make those that are not there yet, and bring up to date those that nobody changed; returns how many.

    All are off until somebody switches them on.
    """
    count = 0
    for name, body in shipped().items():
        there = find(connection, name)
        if there is None or (there.actor == ACTOR and there.body != body):
            put(connection, ACTOR, name, body)
            count += 1
    return count
