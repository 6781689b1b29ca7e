"""The commands of `regulars`: parsed here, done in the modules beside this one."""

import argparse
import sys
from collections.abc import Sequence

import psycopg

from regulars.cli import (
    backup,
    catalogue,
    customers,
    demo,
    doctor,
    evaluate,
    events,
    identities,
    imports,
    keys,
    projection,
    rejected,
    restore,
    retention,
    serve,
    simulate,
    up,
    users,
)
from regulars.cli.command import CliError, Parser
from regulars.collection.report import ImportFailed
from regulars.settings import SettingsError
from regulars.storage.archive import ArchiveError
from regulars.storage.database import DatabaseError
from regulars.storage.folder import FolderError

COMMANDS = (
    up,
    serve,
    users,
    keys,
    imports,
    demo,
    simulate,
    evaluate,
    customers,
    catalogue,
    identities,
    events,
    rejected,
    projection,
    backup,
    restore,
    retention,
    doctor,
)


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = Parser(prog="regulars", description="Signals in, one person, decisions out.")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add(subparsers)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0, 1 for an error told in one line, 2 for a wrong call."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except (CliError, SettingsError, FolderError, DatabaseError, ArchiveError, ImportFailed) as error:
        print(f"regulars: {error}", file=sys.stderr)
        return 1
    except psycopg.Error as error:
        # Its words may hold values of customers; its kind does not.
        kind = f"{type(error).__name__} {error.sqlstate or ''}".strip()
        print(f"regulars: PostgreSQL broke off ({kind}): `regulars doctor` says what to mend", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read our output has enough.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    return 0
