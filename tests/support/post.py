"""A real SMTP server for tests, and parcels to hand over to it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.running import free_port

from regulars.messaging.channels.channel import Parcel
from regulars.messaging.channels.dkim import Signer
from regulars.messaging.channels.settings import Mail
from regulars.messaging.rendered import Rendered

AT = 1_795_300_000_000_000  # 2026-11-21T22:26:40Z
UNSUBSCRIBE = "https://regulars.shop.example/me/token/unsubscribe"


class Box:
    """What the server took, and what it answers: `rcpt` and `data` may refuse."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], bytes]] = []
        self.connections = 0
        self.rcpt: Callable[[str], str] = lambda address: "250 OK"
        self.data: Callable[[bytes], str] = lambda content: "250 OK"
        self._lock = threading.Lock()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        answer = self.rcpt(address)
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        answer = self.data(content)
        if answer.startswith("2"):
            with self._lock:
                self.taken.append((envelope.mail_from or "", list(envelope.rcpt_tos), content))
        return answer


@contextmanager
def post_office(box: Box | None = None, **more: Any) -> Iterator[tuple[Box, str]]:
    """A running server and where it is, as `host:port`."""
    box = box or Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **more)
    controller.start()
    try:
        yield box, f"127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def mail_to(place: str, **more: Any) -> Mail:
    """Settings for such a server."""
    settings = {"smtp": place, "tls": "none", "sender": "Shop <news@shop.example>", "timeout": 5, **more}
    return Mail.from_settings(settings)


@cache
def key_pem() -> bytes:
    """An RSA key."""
    return rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def signer() -> Signer:
    """A signer for shop.example."""
    return Signer("shop.example", "r1", key_pem())


def dns(name: bytes, timeout: int = 5) -> bytes | None:
    """The DNS as dkimpy asks it."""
    known, text = signer().record
    return text.encode() if name.decode().rstrip(".") == known else None


def parcel(n: int = 1, address: str = "ada@mail.example", **more: Any) -> Parcel:
    """The parcel of decision `n`."""
    said = {"subject": "Your cart waits", "text": "Hello Ada\nYour cart waits.", "html": "<p>Hello <b>Ada</b></p>"}
    said |= {name: more.pop(name) for name in tuple(more) if name in said}
    rendered = Rendered("abandoned-cart", 1, "email", said["subject"], text=said["text"], html=said["html"])
    fields: dict[str, Any] = {"unsubscribe": UNSUBSCRIBE, "name": "Ada", **more}
    return Parcel(
        decision=n.to_bytes(16, "big"), customer=b"c" * 16, channel="email", address=address, message="abandoned-cart",
        purpose="marketing", rendered=rendered, at=AT, **fields,
    )  # fmt: skip
