"""What collection needs of the outside: a directory of keys, and a log that makes frames durable."""

from typing import Protocol

from regulars.model.frame import Frame
from regulars.model.source import Source


class LogUnavailable(Exception):
    """The log, or the directory of keys, cannot be reached; the sender is to try again."""


class Busy(Exception):
    """The appender's queue is full; the sender is to slow down."""


class Keys(Protocol):
    """Knows whose a key is."""

    async def find(self, key: str) -> Source | None:
        """The source of a key; None when it is unknown or revoked. Raises LogUnavailable."""
        ...


class Appender(Protocol):
    """Makes frames durable."""

    async def append(self, frame: Frame) -> None:
        """Returns once `frame` is durable. Raises Busy or LogUnavailable; then it may not be kept."""
        ...
