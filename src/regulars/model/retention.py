"""How long each class of data is kept."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

FOR_EVER: Final = "none"
MOST_DAYS: Final = 36_500


class Retention(msgspec.Struct, frozen=True):
    """Days, counted from when it was received or written; None keeps it for ever.

    `browsing` – what pages, screens and product views say beyond who was there and when;
    `anonymous` – visitors of whom only a cookie or a device is known, as a whole, once they have stayed away so long;
    `rejected` – items that could not be taken in, with their bytes; `audit` – the audit log;
    `logs` – files in `logs/` that nothing is written to any more;
    `decisions` – what was decided and why, with what was delivered, opened and followed;
    `slots` – the same of places on the site, where far more is decided.
    Of the last two nothing goes that caps look at (90 days), that waits, or that is of a campaign not over yet.
    Orders, refunds, consents, links by hand and all that is known of anybody else are no class: they stay.
    """

    browsing: int | None = 1095
    anonymous: int | None = 760
    rejected: int | None = 90
    audit: int | None = 1095
    logs: int | None = 30
    decisions: int | None = 760
    slots: int | None = 400

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Retention":
        """The defaults with what a table of the TOML file says over them. Raises ValueError naming the wrong key."""
        return cls(**{key: _days(key, value) for key, value in settings.items()})


CLASSES: Final = Retention.__struct_fields__
"""The classes, in the order in which a run goes through them."""


def _days(key: str, value: Any) -> int | None:
    if key not in CLASSES:
        raise ValueError(f"{key}: no such class of data; there are {', '.join(CLASSES)}")
    if value == FOR_EVER:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DAYS:
        raise ValueError(f'{key}: must be a number of days from 0 to {MOST_DAYS}, or "{FOR_EVER}", not {value!r}')
    return value
