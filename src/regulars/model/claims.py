"""How receipts may be claimed."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

LONGEST_DAYS: Final = 730


class Claims(msgspec.Struct, frozen=True):
    """`days` is how long after a sale its receipt may be claimed."""

    days: int = 30

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Claims":
        """The defaults with what a table of the TOML file says over them. Raises ValueError naming the wrong key."""
        for key, value in settings.items():
            if key != "days":
                raise ValueError(f"{key}: no such setting; there is days")
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_DAYS:
                raise ValueError(f"{key}: must be a number of days from 1 to {LONGEST_DAYS}, not {value!r}")
        return cls(**settings)
