"""How often something may be asked in a while, counted in this process."""

from collections import OrderedDict
from time import monotonic

KEYS = 10_000
"""So many different ones are counted; of more, those asked longest ago are forgotten."""


class Limiter:
    """Lets each key through `most` times in `seconds`, in windows that begin with its first time."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._seen: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    def lets(self, key: bytes) -> bool:
        """Whether it is let through this time, which is counted."""
        now = monotonic()
        began, count = self._seen.pop(key, (now, 0))
        if now - began >= self._seconds:
            began, count = now, 0
        self._seen[key] = (began, count + 1)
        if len(self._seen) > KEYS:
            self._seen.popitem(last=False)
        return count < self._most
