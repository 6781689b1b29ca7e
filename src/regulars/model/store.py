"""A store as the catalogue knows it, with when it is open."""

from datetime import datetime
from typing import Any

import msgspec

Span = tuple[str, str]
"""From and to, as `HH:MM` of the store's own clock; to `24:00` is midnight, a smaller one is of the next day."""


class OpeningHours(msgspec.Struct, frozen=True):
    """When a store is open: by weekday (`mon` … `sun`), and on single days (`2026-12-25`) that differ."""

    weekly: dict[str, tuple[Span, ...]] = {}
    exceptions: dict[str, tuple[Span, ...]] = {}
    text: str = ""


class Store(msgspec.Struct, frozen=True):
    """A store as the catalogue knows it; '' and None where nobody said.

    `timezone` is an IANA name that this machine knows, else ''; `country` has the two letters of ISO 3166 where the
    shop says so; the position is in degrees.
    """

    id: str
    name: str = ""
    timezone: str = ""
    country: str = ""
    address: dict[str, Any] = {}
    latitude: float | None = None
    longitude: float | None = None
    opening_hours: OpeningHours | None = None
    phone: str = ""
    email: str = ""
    url: str = ""
    status: str = ""
    attributes: dict[str, Any] = {}
    simulated: bool = False
    updated: datetime | None = None
    sources: tuple[str, ...] = ()
