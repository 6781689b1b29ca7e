"""Addresses in messages: only what leads to a page, a letter or a call."""

import re
from typing import Final
from urllib.parse import urlsplit

MAX_ADDRESS: Final = 2_000
_BAD: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\<>\"`\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_SCHEMES: Final = ("http", "https")
_ASIDE: Final = ("mailto", "tel")


def target(address: str, base: str = "") -> str:
    """An address as a message may hold it, a path made whole by `base` (the shop's site); '' for anything else.

    Only http, https, mailto and tel are left, without control characters, spaces, or marks that turn text around.
    """
    text = address.strip()
    if not text or len(text) > MAX_ADDRESS or _BAD.search(text):
        return ""
    if text.startswith("/") and not text.startswith("//"):
        return f"{base.rstrip('/')}{text}" if base else ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    if parts.scheme in _ASIDE and parts.path and not parts.netloc:
        return text
    return text if parts.scheme in _SCHEMES and parts.hostname and "@" not in parts.netloc else ""


def picture(address: str, base: str = "") -> str:
    """As `target`, for what a mail program fetches by itself: a page's address only."""
    found = target(address, base)
    return found if found.startswith(("http://", "https://")) else ""
