"""How messages leave, as the settings say it: the tables `[mail]` and `[webhooks]`."""

import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from typing import Any, Final, Self
from urllib.parse import urlsplit

import msgspec

TLS: Final = ("starttls", "tls", "none")
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_PLACE = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


class Mail(msgspec.Struct, frozen=True):
    """The way out for e-mail.

    `smtp` is `host:port` of the server that takes it, '' for the test mailbox; `tls` one of `TLS`; `ca` a file of
    certificates (PEM) that are trusted besides the system's; `sender` is `Name <address>` as readers see it; `bounces`
    the address whose tagged forms take what cannot be delivered; so many `soft_bounces` in a row, over at least
    `soft_days`, stop an address (0 never does). `dkim_key` is a file (PEM); `timeout` in seconds.
    Files are named from the data folder. The password is told by REGULARS_SMTP_PASSWORD.
    """

    smtp: str = ""
    tls: str = "starttls"
    ca: str = ""
    user: str = ""
    sender: str = "The shop <shop@localhost>"
    reply_to: str = ""
    bounces: str = ""
    dkim_domain: str = ""
    dkim_selector: str = "regulars"
    dkim_key: str = ""
    connections: int = 4
    timeout: int = 30
    soft_bounces: int = 5
    soft_days: int = 14

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The defaults with what a table of the TOML file says over them. Raises ValueError naming the wrong key."""
        made = cls(**_read(settings, _MAIL))
        if made.smtp and "sender" not in settings:
            raise ValueError("sender: say whom e-mails come from, such as Your Shop <news@shop.example>")
        if made.smtp and made.tls == "none" and (made.user or made.place[0] not in LOCAL):
            raise ValueError("tls: none is only for a server on this machine, and without a user")
        if bool(made.dkim_domain) != bool(made.dkim_key):
            raise ValueError("dkim_key: give dkim_domain and dkim_key, or neither")
        return made

    @property
    def place(self) -> tuple[str, int]:
        """Host and port of the server."""
        host, _, port = self.smtp.rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def name(self) -> str:
        """Whom e-mails come from, as readers see it; '' where only an address is given."""
        return parseaddr(self.sender)[0]

    @property
    def address(self) -> str:
        """The address that e-mails come from."""
        return parseaddr(self.sender)[1]


class Webhooks(msgspec.Struct, frozen=True):
    """The way out for webhooks: one address of the shop's that takes messages, and the key that signs them.

    `secret` is `whsec_` and base64 (Standard Webhooks). `private` lets the address be one of an internal network;
    `timeout` in seconds is for a whole call.
    """

    url: str = ""
    secret: str = ""
    private: bool = False
    timeout: int = 10

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Self:
        """The defaults with what a table of the TOML file says over them. Raises ValueError naming the wrong key."""
        made = cls(**_read(settings, _WEBHOOKS))
        if bool(made.url) != bool(made.secret):
            raise ValueError("secret: give url and secret, or neither")
        return made


def _read(settings: Mapping[str, Any], known: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    values = {}
    for key, value in settings.items():
        if key not in known:
            raise ValueError(f"{key}: no such setting")
        try:
            values[key] = known[key](value)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    return values


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"must be one line of text, not {value!r}")
    return value.strip()


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _between(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"must be a number from {least} to {most}, not {value!r}")
        return value

    return read


def _place(value: Any) -> str:
    found = _PLACE.fullmatch(_text(value))
    if value and (found is None or not 0 < int(found[2]) < 65_536):
        raise ValueError(f"must be host:port, such as smtp.shop.example:587, not {value!r}")
    return _text(value)


def _one_of(*known: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}, not {value!r}")
        return str(value)

    return read


def ascii_address(text: str) -> str:
    """An e-mail address as SMTP writes it, its domain in ASCII. Raises ValueError for what is none, or cannot be."""
    # Loaded late, as below: every command reads the settings, and few send anything.
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise ValueError("must be an e-mail address") from None
    if found.ascii_email is None:
        raise ValueError("must be an e-mail address in ASCII before the @")
    return found.ascii_email


def _address(value: Any) -> str:
    return ascii_address(_text(value)) if value else _text(value)


def _sender(value: Any) -> str:
    name, address = parseaddr(_text(value))
    if not address:
        raise ValueError("must be Name <address>, such as Your Shop <news@shop.example>")
    if address.rpartition("@")[2] != "localhost":
        address = ascii_address(address)
    return f"{name} <{address}>" if name else address


def _label(value: Any) -> str:
    if value and not _LABEL.fullmatch(_text(value)):
        raise ValueError(f"must be a name of the DNS in small letters, not {value!r}")
    return _text(value)


def _url(value: Any) -> str:
    parts = urlsplit(_text(value))
    good = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not parts.fragment
    if value and not good:
        raise ValueError(f"must be an address such as https://systems.shop.example/messages, not {value!r}")
    return _text(value)


def _secret(value: Any) -> str:
    from standardwebhooks import Webhook

    try:
        if value:
            Webhook(_text(value))
    except Exception:
        # What it says could quote the secret.
        raise ValueError("must be whsec_ and base64, as Standard Webhooks has it") from None
    return _text(value)


_MAIL: Final[dict[str, Callable[[Any], Any]]] = {
    "smtp": _place, "tls": _one_of(*TLS), "ca": _text, "user": _text, "sender": _sender, "reply_to": _address,
    "bounces": _address, "dkim_domain": _label, "dkim_selector": _label, "dkim_key": _text,
    "connections": _between(1, 50), "timeout": _between(1, 600), "soft_bounces": _between(0, 1000),
    "soft_days": _between(0, 365),
}  # fmt: skip
_WEBHOOKS: Final[dict[str, Callable[[Any], Any]]] = {
    "url": _url, "secret": _secret, "private": _flag, "timeout": _between(1, 60),
}  # fmt: skip
