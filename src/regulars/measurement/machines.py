"""Whether a person or a machine opened a message or followed a link, as far as the request tells.

Mail programs and the scanners before them fetch pictures and follow links by themselves. What is told apart here:

- `apple`: Apple's Mail Privacy Protection loads every picture after delivery, opened or not, as bare `Mozilla/5.0`.
- `google`, `yahoo`: a mail provider's proxy stands between; it may have fetched for a person, or beforehand.
- `robot`: the maintained list of crawlers knows it, or it does not say what it is.
- `ahead`: the browser says that it fetches beforehand.
- `soon`: quicker after the hand-over than anybody reads.
- `burst`: several different links of one message at once, as scanners follow them.

All of these count as *machine or cannot be told*; the rest as people.
"""

from collections.abc import Mapping
from typing import Final

from regulars.collection.bots import is_bot

SECOND: Final = 1_000_000
SOON: Final = 5 * SECOND
"""So soon after it was handed over nobody has opened a message; in microseconds."""
BURST: Final = 3 * SECOND
"""Another link of the same message within this time: nobody reads two pages so fast."""

_APPLE: Final = "Mozilla/5.0"
_PROXIES: Final = (("GoogleImageProxy", "google"), ("YahooMailProxy", "yahoo"))
_GMAIL_AHEAD: Final = "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
"""As Gmail names itself when it fetches a message's pictures before anybody opens it."""
_AHEAD: Final = ("purpose", "sec-purpose", "x-purpose", "x-moz")


def opened_by(headers: Mapping[str, str], since: int) -> str:
    """What opened a message `since` so many microseconds after its hand-over: '' for a person, else why not."""
    agent = headers.get("user-agent", "").strip()
    if agent == _APPLE:
        return "apple"
    for mark, name in _PROXIES:
        if mark in agent:
            return name
    return "google" if agent.endswith(_GMAIL_AHEAD) else _any(headers, agent, since)


def clicked_by(headers: Mapping[str, str], since: int, other: int | None = None) -> str:
    """What followed a link: '' for a person, else why not.

    `since` as in `opened_by`; `other` is how long ago another link of this message was followed, None for never.
    """
    found = _any(headers, headers.get("user-agent", "").strip(), since)
    return found or ("burst" if other is not None and other < BURST else "")


def _any(headers: Mapping[str, str], agent: str, since: int) -> str:
    if any("prefetch" in headers.get(each, "") or "preview" in headers.get(each, "") for each in _AHEAD):
        return "ahead"
    if not agent or is_bot(agent):
        return "robot"
    return "soon" if since < SOON else ""
