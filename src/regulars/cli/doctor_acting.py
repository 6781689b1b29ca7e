"""What the doctor checks of what acts: the process, what waits in the outbox, timers, the mail server."""

import os
import time
from collections.abc import Iterator
from typing import Final

from regulars.app import App
from regulars.cli.findings import Finding, fail, ok, warn
from regulars.messaging.channels.settings import LOCAL, Mail
from regulars.settings import Settings, SettingsError
from regulars.storage.acting import ActingState, acting_state, handed_over
from regulars.storage.database import Connection

SECOND: Final = 1_000_000
LATE: Final = 120
"""Seconds after which something that is to be done at once is late."""
UP: Final = "start `regulars up`, or `regulars serve messages`"
LOGS: Final = "see what it says in `logs/`; what goes wrong is tried again by itself"

_MENDS: Final = {
    "connection": "see [mail] smtp in the settings: host and port, and whether a firewall lets this machine out",
    "tls": "see [mail] tls and ca in the settings: what the server offers, and whose certificates are trusted",
    "login": "see [mail] user in the settings, and REGULARS_SMTP_PASSWORD in the environment",
    "sender": "let the server send for this address, or see [mail] sender and bounces in the settings",
}


def acting(connection: Connection) -> Iterator[Finding]:
    """Whether a process acts, when it looked last, and what is late."""
    now = time.time_ns() // 1000
    state = acting_state(connection, now)
    yield _process(state, now)
    yield _outbox(state, handed_over(connection), now)
    yield _timers(state, now)


def _process(state: ActingState, now: int) -> Finding:
    if not state.led:
        said = "nothing runs that acts: no journey, no campaign, no message"
        return (fail if state.late_since else warn)("acting", said, UP)
    if state.absent:
        return warn("acting", f"it runs, without its connections for {', '.join(state.absent)}", LOGS)
    return ok("acting", f"it runs, and looked last {_ago(state.looked, now)}")


def _outbox(state: ActingState, handed: int, now: int) -> Finding:
    later = state.waiting - state.due
    said = f"{state.due} to go out now, {later} later, {state.sending} on their way"
    last = f"; handed over last {_ago(handed, now)}" if handed else "; none was handed over yet"
    if not state.due or (now - state.due_since) / SECOND <= LATE or (now - handed) / SECOND <= LATE:
        return ok("outbox", said + last)
    why = f"; put off for: {state.why}" if state.why else ""
    mend = "see the check `mail`, and `logs/`" if state.led else UP
    return warn("outbox", f"{said}{last}; the oldest is due since {_ago(state.due_since, now)}{why}", mend)


def _timers(state: ActingState, now: int) -> Finding:
    if not state.timers:
        return ok("timers", "none is overdue")
    said = f"{state.timers} of journeys and campaigns are overdue, the oldest since {_ago(state.timers_since, now)}"
    if (now - state.timers_since) / SECOND <= LATE:
        return ok("timers", said)
    return warn("timers", said, LOGS if state.led else UP)


def mail(app: App) -> Iterator[Finding]:
    """Whether the mail server takes us, tried without sending anything; and whether what goes out is signed."""
    # Only asked where there is a server, and slow to load.
    settings = app.settings
    if not settings.mail.smtp:
        yield ok("mail", "no server is set: e-mails stay in the test mailbox; [mail] smtp in the settings names one")
        return
    from regulars.messaging.channels.probe import probe
    from regulars.sending import PASSWORD, mail_tls, make_post

    if not settings.address:
        yield fail("mail", "the settings do not say where people reach the pages", "set address: e-mails lead there")
        return
    try:
        post, tls = make_post(app), mail_tls(app.settings)
    except SettingsError as error:
        yield fail("mail", str(error), "mend that file or its name in the settings")
        return
    sender = settings.mail.bounces or settings.mail.address
    tried = probe(settings.mail, os.environ.get(PASSWORD, ""), tls, sender, post.domain)
    if tried.failed:
        yield fail("mail", f"{settings.mail.smtp}: {tried.failed}: {tried.why}", _MENDS[tried.failed])
    else:
        yield ok("mail", f"{settings.mail.smtp} takes mail from us ({_way(settings.mail)}); nothing was sent")
    yield signed(settings)


def signed(settings: Settings) -> Finding:
    """Whether what goes out is signed (DKIM) by the domain it comes from."""
    said = settings.mail
    domain = said.address.rpartition("@")[2].lower()
    if not said.dkim_domain:
        if said.place[0] in LOCAL:
            return ok("mail signature", "none here; the server on this machine may sign")
        mend = f"`regulars mail key --domain {domain}` makes a key: without, many servers refuse what is sent"
        return warn("mail signature", "e-mails are not signed", mend)
    if domain != said.dkim_domain and not domain.endswith(f".{said.dkim_domain}"):
        mend = "sign with the sender's domain: else the signature does not speak for it (DMARC)"
        return warn("mail signature", f"{said.dkim_domain} signs for a sender of {domain}", mend)
    return ok("mail signature", f"by {said.dkim_domain}, its key in the DNS at {said.dkim_selector}._domainkey")


def _way(mail: Mail) -> str:
    return f"{mail.tls if mail.tls != 'none' else 'no tls'}, {'with' if mail.user else 'without'} login"


def _ago(at: int, now: int) -> str:
    seconds = max(now - at, 0) // SECOND
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
