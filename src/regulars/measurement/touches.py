"""What became of a message: opened, followed, shown, put away; counted, and told on the timeline once each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from regulars.decisioning import ledger
from regulars.identity.rules import Rules
from regulars.identity.saying import Word, say
from regulars.measurement import queries
from regulars.measurement.machines import clicked_by, opened_by
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

OPENED: Final = "opened"
CLICKED: Final = "clicked"
SHOWN: Final = "shown"
DISMISSED: Final = "dismissed"

EVENTS: Final = {OPENED: "Message Opened", CLICKED: "Message Clicked"}
ONSITE: Final = {SHOWN: "Promotion Viewed", CLICKED: "Promotion Clicked", DISMISSED: "Promotion Dismissed"}
"""On the shop's site they bear the names of the e-commerce specification, which a browser may witness too."""
SOURCE: Final = "messages"
"""The source by which these events are told."""
AT_ONCE: Final = 200
"""Touches taken in one transaction."""
HEADERS: Final = ("user-agent", "purpose", "sec-purpose", "x-purpose", "x-moz")
"""What of a request tells people from machines; nothing else of it is kept."""

_ADDRESSED: Final = ("email", "phone")


class Touch(msgspec.Struct, frozen=True):
    """Something done with the message of a decision, at a time in microseconds since 1970 UTC.

    `url` is where a link led, '' for what is no link. `headers` are those of `HEADERS` that came with it. `onsite` is
    for what a page of the shop reported itself, where machines are not looked for.
    """

    decision: bytes
    what: str
    at: int
    url: str = ""
    headers: Mapping[str, str] = {}
    onsite: bool = False


class _Sent(msgspec.Struct, frozen=True):
    decision: bytes
    customer: bytes
    current: bytes | None
    kind: str
    name: str
    action: str
    channel: str
    simulated: bool
    address: str
    message: str
    message_id: str
    sent: int


def take(connection: Connection, touches: Sequence[Touch], secret: Secret, rules: Rules, now: int) -> int:
    """Count these (at most `AT_ONCE`), and tell what is new of them on the timeline; returns how many events.

    One transaction. What is done again with the same message is only counted, so that nobody can fill the log by
    loading a picture often. Of a decision that is not there any more nothing is kept.
    """
    with connection.transaction():
        sent = _sent(connection, touches)
        followed = _followed(connection, sent)
        words: list[Word] = []
        for touch in sorted(touches, key=lambda each: each.at):
            about = sent.get(touch.decision)
            if about is not None:
                if touch.what == SHOWN:
                    ledger.seen(connection, touch.decision, touch.at)
                words += _count(connection, touch, about, followed[touch.decision], secret)
        return say(connection, words, rules, SOURCE, now) if words else 0


def _sent(connection: Connection, touches: Iterable[Touch]) -> dict[bytes, _Sent]:
    rows = connection.cursor(binary=True).execute(queries.SENT, (byteas({each.decision for each in touches}),))
    return {row[0]: _Sent(*row) for row in rows}


def _followed(connection: Connection, decisions: Iterable[bytes]) -> dict[bytes, dict[bytes, int]]:
    """When each link of these was last followed, by the link's keyed name."""
    found: dict[bytes, dict[bytes, int]] = defaultdict(dict)
    for decision, place, last in connection.cursor(binary=True).execute(queries.FOLLOWED, (byteas(decisions),)):
        found[decision][place] = last
    return found


def _count(
    connection: Connection, touch: Touch, about: _Sent, followed: dict[bytes, int], secret: Secret
) -> list[Word]:  # fmt: skip
    place = secret.mac("link place", touch.url) if touch.url else b""
    machine = _machine(touch, about, [last for link, last in followed.items() if link != place])
    if touch.what == CLICKED:
        followed[place] = touch.at
    row = connection.cursor(binary=True).execute(
        queries.COUNT, (touch.decision, touch.what, machine, place, about.customer, touch.at, touch.at)
    ).fetchone()  # fmt: skip
    assert row is not None
    # What a robot follows is nothing that she did: it is counted, not told.
    untold = machine and touch.what == CLICKED
    return [_word(touch, about, machine, place, secret)] if row[0] == 1 and not untold else []


def _machine(touch: Touch, about: _Sent, others: list[int]) -> str:
    if touch.onsite:
        return ""
    since = touch.at - about.sent
    if touch.what == OPENED:
        return opened_by(touch.headers, since)
    return clicked_by(touch.headers, since, touch.at - max(others) if others else None)


def _word(touch: Touch, about: _Sent, machine: str, place: bytes, secret: Secret) -> Word:
    properties: dict[str, Any] = {
        "decision": touch.decision.hex(), "channel": about.channel, about.kind: about.name, "action": about.action,
        "message": about.message, "message_id": about.message_id,
    }  # fmt: skip
    if about.kind == "campaign":
        properties["campaign_id"] = about.name
    if touch.onsite:
        properties |= {"promotion_id": touch.decision.hex(), "name": about.action, "position": about.name}
    else:
        properties["machine"] = bool(machine)
        properties["told_by"] = machine
    if touch.url:
        # Behind the path there may stand what only she should know.
        parts = urlsplit(touch.url)
        properties["url"] = f"{parts.scheme}://{parts.netloc}{parts.path}"
    id = secret.mac("touch", touch.decision.hex(), touch.what, machine, place.hex()).hex()
    type_, _, value = about.address.partition(":")
    named = Identifier(type_, "", value) if type_ in _ADDRESSED and value else None
    return Word(
        event=(ONSITE if touch.onsite else EVENTS)[touch.what], message_id=f"{touch.what}-{id}", at=touch.at,
        identifier=named, customer=about.current or about.customer, simulated=about.simulated,
        properties={name: value for name, value in properties.items() if value != ""},
    )  # fmt: skip
