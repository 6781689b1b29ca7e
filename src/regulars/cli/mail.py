"""`regulars mail`: e-mail that came in, and the key that signs what goes out."""

import argparse
import os
import sys
import time
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    mail = group(subparsers, "mail", "E-mail: what came in, and the key that signs")
    receive = command(mail, "receive", "Take in an e-mail from standard input, as its bytes", _receive)
    receive.add_argument("--recipient", default="", metavar="ADDRESS", help="to whom it came, as SMTP said (RCPT TO)")
    receive.add_argument("--sender", default="", metavar="ADDRESS", help="the return path, as SMTP said; <> for none")
    key = command(mail, "key", "Make the key that signs e-mails (DKIM), and show what belongs into the DNS", _key)
    key.add_argument("--file", default="dkim.pem", help="where it is kept, in the data folder (default: dkim.pem)")
    key.add_argument(
        "--domain", default="", help="the domain that signs, such as shop.example (default: the settings')"
    )
    key.add_argument("--selector", default="", help="the selector (default: the settings')")


def _receive(options: argparse.Namespace) -> None:
    # Slow to load, and no other command needs them.
    from regulars.messaging.inbound.letter import MOST
    from regulars.messaging.inbound.take import Means, take

    app = open_app(options)
    raw = sys.stdin.buffer.read(MOST + 1)
    if not raw:
        raise CliError("nothing came on standard input: pipe an e-mail into it")
    said = app.settings
    means = Means(app.secret, said.rules, said.policy, said.mail)
    with app.connect() as connection:
        taken = take(connection, means, raw, time.time_ns() // 1000, options.recipient, options.sender)
    words = f"{taken.came}{' before' if taken.again else ''}{f': {taken.why}' if taken.why else ''}"
    if taken.question:
        words += f" (question {taken.question})"
    data = {"came": taken.came, "why": taken.why, "question": taken.question, "again": taken.again}
    show(options, data, words)


def _key(options: argparse.Namespace) -> None:
    from regulars.messaging.channels.dkim import BadKey, Signer, new_key

    app = open_app(options)
    mail = app.settings.mail
    domain, selector = options.domain or mail.dkim_domain, options.selector or mail.dkim_selector
    if not domain:
        raise CliError("--domain: say which domain signs, such as shop.example")
    file = app.settings.data / options.file
    pem = file.read_bytes() if file.is_file() else new_key()
    try:
        name, record = Signer(domain, selector, pem).record
    except BadKey as error:
        raise CliError(str(error)) from None
    made = not file.is_file()
    if made:
        _write(file, pem)
    settings = f'[mail]\ndkim_domain = "{domain}"\ndkim_selector = "{selector}"\ndkim_key = "{options.file}"'
    text = f"{'Made' if made else 'Kept'} {file}\n\nInto the DNS, as TXT:\n{name}\n{record}\n"
    text += f"\nInto regulars.toml:\n{settings}"
    show(options, {"file": str(file), "made": made, "name": name, "record": record}, text)


def _write(file: Path, pem: bytes) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(pem)
    except OSError as error:
        raise CliError(f"--file: {file}: {error.strerror}") from None
