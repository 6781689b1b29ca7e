"""`regulars journeys`: what begins when something happened, step by step."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, group, open_app, show, show_line
from regulars.cli.whom import ACTOR, one, read
from regulars.decisioning.journeys import counts, store
from regulars.decisioning.journeys.journey import BadJourney
from regulars.decisioning.journeys.store import Version
from regulars.decisioning.journeys.words import journey_words, outcome_words
from regulars.messaging.store import all_messages
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection
from regulars.storage.engine import LakeError


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "journeys", "What begins when something happened, step by step")
    command(made, "list", "Every journey, whether it is on, and how many are in it", _list)
    shown = command(made, "show", "One journey in words with its counts, or as YAML, or its history", _show)
    shown.add_argument("name", metavar="NAME")
    shown.add_argument("--yaml", action="store_true", help="as the file that `put` takes")
    shown.add_argument("--versions", action="store_true", help="its versions, who made them and when")
    put = command(made, "put", "Make a journey, or its next version, of a YAML file named like it", _put)
    put.add_argument("file", metavar="FILE", help="NAME.yaml")
    put.add_argument("--name", default="", metavar="NAME", help="another name than the file's")
    for name, on, help in (("on", True, "Switch a journey on"), ("off", False, "Switch it off: nothing more goes out")):
        each = command(made, name, help, _switch)
        each.add_argument("name", metavar="NAME")
        each.set_defaults(on=on)
    tried = command(made, "try", "Try a journey on one customer: nothing is written or sent", _try)
    tried.add_argument("name", metavar="NAME")
    tried.add_argument("customer", metavar="CUSTOMER", help="an id, or TYPE:VALUE such as email:ada@shop.example")
    replayed = command(made, "replay", "What it would have sent over the last 30 days", _replay)
    replayed.add_argument("name", metavar="NAME")


def _list(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        switches, here = store.switches(connection), counts.here(connection)
        for each in store.all_journeys(connection):
            on = each.name in switches and switches[each.name].running
            within = here[each.name].total() if each.name in here else 0
            row = {"name": each.name, "title": each.title, "version": each.version, "on": on, "in": within}
            show_line(options, row, f"{'on ' if on else 'off'}  {within:>9,} in  {each.name:<20}  {each.title}")


def _show(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        found = _found(connection, options.name)
        if options.yaml:
            sys.stdout.write(found.body)
            return
        if options.versions:
            for each in store.versions(connection, options.name):
                show_line(options, each, f"{each.version:>4}  {each.actor:<20}  {each.title}")
            return
        told = journey_words(found.journey())
        passed = counts.totals(connection).get(found.name, Counter())
        here = counts.here(connection).get(found.name, Counter())
    steps = []
    lines = [found.title, "", *(f"Begins: {each}" for each in told.begins), *told.rules, ""]
    for number, words in enumerate(told.steps):
        said = {what: n for (version, step, what), n in passed.items() if step == number and version == found.version}
        waiting = here.get((found.version, number), 0)
        steps.append({"step": number + 1, "words": words, "here": waiting, **said})
        counted = ", ".join(f"{n:,} {outcome_words(what)}" for what, n in said.items())
        lines.append(f"{number + 1:>3}. {words}   [{waiting:,} here{', ' + counted if counted else ''}]")
    show(options, {"name": found.name, "version": found.version, "steps": steps}, "\n".join(lines))


def _put(options: argparse.Namespace) -> None:
    name = options.name or Path(options.file).stem
    try:
        body = Path(options.file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"{options.file}: {getattr(error, 'strerror', None) or 'is no text'}") from None
    with open_app(options).connect() as connection:
        try:
            made = store.put(connection, ACTOR, name, body)
        except BadJourney as error:
            raise CliError(f"{options.file}: {error}") from None
    show(options, made, f"{made.name} is version {made.version}; who is in goes on by the version she came in by")


def _switch(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        found = _found(connection, options.name)
        if options.on:
            require_messages(connection, found.journey().messages())
        try:
            done = store.switch(connection, ACTOR, options.name, options.on)
        except BadJourney as error:
            raise CliError(f"{options.name}: {error}") from None
    show(options, done, f"{options.name} is {'on' if options.on else 'off'}")


def _try(options: argparse.Namespace) -> None:
    from regulars.acting import make_deciding, make_world
    from regulars.decisioning.journeys.trying import try_on

    app = open_app(options)
    customer = read(app, lambda connection: one(connection, app, options.customer))
    with app.connect() as connection:
        found = _found(connection, options.name)
        deciding, world = make_deciding(app), make_world(app, connection)
        now = time.time_ns() // 1000
        trial = try_on(connection, deciding, world, found.name, found.journey(), customer, now)
        finish(audit.record(awaited(connection), ACTOR, "try journey", [customer], found.name))
    told = journey_words(found.journey())
    began = f"It began with {trial.began.name}." if trial.began else "Nothing of hers began it; as if it began now:"
    lines = [began, *(f"{each.step + 1:>3}. {told.steps[each.step]}: {each.words}" for each in trial.steps)]
    show(options, {"began": trial.began.name if trial.began else "", "steps": trial.steps}, "\n".join(lines))


def _replay(options: argparse.Namespace) -> None:
    from regulars.acting import make_deciding, make_world
    from regulars.decisioning.journeys.replay import Replay

    app = open_app(options)
    with app.connect() as connection:
        found = _found(connection, options.name)
        world = make_world(app, connection)
        replay = Replay(connection, app.folder.lake, make_deciding(app), world, app.settings.as_of)
        try:
            done = replay.run(found.name, found.journey(), time.time_ns() // 1000)
        except LakeError as error:
            raise CliError(str(error)) from None
    row = {
        "since": done.since, "until": done.until, "entered": done.entered, "sent": done.sent, "people": done.people,
        "held_back": done.held, "messages": done.messages, "reasons": done.reasons, "note": done.note,
    }  # fmt: skip
    why = [f"{n:,} not sent: {code}" for code, n in sorted(done.reasons.items(), key=lambda each: -each[1])]
    show(options, row, "\n".join([f"{done.entered:,} would have come in. {done.words()}", *why]))


def require_messages(connection: Connection, names: Iterable[str]) -> None:
    """Raises CliError where one of these messages is not written."""
    known = {each.name for each in all_messages(connection)}
    for name in names:
        if name not in known:
            raise CliError(f"the message {name} is not written yet")


def _found(connection: Connection, name: str) -> Version:
    found = store.find(connection, name)
    if found is None:
        raise CliError(f"there is no journey {name}: `regulars journeys list` names them")
    return found
