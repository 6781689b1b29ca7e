"""Which kinds of messages a shop sends and by which channels it asks for consent: the table `[consent]` of settings."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from regulars.model.contact import SERVICE

MARKETING: Final = "marketing"
CHANNELS: Final = ("email", "sms", "phone", "whatsapp", "push", "webpush", "post")
"""The channels by which she may be asked whether she wants to be reached."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}")
_MOST_KINDS = 40


class Kind(msgspec.Struct, frozen=True):
    """A kind of message as a customer sees it: the `topic` of a `purpose`, with its title and a sentence about it."""

    topic: str
    title: str
    about: str = ""
    purpose: str = MARKETING

    @property
    def is_service(self) -> bool:
        """Whether it owes nothing to persuasion, so that it needs no consent."""
        return self.purpose in SERVICE


KINDS: Final = (
    Kind("news", "News and offers", "What is new, and what costs less."),
    Kind("reminders", "Reminders", "What you left in your cart or looked at, and what you may need again."),
    Kind("back-in-store", "Back in store", "Something you looked for is there again."),
    Kind("tips", "Tips", "How to use and look after what you bought."),
    Kind("orders", "Your orders", "Delays, collection and answers to your questions.", SERVICE[0]),
)


class ConsentSettings(msgspec.Struct, frozen=True):
    """What the preference page offers.

    `wording` is the version of its words, kept with each word of consent. A link lets see and change everything for
    `link_days`; after that it still stops messages. `sizes` are what she may state sizes of.
    """

    wording: str = "1"
    link_days: int = 400
    channels: tuple[str, ...] = ("email", "sms")
    sizes: tuple[str, ...] = ("Tops", "Trousers", "Dresses", "Shoes")
    kinds: tuple[Kind, ...] = KINDS

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes that need consent, in order."""
        return tuple(dict.fromkeys(each.purpose for each in self.kinds if not each.is_service)) or (MARKETING,)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "ConsentSettings":
        """The defaults with what a table of the TOML file says over them. Raises ValueError naming the wrong key."""
        values: dict[str, Any] = {}
        for key, value in settings.items():
            if key not in _READ:
                raise ValueError(f"{key}: no such setting; there are {', '.join(_READ)}")
            try:
                values[key] = _READ[key](value)
            except ValueError as error:
                raise ValueError(f"{key}: {error}") from None
        return cls(**values)


def _text(value: Any, longest: int = 200) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > longest:
        raise ValueError(f"must be a line of text of at most {longest} characters, not {value!r}")
    return value.strip()


def _days(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 3650:
        raise ValueError(f"must be a number of days from 1 to 3650, not {value!r}")
    return value


def _channels(value: Any) -> tuple[str, ...]:
    found = _listed(value)
    wrong = [each for each in found if each not in CHANNELS]
    if wrong:
        raise ValueError(f"must be some of {', '.join(CHANNELS)}, not {wrong[0]!r}")
    return tuple(dict.fromkeys(found))


def _sizes(value: Any) -> tuple[str, ...]:
    found = [_text(each, 40) for each in _listed(value)]
    if len(found) > 12:
        raise ValueError("lists at most 12")
    return tuple(dict.fromkeys(each for each in found if each))


def _kinds(value: Any) -> tuple[Kind, ...]:
    found = [_kind(number, each) for number, each in enumerate(_listed(value), 1)]
    if not 1 <= len(found) <= _MOST_KINDS:
        raise ValueError(f"must be 1 to {_MOST_KINDS} kinds")
    if len({(each.purpose, each.topic) for each in found}) < len(found):
        raise ValueError("a topic of a purpose may stand there once")
    return tuple(found)


def _kind(number: int, value: Any) -> Kind:
    where = f"the {number}. kind"
    if not isinstance(value, Mapping) or not {"topic", "title"} <= value.keys() <= set(Kind.__struct_fields__):
        raise ValueError(f"{where} must be a table with topic and title, and if need be about and purpose")
    for name in ("topic", "purpose"):
        said = value.get(name, MARKETING)
        if not isinstance(said, str) or not _NAME.fullmatch(said):
            raise ValueError(f"{where}: {name} is at most 50 of a-z, 0-9, - and _, a letter first, not {said!r}")
    return Kind(**{name: _text(said) for name, said in value.items()})


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"must be a list, not {value!r}")
    return list(value)


_READ: Final[dict[str, Any]] = {
    "wording": lambda value: _text(value, 100),
    "link_days": _days,
    "channels": _channels,
    "sizes": _sizes,
    "kinds": _kinds,
}
