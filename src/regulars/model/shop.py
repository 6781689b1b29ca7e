"""The shop as its customers know it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

LONGEST: Final = 200


class Shop(msgspec.Struct, frozen=True):
    """What messages say of it: `name`, `url` of its own site (paths in messages lead there), postal `address`."""

    name: str = ""
    url: str = ""
    address: str = ""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Shop":
        """The defaults with what a table of the TOML file says over them. Raises ValueError naming the wrong key."""
        for key, value in settings.items():
            if key not in cls.__struct_fields__:
                raise ValueError(f"{key}: no such setting; there are {', '.join(cls.__struct_fields__)}")
            if not isinstance(value, str) or len(value) > LONGEST or not (value == "" or value.isprintable()):
                raise ValueError(f"{key}: must be one line of at most {LONGEST} characters, not {value!r}")
        made = cls(**settings)
        if made.url and not _is_site(made.url):
            raise ValueError(f"url: must be the shop's site, such as https://www.shop.example, not {made.url!r}")
        return msgspec.structs.replace(made, url=made.url.rstrip("/"))


def _is_site(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
