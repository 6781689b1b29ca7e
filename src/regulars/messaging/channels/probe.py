"""Tries the mail server as far as it goes without sending: connection, TLS, login, whether it takes the sender."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from regulars.messaging.channels.settings import Mail

LONGEST: Final = 10.0
"""Seconds that a step may take; somebody waits for it."""
_GOOD: Final = 250


class Probed(msgspec.Struct, frozen=True):
    """How it went: the step that failed (`connection`, `tls`, `login`, `sender`, or '') and the server's words."""

    failed: str = ""
    why: str = ""


def probe(mail: Mail, password: str, tls: ssl.SSLContext | None, sender: str, local_hostname: str) -> Probed:
    """Go through all the steps with the server that the settings name, `sender` being the return path."""
    return asyncio.run(_probe(mail, password, tls, sender, local_hostname))


async def _probe(mail: Mail, password: str, tls: ssl.SSLContext | None, sender: str, local_hostname: str) -> Probed:
    host, port = mail.place
    client = SMTP(
        hostname=host, port=port, timeout=min(mail.timeout, LONGEST), use_tls=mail.tls == "tls", start_tls=False,
        tls_context=tls, local_hostname=local_hostname,
    )  # fmt: skip
    steps: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
        ("connection", client.connect),
        ("connection", client.ehlo),
    ]
    if mail.tls == "starttls":
        steps.append(("tls", lambda: client.starttls(tls_context=tls)))
    if mail.user:
        steps.append(("login", lambda: client.login(mail.user, password)))
    steps.append(("sender", lambda: _taken(client, sender)))
    try:
        for name, step in steps:
            try:
                await step()
            except (SMTPException, OSError) as error:
                return Probed("tls" if _is_tls(error) else name, _said(error))
    finally:
        client.close()
    return Probed()


async def _taken(client: SMTP, sender: str) -> None:
    code, words = await client.execute_command(b"MAIL", b"FROM:<" + sender.encode("ascii") + b">")
    if code != _GOOD:
        raise SMTPResponseException(code, words)
    await client.quit()


def _is_tls(error: BaseException) -> bool:
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, ssl.SSLError):
            return True
        at = at.__cause__ or at.__context__
    return False


def _said(error: Exception) -> str:
    words = f"{error.code} {error.message}" if isinstance(error, SMTPResponseException) else str(error)
    return " ".join(words.split())[:200] or type(error).__name__
