"""`regulars identities dump`: every identifier and whose it is, for programs that compare."""

import argparse
import sys

import msgspec

from regulars.cli.command import Subparsers, command, group, open_app
from regulars.cli.whom import ACTOR
from regulars.identity.queries import DUMP
from regulars.storage import audit

ROWS = 10_000


class DumpedIdentifier(msgspec.Struct, frozen=True):
    """One line: `customer` is an id in hex, None where it belongs to nobody; `standing` says how it belongs."""

    type: str
    value: str
    space: str
    customer: str | None
    standing: str


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    identities = group(subparsers, "identities", "Identifiers and whose they are")
    command(identities, "dump", "All of them as JSON lines, sorted by type, space and value", _dump)


def _dump(options: argparse.Namespace) -> None:
    encode = msgspec.json.Encoder().encode_lines
    with open_app(options).connect() as connection:
        # By itself, so that it stays though whoever reads us may stop.
        audit.note(connection, ACTOR, "identities dump")
        # On the server, so that memory does not grow with the customer base.
        with connection.transaction(), connection.cursor("identities_dump", binary=True) as cursor:
            cursor.execute(DUMP)
            while rows := cursor.fetchmany(ROWS):
                lines = [
                    DumpedIdentifier(type_, value, space, None if customer is None else customer.hex(), standing)
                    for type_, value, space, customer, standing in rows
                ]
                sys.stdout.write(encode(lines).decode())
    sys.stdout.flush()
