"""Campaigns in the truth, and what a person may do with one: write it, begin, pause, go on, end."""

import time
from collections import Counter
from typing import Any, Final

import msgspec

from regulars.decisioning import outbox
from regulars.decisioning.campaigns import queries
from regulars.decisioning.campaigns.campaign import (
    DONE,
    DRAFT,
    ENDED,
    PAUSED,
    RUNNING,
    BadCampaign,
    Campaign,
    Variant,
    require,
)
from regulars.decisioning.journeys.queries import NOTIFY
from regulars.segments import store as segments
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

KIND: Final = "campaign"
MOST: Final = 10_000

_variants = msgspec.json.Decoder(tuple[Variant, ...]).decode


def all_campaigns(connection: Connection) -> list[Campaign]:
    """Every campaign, the newest first."""
    return [_campaign(row) for row in connection.execute(queries.ALL)]


def find(connection: Connection, name: str, *, lock: bool = False) -> Campaign | None:
    """The campaign of this name; locked until the transaction ends, if asked for."""
    row = connection.execute(queries.LOCKED if lock else queries.FIND, (name,)).fetchone()
    return None if row is None else _campaign(row)


def running(connection: Connection) -> list[tuple[str, int]]:
    """The campaigns that run, and from when on (microseconds since 1970 UTC)."""
    return [(str(name), int(starts)) for name, starts in connection.execute(queries.RUNNING)]


def put(connection: Connection, actor: str, campaign: Campaign, new: bool = False) -> Campaign:
    """Keep a campaign as a draft, audited. Raises BadCampaign: for one that has begun, or a segment that is not there.

    With `new`, a name that is taken is refused.
    """
    require(campaign)
    with connection.transaction():
        now = find(connection, campaign.name, lock=True)
        if now is not None and (new or now.state != DRAFT):
            raise BadCampaign("name", "is taken" if new else "is of a campaign that has begun: make another")
        segment = segments.find(connection, campaign.segment)
        if segment is None or segment.ended:
            raise BadCampaign("segment", f"{campaign.segment} is not there")
        at = time.time_ns() // 1000
        made = msgspec.structs.replace(
            campaign, state=DRAFT, place=b"", actor=actor, at=now.at if now else at, changed=at
        )  # fmt: skip
        connection.execute(queries.PUT, _row(made))
        _audit(connection, actor, "change campaign" if now else "make campaign", made.name)
    return made


def remove(connection: Connection, actor: str, name: str) -> bool:
    """Throw a draft away; False where it is none."""
    with connection.transaction():
        done = connection.execute(queries.REMOVE, (name,)).rowcount
        if done:
            _audit(connection, actor, "remove campaign", name)
    return bool(done)


def begin(connection: Connection, actor: str, name: str, starts: int = 0) -> Campaign:
    """Let a draft begin, now or at a time (microseconds since 1970 UTC). Raises BadCampaign."""
    now = time.time_ns() // 1000
    return _change(connection, actor, name, "begin campaign", (DRAFT,), RUNNING, max(now, starts))


def pause(connection: Connection, actor: str, name: str) -> Campaign:
    """Let nobody more be written to; what waits to be sent is held. Raises BadCampaign."""
    with connection.transaction():
        made = _change(connection, actor, name, "pause campaign", (RUNNING,), PAUSED)
        outbox.hold(connection, KIND, name, time.time_ns() // 1000)
    return made


def resume(connection: Connection, actor: str, name: str) -> Campaign:
    """Go on where it was paused. Raises BadCampaign."""
    with connection.transaction():
        made = _change(connection, actor, name, "resume campaign", (PAUSED,), RUNNING)
        outbox.release(connection, KIND, name, time.time_ns() // 1000)
    return made


def end(connection: Connection, actor: str, name: str) -> Campaign:
    """End it for good: nobody more is written to, and what is held is not sent. Raises BadCampaign."""
    with connection.transaction():
        made = _change(connection, actor, name, "end campaign", (RUNNING, PAUSED), ENDED)
        outbox.hold(connection, KIND, name, time.time_ns() // 1000)
    return made


def done(connection: Connection, campaign: Campaign, now: int) -> None:
    """Note that everybody was asked, in the caller's transaction."""
    connection.execute(queries.SET_STATE, (DONE, campaign.starts, now, campaign.name))


def counts(connection: Connection) -> dict[str, Counter[tuple[str, str]]]:
    """How many of each campaign, by variant and what came of it: sent, held back, or why not."""
    found: dict[str, Counter[tuple[str, str]]] = {}
    for name, variant, what, n in connection.execute(queries.COUNTS):
        found.setdefault(name, Counter())[variant, what] = int(n)
    return found


def waiting(connection: Connection) -> dict[str, int]:
    """How many of each campaign are asked again later."""
    return {str(name): int(n) for name, n in connection.execute(queries.WAITING)}


def _change(
    connection: Connection, actor: str, name: str, action: str, before: tuple[str, ...], state: str, starts: int = 0
) -> Campaign:
    with connection.transaction():
        now = find(connection, name, lock=True)
        if now is None:
            raise BadCampaign("name", "names no campaign")
        if now.state not in before:
            raise BadCampaign("state", f"is {now.state}, so this cannot be done")
        at = time.time_ns() // 1000
        made = msgspec.structs.replace(now, state=state, starts=starts or now.starts, changed=at)
        connection.execute(queries.SET_STATE, (made.state, made.starts, at, name))
        _audit(connection, actor, action, name)
        connection.execute(NOTIFY)
    return made


def _audit(connection: Connection, actor: str, action: str, name: str) -> None:
    finish(audit.record(awaited(connection), actor, action, (), name))


def _row(campaign: Campaign) -> list[Any]:
    said = msgspec.structs.asdict(campaign)
    said["variants"] = msgspec.json.encode(campaign.variants).decode()
    said["channels"] = list(campaign.channels)
    return [said[name] for name in queries.COLUMNS]


def _campaign(row: tuple[Any, ...]) -> Campaign:
    said = dict(zip(queries.COLUMNS, row, strict=True))
    said["variants"] = _variants(said["variants"])
    said["channels"] = tuple(said["channels"])
    said["place"] = bytes(said["place"])
    return Campaign(**said)
