"""`regulars segments`: rules, who is in, and evaluating them."""

import argparse
import os
import sys
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show, show_line
from regulars.cli.whom import ACTOR
from regulars.segments import store
from regulars.segments.preview import preview
from regulars.segments.rule import BadRule
from regulars.segments.shipped import Told, read, write
from regulars.segments.store import Segment
from regulars.storage import audit
from regulars.storage.database import Connection
from regulars.storage.engine import LakeError

NICE = 5
"""Evaluating gives way to whatever else runs."""


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "segments", "Rules over what is known of customers, and who is in")
    command(made, "list", "Every segment, how many are in it, and when it was evaluated", _list)
    shown = command(made, "show", "One segment as a file that `put` takes, or its history", _show)
    shown.add_argument("name", metavar="NAME")
    shown.add_argument("--versions", action="store_true", help="its versions, who made them and when")
    made_by = command(made, "put", "Make a segment, or its next version, of a JSON file named like it", _put)
    made_by.add_argument("file", metavar="FILE", help="NAME.json with title, about and rule")
    made_by.add_argument("--name", default="", metavar="NAME", help="another name than the file's")
    tried = command(made, "preview", "How many a file's rule would take, how many may be written to", _preview)
    tried.add_argument("file", metavar="FILE", help="as for put")
    listed = command(made, "members", "The customer ids of those who are in, oldest id first", _members)
    listed.add_argument("name", metavar="NAME")
    evaluated = command(made, "evaluate", "Evaluate over everybody now; done once a day by itself", _evaluate)
    evaluated.add_argument("names", nargs="*", metavar="NAME", help="only these (default: all)")
    command(made, "end", "End a segment: it loses its members, its history stays", _end).add_argument(
        "name", metavar="NAME"
    )


def _list(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        counts, known = store.counts(connection), store.evaluations(connection)
        for each in store.all_segments(connection):
            done = known.get(each.name)
            row = {
                "name": each.name, "title": each.title, "version": each.version, "members": counts.get(each.name, 0),
                "evaluated": done.at if done else None, "as_of": done.as_of if done else None,
                "reach": dict(done.channels()) if done else {}, "error": done.error if done else "",
            }  # fmt: skip
            note = f" — {done.error}" if done and done.error else "" if done else " — not evaluated yet"
            show_line(options, row, f"{counts.get(each.name, 0):>9,}  {each.name:<32}  {each.title}{note}")


def _show(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        segment = _found(connection, options.name)
        if not options.versions:
            sys.stdout.write(write(segment) + "\n")
            return
        for each in store.versions(connection, options.name):
            show_line(options, each, f"{each.version:>4}  {each.actor:<12}  {'ended' if each.ended else each.title}")


def _put(options: argparse.Namespace) -> None:
    name, told = options.name or Path(options.file).stem, _told(options.file)
    with open_app(options).connect() as connection:
        try:
            made = store.put(connection, ACTOR, name, told.title, told.about, told.rule)
        except BadRule as error:
            raise CliError(f"{options.file}: {error}") from None
    show(options, made, f"{made.name} is version {made.version}; it is evaluated in a moment")


def _preview(options: argparse.Namespace) -> None:
    app, told = open_app(options), _told(options.file)
    try:
        found = preview(app.folder.lake, told.rule, app.settings.as_of)
    except (BadRule, LakeError) as error:
        raise CliError(f"{options.file}: {error}") from None
    reached = ", ".join(f"{count:,} by {channel}" for channel, count in found.reach)
    lines = [f"{found.count:,} customers", f"may be written to: {reached}", *found.sample]
    with app.connect() as connection:
        audit.note(connection, ACTOR, "preview segment")
    show(options, found, "\n".join(lines))


def _members(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        _found(connection, options.name)
        audit.note(connection, ACTOR, "list segment", options.name)
        for customer in store.members(connection, options.name):
            show_line(options, {"customer": customer.hex()}, customer.hex())


def _evaluate(options: argparse.Namespace) -> None:
    # Only this command needs it, and it is slow to load.
    from regulars.segments.evaluate import Everybody, evaluate_all

    app = open_app(options)
    os.nice(NICE)
    with app.connect() as connection:
        for name in options.names:
            _found(connection, name)
        try:
            with Everybody(connection, app.folder.lake, app.settings.rules, app.settings.as_of) as everybody:
                for each in evaluate_all(everybody, connection, options.names):
                    words = each.error or f"{each.members:,} members, {each.joined:,} joined, {each.gone:,} left"
                    show_line(options, each, f"{each.segment}: {words}")
        except LakeError as error:
            raise CliError(str(error)) from None


def _end(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        segment = _found(connection, options.name)
        made = store.put(connection, ACTOR, segment.name, segment.title, segment.about, segment.group(), ended=True)
    show(options, made, f"{made.name} is ended; its members leave in a moment")


def _found(connection: Connection, name: str) -> Segment:
    segment = store.find(connection, name)
    if segment is None:
        raise CliError(f"there is no segment {name}: `regulars segments list` names them")
    return segment


def _told(file: str) -> Told:
    try:
        return read(Path(file).read_bytes())
    except OSError as error:
        raise CliError(f"{file}: {error.strerror or error}") from None
    except BadRule as error:
        raise CliError(f"{file}: {error}") from None
