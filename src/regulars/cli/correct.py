"""`regulars customers explain|merge|split|undo`: why two are (not) one person, and putting it right."""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, open_app, show
from regulars.cli.correct_text import correction_text, explanation_text
from regulars.cli.projection import caught_up
from regulars.identity.correct import CANNOT, MUST, NONE, End, Pair, Words, end_of, later, merged, split, undone
from regulars.identity.explain import Explanation, explain
from regulars.identity.explained import explained
from regulars.identity.lookup import BadLookup, clean, wanted
from regulars.identity.queries import DatabaseGraph
from regulars.profiles.preview import Preview, Resolving, preview
from regulars.storage import audit, log
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

ACTOR = "cli"
LONGEST_NAME = 100
_WHO = "a customer id, TYPE:VALUE or TYPE:SPACE:VALUE"
_SAYS = {"merge": MUST, "split": CANNOT, "undo": NONE}

Ends = tuple[End, End]
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
    with app.connect() as connection:
        ends = _ends(app, connection, options)
        found = explained(connection, _explanation(app, connection, ends), ends[0].customer, ends[1].customer)
        _record(connection, ACTOR, "explain", ends)
    show(options, found, explanation_text(found))


def _correct(options: argparse.Namespace) -> None:
    app = open_app(options)
    by = _name(options.by)
    with app.connect() as connection:
        ends = _ends(app, connection, options)
        words = _words(app, connection, options.action, ends, by)
        seen = _preview(app, connection, words, ends)
        _check(options.action, seen.then)
        if options.dry_run:
            _record(connection, by, f"preview {options.action}", ends)
        else:
            with connection.transaction():
                _record(connection, by, options.action, ends)
                log.append(connection, [words.frames()])
            for _ in caught_up(connection, log.last(connection)):
                pass
        ids = _customers(app, connection, options, ends, options.dry_run)
    done = Correction(options.action, words.pairs, by, options.dry_run, seen, ids)
    show(options, done, correction_text(done.said, done.dry_run, done.preview, done.pairs, done.customers))


def _ends(app: App, connection: Connection, options: argparse.Namespace) -> Ends:
    def end(text: str) -> End:
        settings = app.settings
        return finish(end_of(awaited(connection), wanted(text), settings.policy, settings.rules, app.secret))

    return _or_error(lambda: (end(options.a), end(options.b)))


def _words(app: App, connection: Connection, action: str, ends: Ends, by: str) -> Words:
    reading = awaited(connection)

    def pairs() -> list[Pair]:
        if action == "merge":
            return finish(merged(reading, *ends, app.settings.rules))
        if action == "split":
            return finish(split(reading, *ends, app.settings.rules))
        return finish(undone(reading, *ends, _explanation(app, connection, ends)))

    found = _or_error(pairs)
    moment = finish(later(reading, found, app.secret, time.time_ns() // 1000))
    return Words(_SAYS[action], tuple(found), by, moment)


def _explanation(app: App, connection: Connection, ends: Ends) -> Explanation:
    rules = app.settings.rules
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return explain(DatabaseGraph(connection, rules), ends[0].key, ends[1].key, rules)


def _preview(app: App, connection: Connection, words: Words, ends: Ends) -> Preview:
    resolving = Resolving(app.settings.rules, app.secret, app.context().rules_name)
    return preview(connection, resolving, words.links(), (ends[0].key, ends[1].key))


def _check(action: str, then: Explanation) -> None:
    """Refuse what would not do what it says; the reason is the rule that stands against it."""
    if action == "merge" and not then.joined:
        raise CliError(f"it would not make them one person: {then.words.rstrip('.')}")
    if action == "split" and then.joined and then.reason != "same":
        raise CliError(f"it would not make them two people: {then.words.rstrip('.')}")


def _customers(
    app: App, connection: Connection, options: argparse.Namespace, ends: Ends, dry_run: bool
) -> tuple[str, str]:
    if dry_run:
        return _hex(ends[0]), _hex(ends[1])
    now = _ends(app, connection, options)
    return _hex(now[0]), _hex(now[1])


def _hex(end: End) -> str:
    return "" if end.customer is None else end.customer.hex()


def _record(connection: Connection, by: str, action: str, ends: Ends) -> None:
    concerned = sorted({end.customer for end in ends if end.customer is not None})
    finish(audit.record(awaited(connection), by, action, concerned))


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
