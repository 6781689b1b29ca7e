"""The commands of `regulars`: named here, parsed and done in the modules beside this one."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from regulars.cli.command import CliError, Parser

COMMANDS = {
    "up": ("up", "Start everything and keep it running; Ctrl-C ends it"),
    "serve": ("serve", "One role as a process of its own"),
    "users": ("users", "Who may sign in to the pages"),
    "keys": ("keys", "Keys by which sources send"),
    "import": ("imports", "Bring in data from files"),
    "demo": ("demo", "The example data"),
    "simulate": ("simulate", "Write the events of a simulated town, its truth apart"),
    "evaluate": ("evaluate", "How well it does, against a known truth"),
    "customers": ("customers", "Find and read customers"),
    "insights": ("insight", "What is understood of customers"),
    "recommendations": ("recommendations", "What to buy again, and what may be liked"),
    "receipts": ("receipts", "Receipts that customers claim"),
    "mail": ("mail", "E-mail: what came in, and the key that signs"),
    "segments": ("segments", "Rules over what is known of customers, and who is in"),
    "actions": ("actions", "What may be done for customers"),
    "decisions": ("decisions", "What was decided for customers, and why"),
    "results": ("results", "What campaigns, journeys and actions changed"),
    "journeys": ("journeys", "What begins when something happened, step by step"),
    "campaigns": ("campaigns", "One message to a segment, once"),
    "catalogue": ("catalogue", "Products and stores, as the shop describes them"),
    "identities": ("identities", "Identifiers and whose they are"),
    "events": ("events", "Accepted events"),
    "rejected": ("rejected", "Events that could not be read"),
    "wait": ("projection", "Return once the pipeline has taken in all that was acknowledged"),
    "digest": ("projection", "One hash over all that is derived: equal events give an equal digest"),
    "rebuild": ("projection", "Throw away what is derived and make it again from the log"),
    "backup": ("backup", "Write the truth of the running system, secret included, to one file"),
    "restore": ("restore", "Make an installation from a back-up, in a new or empty folder"),
    "retention": ("retention", "How long each class of data is kept"),
    "sql": ("sql", "Ask the lake a question in DuckDB's SQL"),
    "doctor": ("doctor", "Check the installation and say how to mend what is wrong"),
}
"""Each command: the module whose `add` declares it, and its line of `regulars --help`."""


def parser(arguments: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The parser of all commands; given arguments, only the command that they begin with is declared in full.

    So a command waits for its own modules alone.
    """
    top = Parser(prog="regulars", description="Signals in, one person, decisions out.")
    subparsers = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    wanted = {module for module, _ in COMMANDS.values()}
    if arguments is not None:
        wanted = {COMMANDS[each][0] for each in arguments[:1] if each in COMMANDS}
    added: set[str] = set()
    for name, (module, help) in COMMANDS.items():
        if module not in wanted:
            subparsers.add_parser(name, help=help)
        elif module not in added:
            import_module(f"regulars.cli.{module}").add(subparsers)
            added.add(module)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0, 1 for an error told in one line, 2 for a wrong call."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = parser(given).parse_args(given)
    try:
        options.run(options)
    except BrokenPipeError:
        # Whoever read our output has enough.
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        said = _told(error)
        if not said:
            raise
        print(f"regulars: {said}", file=sys.stderr)
        return 1
    return 0


def _told(error: Exception) -> str:
    """One line about an error that a user may meet; '' where it is a fault of ours."""
    # Loaded here, since a command that goes well need not wait for them.
    import psycopg

    from regulars.collection.report import ImportFailed
    from regulars.settings import SettingsError
    from regulars.storage.archive import ArchiveError
    from regulars.storage.database import DatabaseError
    from regulars.storage.folder import FolderError

    if isinstance(error, (CliError, SettingsError, FolderError, DatabaseError, ArchiveError, ImportFailed)):
        return str(error)
    if isinstance(error, psycopg.Error):
        # Its words may hold values of customers; its kind does not.
        kind = f"{type(error).__name__} {error.sqlstate or ''}".strip()
        return f"PostgreSQL broke off ({kind}): `regulars doctor` says what to mend"
    return ""
