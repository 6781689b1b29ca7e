"""Names that mail carries back to us: the signed return path of each message (VERP), and its Message-ID."""

import base64
import binascii
import hmac
import re
from typing import Final

from regulars.model.secret import Secret

_SIZE: Final = 16
_MAC: Final = 10
_LONGEST: Final = 320
_TOKEN = re.compile(r"[a-z2-7]{42}")
_MESSAGE_ID = re.compile(r"<?([0-9a-f]{32})@[^<>@\s]{1,253}>?", re.ASCII)


def return_path(secret: Secret, bounces: str, decision: bytes) -> str:
    """The envelope's sender for a decision's message: `bounces`, such as `bounce@mail.shop.example`, with a token.

    Whoever reports a failure to it says which message it was; only we can make such an address.
    """
    local, _, domain = bounces.rpartition("@")
    token = base64.b32encode(decision + secret.mac_bytes("verp", decision, _MAC)).decode().rstrip("=").lower()
    return f"{local}+{token}@{domain}"


def decision_of_path(secret: Secret, address: str) -> bytes | None:
    """Whose failure a return path tells of; None where it is not of our making."""
    found = _TOKEN.fullmatch(address[:_LONGEST].rpartition("@")[0].rpartition("+")[2].lower())
    if found is None:
        return None
    try:
        raw = base64.b32decode(found[0].upper() + "======")
    except binascii.Error:
        return None
    decision, mac = raw[:_SIZE], raw[_SIZE:]
    return decision if hmac.compare_digest(mac, secret.mac_bytes("verp", decision, _MAC)) else None


def message_id(decision: bytes, domain: str) -> str:
    """The Message-ID of a decision's message: the same however often it is handed over."""
    return f"<{decision.hex()}@{domain}>"


def decision_of_id(text: str) -> bytes | None:
    """The decision that a Message-ID of ours names; None where it is of another form. Whoever asks looks it up."""
    found = _MESSAGE_ID.fullmatch(text.strip())
    return bytes.fromhex(found[1]) if found else None
