"""`regulars customers export|erase`: everything about one customer given to her, and everything forgotten."""

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from regulars.app import EXPORT, App
from regulars.cli.command import CliError, Subparsers, command, open_app, progress, show
from regulars.cli.projection import caught_up
from regulars.cli.whom import ACTOR, WHO, AsyncConnection, one, read
from regulars.erasure import erasure_frame
from regulars.identity.queries import KEYS_OF
from regulars.storage import audit, erasures, log
from regulars.storage.cluster import SUPERUSER
from regulars.storage.folder import DATABASE
from regulars.storage.scrub import scrub
from regulars.web.exports import export_html, export_json, exported

PROOF = 8
"""How many digits of the id are to be typed before an erasure begins."""


def add(customers: Subparsers) -> None:
    """Declare the commands."""
    export = command(customers, "export", "Write everything about one customer, as JSON and as a page to read", _export)
    export.add_argument("who", metavar="ID|TYPE:VALUE", help=WHO)
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="where customer.json and .html go")
    erase = command(customers, "erase", "Forget one customer: her events, profile and identifiers, for good", _erase)
    erase.add_argument("who", metavar="ID|TYPE:VALUE", help=WHO)
    erase.add_argument("--yes", action="store_true", help="do not ask")
    erase.add_argument(
        "--no-scrub", action="store_true", help="leave old versions of rows in PostgreSQL's files for the next erasure"
    )


def _export(options: argparse.Namespace) -> None:
    app = open_app(options)

    async def run(connection: AsyncConnection) -> dict[str, Any]:
        customer = await one(connection, app, options.who)
        data = await exported(connection, customer, EXPORT, datetime.now(UTC))
        await audit.record(connection, ACTOR, "export", [customer])
        return data

    data = read(app, run)
    files = {"customer.json": export_json(data), "customer.html": export_html(data)}
    try:
        options.out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in files.items():
            _write(options.out / name, content)
    except OSError as error:
        raise CliError(f"--out: {options.out} cannot be written: {error.strerror or error}") from None
    paths = [str(options.out / name) for name in files]
    told = {"customer": data["customer"], "events": len(data["events"]), "files": paths}
    show(options, told, f"{len(data['events'])} events of {data['customer']} in {' and '.join(paths)}")


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _erase(options: argparse.Namespace) -> None:
    app = open_app(options)

    async def run(connection: AsyncConnection) -> tuple[bytes, list[bytes]]:
        customer = await one(connection, app, options.who)
        rows = await (await connection.cursor(binary=True).execute(KEYS_OF, (customer,))).fetchall()
        await audit.record(connection, ACTOR, "erase", [customer])
        return customer, [row[0] for row in rows]

    customer, keys = read(app, run)
    if not keys:
        raise CliError("this is the record of a shared identifier, which is nobody's; erase those who share it")
    if not options.yes:
        _ask(customer.hex(), len(keys))
    left = forgotten(app, customer, keys, scrubbing=not options.no_scrub)
    told = {"customer": customer.hex(), "identifiers": len(keys), "scrubbed": not options.no_scrub, "left": left}
    words = f"erased {customer.hex()} and {len(keys)} identifiers"
    show(options, told, f"{words}; not scrubbed, for want of privileges: {', '.join(left)}" if left else words)


def _ask(customer: str, identifiers: int) -> None:
    if not sys.stdin.isatty():
        raise CliError("an erasure cannot be undone: add --yes, or run it at a terminal")
    progress(f"{customer} and {identifiers} identifiers of hers will be erased from everything. It cannot be undone.")
    if input(f"Type the first {PROOF} digits of the id to go on: ").strip().lower() != customer[:PROOF]:
        raise CliError("nothing was erased")


def forgotten(app: App, customer: bytes, keys: list[bytes], *, scrubbing: bool) -> list[str]:
    """Erase who holds the identifiers of these keys, wait for it, and scrub; returns what could not be scrubbed.

    Raises CliError where no pipeline runs that could carry it out; it will then be done by the next one.
    """
    at = time.time_ns() // 1000
    frame = erasure_frame(customer, keys, at)
    # First, so that a restore knows of every erasure that anything was done about.
    erasures.keep(app.folder.path, at, frame.body)
    with app.connect() as connection:
        log.append(connection, [[frame]])
        for _ in caught_up(connection, log.last(connection)):
            pass
    if not scrubbing:
        return []
    progress("erased; taking the old versions of rows out of PostgreSQL's files")
    own = app.settings.database_url
    with psycopg.connect(own or app.folder.conninfo(DATABASE, SUPERUSER), autocommit=True) as connection:
        return scrub(connection)
