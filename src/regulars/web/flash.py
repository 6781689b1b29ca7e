"""What a page says about what was just done, once, with a way to undo it; kept in a signed cookie until then."""

import base64
import binascii
import hmac

import msgspec

from regulars.model.secret import Secret

SECONDS = 300
LONGEST = 3_000
"""Bytes; a browser keeps 4,096 of a cookie."""


class Undo(msgspec.Struct, frozen=True):
    """The form that takes back what was done: where it goes, and its fields."""

    action: str
    fields: dict[str, str] = {}
    label: str = "Undo"


class Flash(msgspec.Struct, frozen=True):
    """One message: `kind` is success, info, warning or danger; `copy` is text to take along, such as a link."""

    text: str
    kind: str = "success"
    undo: Undo | None = None
    copy: str = ""


_decode = msgspec.json.Decoder(Flash).decode


def pack(secret: Secret, session: str, flash: Flash) -> str:
    """A message as a cookie that only this session's pages show."""
    if len(flash.text) > LONGEST // 4:
        flash = msgspec.structs.replace(flash, text=flash.text[: LONGEST // 4] + "…")
    body = msgspec.json.encode(flash)
    return base64.urlsafe_b64encode(_mac(secret, session, body) + body).decode()


def unpack(secret: Secret, session: str, cookie: str) -> Flash | None:
    """The message of a cookie; None where it is none of ours."""
    try:
        raw = base64.urlsafe_b64decode(cookie.encode())
        mac, body = raw[:16], raw[16:]
        return _decode(body) if hmac.compare_digest(mac, _mac(secret, session, body)) else None
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


def _mac(secret: Secret, session: str, body: bytes) -> bytes:
    return secret.mac_bytes("flash", session.encode("utf-8", "replace") + b"\0" + body)
