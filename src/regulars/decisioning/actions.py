"""The actions: every version of each, who made it, and what each did of late."""

import re
import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec
import psycopg

from regulars.decisioning import queries
from regulars.model.contact import REACH, ContactPolicy
from regulars.model.decision import Action, Rulebook, rulebook
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

ACTOR: Final = "regulars"
"""In whose name those are made that come with the program; what somebody changed is left alone."""

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
MOST_ACTIONS: Final = 500
MOST_LEVER: Final = 10.0
_LONGEST: Final = 300
_MOST_MONEY: Final = 10**12


class BadAction(ValueError):
    """An action cannot be taken so; the message says where and why."""


class Stored(msgspec.Struct, frozen=True):
    """The present version of an action: when it was made (microseconds since 1970 UTC), and by whom."""

    action: Action
    at: int
    actor: str


class Did(msgspec.Struct, frozen=True):
    """What an action did since a time: how often it was taken, by channel, and how often held back to compare."""

    done: int = 0
    held_back: int = 0
    channels: tuple[tuple[str, int], ...] = ()


def all_actions(connection: Connection) -> list[Stored]:
    """The present version of every action, by name."""
    return finish(all_actions_async(awaited(connection)))


async def all_actions_async(connection: AsyncConnection) -> list[Stored]:
    """As `all_actions`."""
    return [_stored(*row) for row in await (await connection.execute(queries.ACTIONS)).fetchall()]


def versions(connection: Connection, name: str, most: int = 100) -> list[Stored]:
    """The versions of one action, the present one first."""
    return [_stored(*row) for row in connection.execute(queries.ACTION_VERSIONS, (name, most))]


def find(connection: Connection, name: str) -> Stored | None:
    """The present version of an action."""
    return next(iter(versions(connection, name, 1)), None)


def present_book(connection: Connection, policy: ContactPolicy, zone: str, currency: str) -> Rulebook:
    """The rulebook of all actions as they are now; those switched off are in it, and say so."""
    return finish(present_book_async(awaited(connection), policy, zone, currency))


async def present_book_async(connection: AsyncConnection, policy: ContactPolicy, zone: str, currency: str) -> Rulebook:
    """As `present_book`."""
    return rulebook(policy, tuple(each.action for each in await all_actions_async(connection)), zone, currency)


def put(connection: Connection, actor: str, action: Action) -> Stored:
    """Make this the present version of an action, audited; where nothing differs, the present one stays.

    Its `version` is counted here. Raises BadAction.
    """
    check(action)
    with connection.transaction():
        connection.execute(queries.LOCK_ACTIONS)
        there = find(connection, action.name)
        version = 0 if there is None else there.action.version
        if there is not None and msgspec.structs.replace(action, version=version) == there.action:
            return there
        if there is None and len(all_actions(connection)) >= MOST_ACTIONS:
            raise BadAction(f"there are {MOST_ACTIONS} actions already")
        made = msgspec.structs.replace(action, version=version + 1)
        at = max(time.time_ns() // 1000, 0 if there is None else there.at + 1)
        body = msgspec.json.encode(made).decode()
        connection.execute(queries.PUT_ACTION, (made.name, made.version, at, actor, body))
        finish(audit.record(awaited(connection), actor, "change action" if there else "make action", (), made.name))
    return Stored(made, at, actor)


def change(
    connection: Connection, actor: str, name: str, *, enabled: bool | None = None, lever: float | None = None
) -> Stored:
    """Switch an action on or off, or set its lever. Raises BadAction."""
    there = find(connection, name)
    if there is None:
        raise BadAction(f"there is no action {name}")
    now = there.action
    return put(
        connection, actor, msgspec.structs.replace(
            now, enabled=now.enabled if enabled is None else enabled, lever=now.lever if lever is None else lever
        ),
    )  # fmt: skip


def install(connection: Connection, shipped: Iterable[Action]) -> int:
    """Make those that are not there yet, and bring up to date those that nobody changed; returns how many."""
    there = {each.action.name: each for each in all_actions(connection)}
    count = 0
    for each in shipped:
        now = there.get(each.name)
        if now is not None and now.actor != ACTOR:
            continue
        if now is None or msgspec.structs.replace(each, version=now.action.version) != now.action:
            put(connection, ACTOR, each)
            count += 1
    return count


def did(connection: Connection, since: int) -> dict[str, Did]:
    """What each action did since a time, in microseconds since 1970 UTC."""
    found: dict[str, Did] = {}
    for action, done, channel, n in connection.execute(queries.DID, (since,)):
        now = found.get(action, Did())
        if done:
            now = Did(now.done + n, now.held_back, tuple(sorted((*now.channels, (channel, n)))))
        else:
            now = Did(now.done, now.held_back + n, now.channels)
        found[action] = now
    return found


def nothing_done(connection: Connection, since: int) -> tuple[int, int]:
    """How many decisions since a time came to nothing, and how many of these only wait to be decided again."""
    row = connection.execute(queries.NOTHING_DONE, (since,)).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def check(action: Action) -> None:
    """Raises BadAction for what cannot be: no name, no channel, a share beyond 1, a cap without days."""
    if not NAME.fullmatch(action.name):
        raise BadAction("name: must be up to 60 small letters, digits and -, such as win-back")
    for field in ("title", "because", "purpose", "topic", "message"):
        said = getattr(action, field)
        if len(said) > _LONGEST or not (said.isprintable() or said == ""):
            raise BadAction(f"{field}: must be one line of at most {_LONGEST} characters")
    if not action.title or not action.purpose:
        raise BadAction("title, purpose: must be said")
    if not action.channels or len(set(action.channels)) < len(action.channels):
        raise BadAction("channels: must name one or more, each once")
    for field, least, most in _BOUNDS:
        if not least <= getattr(action, field) <= most:
            raise BadAction(f"{field}: must lie from {least:g} to {most:g}")
    if bool(action.most) != bool(action.per_days):
        raise BadAction("most, per_days: give both, or neither")
    if action.until and action.until <= action.from_:
        raise BadAction("until: must come after from_")


_BOUNDS: Final[tuple[tuple[str, float, float], ...]] = (
    ("cost", 0, _MOST_MONEY), ("worth", 0, _MOST_MONEY), ("base_rate", 0, 1), ("holdout", 0, 1), ("most", 0, 1000),
    ("per_days", 0, REACH // 86_400_000_000), ("lever", 0, MOST_LEVER),
)  # fmt: skip

_read = msgspec.json.Decoder(Action).decode


def _stored(name: str, version: int, at: int, actor: str, body: str) -> Stored:
    return Stored(_read(body), at, actor)
