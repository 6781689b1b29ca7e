"""Puts together what sends messages: the channels that the settings name, and for the rest the test mailbox."""

import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from regulars.app import App
from regulars.messaging.channels import email, webhook
from regulars.messaging.channels.channel import Channel
from regulars.messaging.channels.dkim import BadKey, Signer
from regulars.messaging.channels.email import EmailChannel, Post
from regulars.messaging.channels.sandbox import Sandbox
from regulars.messaging.channels.settings import Mail
from regulars.messaging.channels.webhook import WebhookChannel
from regulars.messaging.data import By
from regulars.messaging.letters import Writer
from regulars.messaging.sender import Channels, Sender
from regulars.messaging.soft import Soft
from regulars.recommendations.files import Latest
from regulars.settings import Settings, SettingsError
from regulars.storage.acting import OUTBOX, set_name
from regulars.storage.database import Connection

PASSWORD: Final = "REGULARS_SMTP_PASSWORD"


def make_sender(app: App, environment: Mapping[str, str] = os.environ) -> Sender:
    """The sender of an installation. Raises SettingsError for files that cannot be used."""
    settings = app.settings
    writer = Writer(filling(app), settings.rules, settings.timezone, base_of(settings))

    def connect() -> Connection:
        made = app.connect()
        set_name(made, OUTBOX)
        return made

    limit = Soft(settings.mail.soft_bounces, settings.mail.soft_days)
    return Sender(connect, make_channels(app, environment), writer, limit)


def filling(app: App) -> By:
    """What messages are filled by."""
    said = app.settings
    return By(
        app.secret, base_of(said), said.shop.name or said.mail.name, said.shop.url, said.shop.address, said.locale,
        timezone=said.timezone, currency=said.currency, as_of=said.as_of, latest=Latest(app.folder.recommendations),
    )  # fmt: skip


def make_channels(app: App, environment: Mapping[str, str] = os.environ) -> Channels:
    """The channels of an installation. Raises SettingsError."""
    settings = app.settings
    mail, post = settings.mail, make_post(app)
    sandbox: dict[str, Channel] = {name: Sandbox(name, post, app.connect) for name in (email.NAME, webhook.NAME)}
    real = dict(sandbox)
    if mail.smtp:
        if not settings.address:
            raise SettingsError("settings: address: say where people reach the pages, for e-mails lead there")
        real[email.NAME] = EmailChannel(mail, post, environment.get(PASSWORD, ""), mail_tls(settings))
    if settings.webhooks.url:
        real[webhook.NAME] = WebhookChannel(settings.webhooks)
    return Channels(real, sandbox)


def make_post(app: App) -> Post:
    """What makes e-mails. Raises SettingsError where the DKIM key cannot be used."""
    mail = app.settings.mail
    return Post(mail, app.secret, make_signer(app.settings.data, mail))


def make_signer(folder: Path, mail: Mail) -> Signer | None:
    """The DKIM signer that the settings name, if any. Raises SettingsError."""
    if not mail.dkim_domain:
        return None
    try:
        return Signer(mail.dkim_domain, mail.dkim_selector, (folder / mail.dkim_key).read_bytes())
    except OSError as error:
        raise SettingsError(f"settings: mail.dkim_key: {error.strerror}: `regulars mail key` makes one") from None
    except BadKey as error:
        raise SettingsError(f"settings: mail.dkim_key: {error}") from None


def base_of(settings: Settings) -> str:
    """Where people reach the pages."""
    return settings.address or f"http://{settings.host}:{settings.port}"


def mail_tls(settings: Settings) -> ssl.SSLContext | None:
    """Whom it is trusted to be the mail server; None where TLS is off. Raises SettingsError."""
    mail = settings.mail
    if mail.tls == "none":
        return None
    context = ssl.create_default_context()
    if mail.ca:
        try:
            context.load_verify_locations(settings.data / mail.ca)
        except (OSError, ssl.SSLError):
            raise SettingsError("settings: mail.ca: must be a file of certificates in PEM") from None
    return context
