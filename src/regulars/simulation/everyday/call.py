"""A tracking call of the town before it is sent, and who makes it."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from regulars.simulation.everyday.chance import mark
from regulars.simulation.everyday.goods import SITE

encode = msgspec.json.Encoder().encode

CLIENTS = ("web", "app")
SERVERS = ("shop", "till", "newsletter", "care")
NAMES = {name: f"town-{name}" for name in (*CLIENTS, *SERVERS)}
"""What each is called outside: names and id space of their own, so that they never pass for a shop's real sources."""
SOURCES = tuple(
    {"name": NAMES[name], "trust": "client" if name in CLIENTS else "server", "group": "town"} for name in NAMES
)
"""Who sends, as `sources.json` names them."""
_LIBRARIES = {
    "web": {"name": "analytics.js", "version": "2.11.1"},
    "app": {"name": "analytics-kotlin", "version": "1.19.2"},
}
_SERVER_LIBRARY = {"name": "analytics-python", "version": "2.4.0"}
_DAY = 86_400_000


class Item(msgspec.Struct, omit_defaults=True):
    """One call in the shape of the Segment spec; parts that repeat are JSON already."""

    type: str
    messageId: str
    origin: str
    context: msgspec.Raw
    event: str = ""
    name: str = ""
    userId: str = ""
    anonymousId: str = ""
    originalTimestamp: str = ""
    timestamp: str = ""
    traits: msgspec.Raw | None = None
    properties: msgspec.Raw | None = None


class Line(msgspec.Struct):
    """One line of `events.jsonl`."""

    source: str
    received_at: str
    event: Item


class Voice(msgspec.Struct, frozen=True):
    """Who speaks: a source, the ids it shows, and its context as JSON without the closing brace.

    `strong` says that it shows a user id, an e-mail or a card.
    """

    source: str
    user_id: str
    anonymous_id: str
    context: bytes
    strong: bool

    @property
    def client(self) -> bool:
        """Whether a browser or an app speaks."""
        return self.source in CLIENTS


def voice(
    source: str, user_id: str = "", anonymous_id: str = "", *, email: str = "", phone: str = "", loyalty_id: str = "",
    payment_token: str = "", device_id: str = "", agent: str = "", first: str = "", last: str = "",
) -> Voice:  # fmt: skip
    """A voice from the identifiers as they are shown; an empty one is left out."""
    context: dict[str, Any] = {"library": _LIBRARIES.get(source, _SERVER_LIBRARY)}
    if agent:
        context["userAgent"] = agent
    if source == "app":
        context["app"] = {"name": "Lindenhof", "version": "4.2.0"}
    shown = (("email", email), ("phone", phone), ("firstName", first), ("lastName", last))
    traits = {name: value for name, value in shown if value}
    if traits:
        context["traits"] = traits
    given = (("loyalty_id", loyalty_id), ("payment_token", payment_token), ("device_id", device_id))
    external = [{"id": value, "type": kind} for kind, value in given if value]
    if external:
        context["externalIds"] = external
    return Voice(source, user_id, anonymous_id, encode(context)[:-1], bool(user_id or email or loyalty_id))


def page(path: str, referrer: str = "", campaign: str = "") -> bytes:
    """What a context says of the page, as JSON to stand behind the rest of it; `campaign` is an utm_campaign."""
    about: dict[str, Any] = {"page": {"path": path, "url": SITE + path}}
    if referrer:
        about["page"]["referrer"] = referrer
    if campaign:
        about["campaign"] = {"name": campaign, "source": "newsletter", "medium": "email"}
    return b"," + encode(about)[1:-1]


@lru_cache(maxsize=8192)
def product_page(path: str) -> bytes:
    """The same of a product's page."""
    return page(path)


def item(
    who: Voice, message_id: str, kind: str, name: str, time: int, properties: bytes, traits: bytes, about: bytes
) -> Item:
    """The call of a voice at a time (ms since 1970 UTC); its parts are JSON, b"" where there is none."""
    moment = iso(time)
    client = who.source in CLIENTS
    return Item(
        kind,
        message_id,
        "simulated",
        msgspec.Raw(who.context + about + b"}"),
        name if kind == "track" else "",
        name if kind != "track" else "",
        who.user_id,
        who.anonymous_id,
        moment if client else "",
        "" if client else moment,
        msgspec.Raw(traits) if traits else None,
        msgspec.Raw(properties) if properties else None,
    )


def iso(time: int) -> str:
    """Milliseconds since 1970 as the SDKs write them."""
    day, rest = divmod(time, _DAY)
    seconds, part = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_date(day)}T{hour:02d}:{minute:02d}:{second:02d}.{part:03d}Z"


@lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()


def message_id(root: str, person: int, number: int) -> str:
    """The id of a person's n-th call: the same at every run, and it tells nobody whose it is."""
    return mark(root, "call", person, number)
