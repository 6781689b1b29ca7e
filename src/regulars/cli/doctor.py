"""`regulars doctor`: is this installation well, and if not, how is it mended?"""

import argparse
from collections.abc import Iterator

import psycopg

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, show
from regulars.cli.doctor_acting import mail
from regulars.cli.doctor_database import database
from regulars.cli.doctor_machine import machine
from regulars.cli.findings import Finding, Level, fail
from regulars.settings import Settings, load
from regulars.storage.database import DatabaseError
from regulars.storage.folder import DataFolder, FolderError

_BAD_SECRET = "secret"


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    command(subparsers, "doctor", "Check the installation and say how to mend what is wrong", _doctor)


def _doctor(options: argparse.Namespace) -> None:
    settings = load(options.data)
    findings = list(examine(settings))
    failed = [each for each in findings if each.level is Level.FAIL]
    show(options, {"ok": not failed, "findings": findings}, "\n".join(map(_line, findings)))
    if failed:
        raise CliError(f"{len(failed)} of {len(findings)} checks failed: {', '.join(each.check for each in failed)}")


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, as far as they can be had. Raises FolderError where there is no data folder."""
    path = settings.data.expanduser().absolute().resolve()
    if not path.is_dir() or not (path / "run").exists():
        DataFolder(path, create=False)  # it says what is wrong with such a folder
    bad_secret = False
    for finding in machine(settings, path):
        bad_secret |= finding.check == _BAD_SECRET and finding.level is Level.FAIL
        yield finding
    if bad_secret:  # nothing in the database could be matched to anything
        return
    try:
        app = App(settings)
        yield from mail(app)
        with app.connect() as connection:
            yield from database(app, connection)
    except FolderError as error:
        yield fail("database", str(error), f"start `regulars up --data {path}`")
    except (DatabaseError, psycopg.Error) as error:
        said = " ".join(str(error).split())
        yield fail("database", said, "start it, or mend REGULARS_DATABASE_URL; its own log says more")


def _line(finding: Finding) -> str:
    head = f"{finding.level:<5}{finding.check}: {finding.found}"
    return f"{head}\n     → {finding.mend}" if finding.mend else head
