"""One connection to a mail server, used again and again, and made anew when the server has hung up."""

import ssl
import time
from typing import Final, NamedTuple

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from regulars.messaging.channels.channel import State
from regulars.messaging.channels.settings import Mail
from regulars.messaging.channels.status import of_answer

IDLE_SECONDS: Final = 20.0
"""Servers hang up after a while; a connection that rested longer is not trusted."""
EACH: Final = 500
"""After so many messages a connection is made anew, as many servers demand."""


class Handed(NamedTuple):
    """How a hand-over went; `transport`: it was not this message's fault, `doubtful`: it may have arrived."""

    state: State
    why: str = ""
    transport: bool = False
    doubtful: bool = False


class Line:
    """A connection, or the wish for one; for one task at a time."""

    def __init__(self, mail: Mail, password: str, tls: ssl.SSLContext | None, local_hostname: str) -> None:
        self._mail = mail
        self._password = password
        self._tls = tls
        self._local_hostname = local_hostname
        self._client: SMTP | None = None
        self._used = 0.0
        self._count = 0

    async def send(self, sender: str, recipient: str, content: bytes) -> Handed:
        """Hand one message over; addresses in ASCII, without what SMTP would read as more than an address."""
        for fresh in (False, True):
            try:
                client = await self._open(fresh)
                code, words = await client.execute_command(b"MAIL", b"FROM:<" + sender.encode("ascii") + b">")
            except SMTPResponseException as error:
                return self._down(f"{error.code} {type(error).__name__}")
            except (SMTPException, OSError) as error:
                # One that had rested may have been hung up on; only a new one tells that the server is gone.
                if fresh or self._count == 0:
                    return self._down(type(error).__name__)
                continue
            if code == 250:
                return await self._to(client, recipient, content)
            # It is about who we are, or how busy they are, not about this recipient.
            return self._down(of_answer(code, words, False)[1])
        raise AssertionError("it is sent or not after two attempts")

    async def _to(self, client: SMTP, recipient: str, content: bytes) -> Handed:
        try:
            code, words = await client.execute_command(b"RCPT", b"TO:<" + recipient.encode("ascii") + b">")
            if code not in (250, 251):
                await client.rset()
                return Handed(*of_answer(code, words, True), code == 421)
        except (SMTPException, OSError) as error:
            return self._down(type(error).__name__)
        try:
            await client.data(content)
        except SMTPResponseException as error:
            if error.code == 421:
                return self._down("421")
            await self._again(client)
            return Handed(*of_answer(error.code, str(error.message), False))
        except (SMTPException, OSError) as error:
            return self._down(type(error).__name__, doubtful=True)
        self._count += 1
        self._used = time.monotonic()
        return Handed(State.SENT)

    async def _open(self, fresh: bool) -> SMTP:
        rested = time.monotonic() - self._used > IDLE_SECONDS
        if self._client is not None and (fresh or rested or self._count >= EACH or not self._client.is_connected):
            await self.close()
        if self._client is None:
            client = self._new()
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            # Later a line that ends counts as hung up only if it was good for something before.
            self._client, self._count, self._used = client, 0, time.monotonic()
        return self._client

    def _new(self) -> SMTP:
        mail = self._mail
        host, port = mail.place
        return SMTP(
            hostname=host, port=port, username=mail.user or None, password=self._password or None,
            timeout=mail.timeout, use_tls=mail.tls == "tls", start_tls=mail.tls == "starttls", tls_context=self._tls,
            local_hostname=self._local_hostname,
        )  # fmt: skip

    async def _again(self, client: SMTP) -> None:
        try:
            await client.rset()
        except (SMTPException, OSError):
            self._drop()

    def _down(self, why: str, doubtful: bool = False) -> Handed:
        self._drop()
        return Handed(State.LATER, why, transport=True, doubtful=doubtful)

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    async def close(self) -> None:
        """Say good-bye to the server."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit(timeout=2)
            except (SMTPException, OSError):
                client.close()
