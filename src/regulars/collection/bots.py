"""Whether a user agent is a robot's: such events are kept and flagged, never dropped."""

from functools import lru_cache

from crawleruseragents import is_crawler

_LONGEST = 1_000


@lru_cache(maxsize=8_192)
def is_bot(user_agent: str) -> bool:
    """Whether the maintained list of crawlers knows this user agent; remembered, as a look-up costs 600 patterns."""
    return bool(user_agent) and is_crawler(user_agent[:_LONGEST])
