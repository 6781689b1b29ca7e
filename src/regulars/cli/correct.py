"""`regulars customers explain|merge|split|undo`: why two are (not) one person, and putting it right."""

import argparse
from collections.abc import Callable
from typing import TypeVar

import msgspec

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, open_app, show
from regulars.cli.correct_text import correction_text, explanation_text
from regulars.cli.projection import caught_up
from regulars.identity.correct import End, Pair
from regulars.identity.explained import explained
from regulars.identity.lookup import BadLookup, clean
from regulars.profiles import corrections
from regulars.profiles.corrections import Correcting, Ends
from regulars.profiles.preview import Preview
from regulars.storage.database import Connection

ACTOR = "cli"
LONGEST_NAME = 100
_WHO = "a customer id, TYPE:VALUE or TYPE:SPACE:VALUE"

T = TypeVar("T")


class Correction(msgspec.Struct, frozen=True):
    """What was said, or would be: of `customers` who holds the two (hex ids, '' for nobody) once it is applied."""

    said: str
    pairs: tuple[Pair, ...]
    by: str
    dry_run: bool
    preview: Preview
    customers: tuple[str, str]


def add(customers: Subparsers) -> None:
    """Declare the commands."""
    why = command(customers, "explain", "Why two are one person, or what keeps them apart", _explain)
    merge = command(customers, "merge", "Say that two are one person", _correct)
    part = command(customers, "split", "Say that two are two people", _correct)
    undo = command(customers, "undo", "Take back what was said by hand about two", _correct)
    for each in (why, merge, part, undo):
        each.add_argument("a", metavar="A", help=_WHO)
        each.add_argument("b", metavar="B", help=_WHO)
    for each, name in ((merge, "merge"), (part, "split"), (undo, "undo")):
        each.add_argument("--by", metavar="NAME", default=ACTOR, help="who says so (default: cli)")
        each.add_argument("--dry-run", action="store_true", help="only show what would change")
        each.set_defaults(action=name)


def _explain(options: argparse.Namespace) -> None:
    app = open_app(options)
    by = _correcting(app)
    with app.connect() as connection:
        ends = _ends(connection, by, options)
        why = corrections.explained_by(connection, by, ends)
        found = explained(connection, why, ends[0].customer, ends[1].customer)
        corrections.note(connection, ACTOR, "explain", ends)
    show(options, found, explanation_text(found))


def _correct(options: argparse.Namespace) -> None:
    app = open_app(options)
    by, who = _correcting(app), _name(options.by)
    with app.connect() as connection:
        ends = _ends(connection, by, options)
        words = _or_error(lambda: corrections.words_of(connection, by, options.action, ends, who))
        seen = _or_error(lambda: corrections.tried(connection, by, options.action, words, ends))
        if options.dry_run:
            corrections.note(connection, who, f"preview {options.action}", ends)
        else:
            place = corrections.say(connection, options.action, words, ends)
            for _ in caught_up(connection, place):
                pass
        now = ends if options.dry_run else _ends(connection, by, options)
    done = Correction(options.action, words.pairs, who, options.dry_run, seen, (_hex(now[0]), _hex(now[1])))
    show(options, done, correction_text(done.said, done.dry_run, done.preview, done.pairs, done.customers))


def _correcting(app: App) -> Correcting:
    settings = app.settings
    return Correcting(app.secret, settings.policy, settings.rules, app.context().rules_name)


def _ends(connection: Connection, by: Correcting, options: argparse.Namespace) -> Ends:
    return _or_error(lambda: (corrections.end(connection, by, options.a), corrections.end(connection, by, options.b)))


def _hex(end: End) -> str:
    return "" if end.customer is None else end.customer.hex()


def _name(text: str) -> str:
    try:
        return clean(text, LONGEST_NAME)
    except BadLookup as error:
        raise CliError(f"--by: {error}") from None


def _or_error(run: Callable[[], T]) -> T:
    try:
        return run()
    except BadLookup as error:
        raise CliError(str(error)) from None
