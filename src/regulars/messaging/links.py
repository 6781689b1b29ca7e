"""Addresses in messages that tell what came of them: signed, for one decision, leading nowhere but where it was said.

A token is the decision's id and a keyed hash over it and what the token is for, as 43 letters. The target of a link
stands in its address in the clear and is covered by the hash: whoever changes it has a link that leads nowhere. The
one who clicks needs no database for it, so that a link still works while ours does not.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from urllib.parse import quote, urlsplit

from regulars.model.secret import Secret

OPENED: Final = "opened"
CLICKED: Final = "clicked"
SHOWN: Final = "shown"
"""What a token is for: the pixel, one link, or a place on the site."""

LONGEST: Final = 2_000
"""Characters of an address that is wrapped; a longer one is left as it is."""
_SIZE: Final = 16


def token(secret: Secret, use: str, decision: bytes, url: str = "") -> str:
    """The token of a decision (16 bytes) for this use, and of a link for this `url`."""
    return urlsafe_b64encode(decision + _mac(secret, use, decision, url)).decode().rstrip("=")


def decision_of(secret: Secret, use: str, token: str, url: str = "") -> bytes | None:
    """The decision that a token was made for; None where it was not made by us, for this use and address."""
    if len(token) != 43 or not token.isascii():
        return None
    try:
        found = urlsafe_b64decode(f"{token}=")
    except ValueError:
        return None
    decision, given = found[:_SIZE], found[_SIZE:]
    return decision if hmac.compare_digest(_mac(secret, use, decision, url), given) else None


def tracked(secret: Secret, base: str, decision: bytes, url: str) -> str:
    """The address that stands in the message: it says that somebody followed it, and leads on to `url`.

    What is no address of the web (`mailto:`, `tel:`), or too long, is left as it is. `base` as in `https://shop.example`.
    """
    if not is_target(url):
        return url
    return f"{base}/t/c/{token(secret, CLICKED, decision, url)}?u={quote(url, safe='')}"


def pixel(secret: Secret, base: str, decision: bytes) -> str:
    """The address of the picture of one dot that mail programs fetch when a message is opened."""
    return f"{base}/t/o/{token(secret, OPENED, decision)}.gif"


def is_target(url: str) -> bool:
    """Whether an address may be led on to: http or https with a host, printable, without a name or password in it."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or any(each in url for each in ' "<>\\'):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc


def _mac(secret: Secret, use: str, decision: bytes, url: str) -> bytes:
    return secret.mac_bytes(f"link {use}", decision + url.encode("utf-8", "surrogatepass"), _SIZE)
