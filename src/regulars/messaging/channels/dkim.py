"""DKIM signatures (RFC 6376): RSA-SHA256, relaxed/relaxed, by `cryptography`."""

import base64
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

Headers = Sequence[tuple[str, str]]

LEAST_BITS: Final = 1024
TWICE: Final = frozenset({"from", "to", "subject", "date", "reply-to", "message-id", "list-unsubscribe"})
"""Signed once more than they occur, so that nobody can add another one on the way (RFC 6376, 5.4.2)."""

_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_SELECTOR = re.compile(r"(?=.{1,63}\Z)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
# Single spaces, nearly all there are, stay as they are and cost nothing.
_SPACES = re.compile(rb"[ \t]{2,}|\t")
_SPACE_AT_END = re.compile(rb"[ \t]+(?=\r\n)")
_FOLDED = re.compile(r"\r\n(?=[ \t])")
_BLANK = re.compile(r"[ \t]+")
_LINE: Final = 70


class BadKey(ValueError):
    """The key cannot sign; the message says why and never holds any of it."""


class Signer:
    """Signs messages for one domain; `key` is a PEM. Raises BadKey."""

    def __init__(self, domain: str, selector: str, key: bytes) -> None:
        if not _DOMAIN.fullmatch(domain) or not _SELECTOR.fullmatch(selector):
            raise BadKey("DKIM wants a domain such as shop.example and a selector such as regulars")
        self._domain = domain
        self._selector = selector
        self._key = read_key(key)

    def sign(self, headers: Headers, body: bytes, at: int) -> tuple[str, str]:
        """The header that signs these (name, value as it is sent, folded or not; each once) and a body of CRLF lines.

        `at` in seconds since 1970 UTC.
        """
        lasting = [(name.lower(), _relaxed(value)) for name, value in headers]
        present = [name for name, _ in lasting]
        names = [*present, *sorted(TWICE)]
        body_hash = base64.b64encode(sha256(relaxed_body(body)).digest()).decode()
        unsigned = (
            f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={self._domain}; s={self._selector}; t={at};\r\n"
            f"\th={_in_lines(':'.join(names), ':')};\r\n\tbh={body_hash};\r\n\tb="
        )
        signed = "".join(f"{name}:{value}\r\n" for name, value in lasting)
        text = f"{signed}dkim-signature:{_relaxed(unsigned)}"
        signature = base64.b64encode(self._key.sign(text.encode("ascii"), PKCS1v15(), SHA256()))
        return "DKIM-Signature", unsigned + _in_lines(signature.decode())

    @property
    def record(self) -> tuple[str, str]:
        """The name and the text of the DNS record by which others verify."""
        return f"{self._selector}._domainkey.{self._domain}", f"v=DKIM1; k=rsa; p={public(self._key)}"


def read_key(pem: bytes) -> RSAPrivateKey:
    """An RSA key in PEM, without a password. Raises BadKey."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("the DKIM key must be an RSA private key in PEM, without a password") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise BadKey(f"the DKIM key must be RSA of at least {LEAST_BITS} bits; 2048 is usual")
    return key


def new_key() -> bytes:
    """A new RSA key in PEM."""
    key = generate_private_key(65_537, 2_048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public(key: RSAPrivateKey) -> str:
    """The public half, as a DNS record holds it."""
    written = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(written).decode()


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: no space at the end of a line, runs of space as one, no empty lines at the end."""
    if b" \r\n" in body or b"\t\r\n" in body:
        body = _SPACE_AT_END.sub(b"", body)
    body = _SPACES.sub(b" ", body).rstrip(b"\r\n \t")
    return body + b"\r\n" if body else b""


def _relaxed(value: str) -> str:
    """RFC 6376, 3.4.2, for a header's value."""
    return _BLANK.sub(" ", _FOLDED.sub("", value)).strip(" \t")


def _in_lines(text: str, after: str = "") -> str:
    """Folded, at `after` where that is given, else anywhere."""
    if not after:
        return "\r\n\t ".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))
    lines, line = [], ""
    for part in text.split(after):
        if line and len(line) + len(part) > _LINE:
            lines.append(line)
            line = ""
        line += part + after
    return "\r\n\t ".join([*lines, line[: -len(after)]])
