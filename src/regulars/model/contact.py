"""How often, when and at what price customers are contacted: one policy for all channels."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

SERVICE: Final = ("service", "transactional")
"""Purposes that owe nothing to persuasion: they have a budget of their own, and neither quiet hours nor holdouts."""

DELIVERED: Final = ("email", "webhook", "sms", "push", "post")
"""Channels by which we deliver; what is decided for any other, such as `onsite`, is handed to whoever asked."""

TOTAL: Final = "total"
HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
REACH: Final = 90 * DAY
"""So far back contacts are looked at; no cap may reach further."""

FULL: Final = 100
"""The weight of one contact, in hundredths."""

MOST_MONEY: Final = 10**12


class Cap(msgspec.Struct, frozen=True, array_like=True):
    """At most `most` contacts in `days` calendar days of the customer's, today counted."""

    most: int
    days: int

    def __str__(self) -> str:
        return f"{self.most}/{self.days}"


_CAPS: Final = {TOTAL: (Cap(1, 1), Cap(3, 7), Cap(8, 30)), "email": (Cap(2, 7),)}


class ContactPolicy(msgspec.Struct, frozen=True):
    """The contact policy: the table `[contact]` of the settings.

    `caps` and `service` hold caps by channel, under `total` those over all channels together; the first are for what
    persuades, the second for service messages. `weights` say for how much of a contact one by a channel counts in the
    total, in hundredths. `hours_between` is the distance between two contacts. `quiet_from` and `quiet_to` are minutes
    after midnight where the customer is, else where the shop is; both hold for the channels that come to her, which are
    `reaching`. `holdout` is the share of customers who get nothing
    that persuades, `explore` the share of decisions taken by lot. `pressure` is what a contact costs, in minor units of
    the settings' currency, for each contact of the last days (halved every `pressure_days`). `costs` are by channel in
    the same unit. `levers` multiply what an action is worth, by topic; `stages` how likely it is, by stage of life.
    """

    caps: Mapping[str, tuple[Cap, ...]] = msgspec.field(default_factory=lambda: dict(_CAPS))
    service: Mapping[str, tuple[Cap, ...]] = msgspec.field(default_factory=lambda: {TOTAL: (Cap(8, 1), Cap(20, 7))})
    weights: Mapping[str, int] = msgspec.field(default_factory=lambda: {"onsite": 10})
    hours_between: int = 20
    quiet_from: int = 21 * 60
    quiet_to: int = 8 * 60
    reaching: tuple[str, ...] = ("email", "sms", "push")
    holdout: float = 0.05
    explore: float = 0.0
    pressure: int = 20
    pressure_days: int = 7
    costs: Mapping[str, int] = msgspec.field(default_factory=lambda: {"sms": 8, "post": 90})
    levers: Mapping[str, float] = msgspec.field(default_factory=dict)
    stages: Mapping[str, float] = msgspec.field(default_factory=lambda: {"slipping": 0.7, "lapsed": 0.4})

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "ContactPolicy":
        """The defaults with what a table of the TOML file says over them. Raises ValueError naming the wrong key."""
        values = {}
        for key, value in settings.items():
            if key not in _READ:
                raise ValueError(f"{key}: no such setting; there are {', '.join(_READ)}")
            try:
                values[key] = _READ[key](value)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        return cls(**values)


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"must be a share from 0 to 1, not {value!r}")
    return float(value)


def _whole(least: int, most: int, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"must be a whole number from {least} to {most}, not {value!r}")
    return value


def _factor(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1000:
        raise ValueError(f"must be a number from 0 to 1000, not {value!r}")
    return float(value)


def _clock(value: Any) -> int:
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'must be a time of day such as "21:00", not {value!r}')
    return int(found[1]) * 60 + int(found[2])


def _caps(value: Any) -> Mapping[str, tuple[Cap, ...]]:
    if not isinstance(value, Mapping):
        raise ValueError('must be a table of channels, such as {total = ["3/7"]}')
    return {name: tuple(_cap(each) for each in _listed(said)) for name, said in value.items()}


def _cap(value: Any) -> Cap:
    found = re.fullmatch(r"(\d{1,4})/(\d{1,2})", value) if isinstance(value, str) else None
    if found is None or not 1 <= int(found[2]) <= REACH // DAY:
        raise ValueError(f'a cap is AT MOST/DAYS with at most 90 days, such as "3/7", not {value!r}')
    return Cap(int(found[1]), int(found[2]))


def _listed(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, not {value!r}")
    return tuple(value)


def _names(value: Any) -> tuple[str, ...]:
    found = _listed(value)
    if not all(isinstance(each, str) for each in found):
        raise ValueError("must be a list of names")
    return found


def _by_name(read: Any, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a table")
    return {name: read(each) for name, each in value.items()}


_READ: Final[dict[str, Any]] = {
    "caps": _caps,
    "service": _caps,
    "weights": lambda value: _by_name(lambda each: _whole(0, FULL, each), value),
    "hours_between": lambda value: _whole(0, 24 * 90, value),
    "quiet_from": _clock,
    "quiet_to": _clock,
    "reaching": _names,
    "holdout": _share,
    "explore": _share,
    "pressure": lambda value: _whole(0, MOST_MONEY, value),
    "pressure_days": lambda value: _whole(1, 90, value),
    "costs": lambda value: _by_name(lambda each: _whole(0, MOST_MONEY, each), value),
    "levers": lambda value: _by_name(_factor, value),
    "stages": lambda value: _by_name(_factor, value),
}
