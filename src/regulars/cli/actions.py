"""`regulars actions`: what may be done for customers, and what each action did of late."""

import argparse
import time
from pathlib import Path

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, group, open_app, show, show_line
from regulars.cli.whom import ACTOR
from regulars.decisioning import actions
from regulars.decisioning.actions import BadAction
from regulars.decisioning.shipped import read, write

DAYS = 30


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    made = group(subparsers, "actions", "What may be done for customers")
    command(made, "list", f"Every action, and what it did in the last {DAYS} days", _list)
    command(made, "show", "One action as a file that `put` takes", _show).add_argument("name", metavar="NAME")
    put = command(made, "put", "Make an action, or its next version, of a YAML or JSON file", _put)
    put.add_argument("file", metavar="FILE", help="with name, title, message, channels, worth and so on")
    command(made, "on", "Switch an action on", _on).add_argument("name", metavar="NAME")
    command(made, "off", "Switch an action off: nobody gets it", _off).add_argument("name", metavar="NAME")


def _list(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        did = actions.did(connection, time.time_ns() // 1000 - DAYS * 86_400_000_000)
        for each in actions.all_actions(connection):
            action, done = each.action, did.get(each.action.name, actions.Did())
            row = {
                "name": action.name, "title": action.title, "version": action.version, "enabled": action.enabled,
                "lever": action.lever, "done": done.done, "held_back": done.held_back, "by": dict(done.channels),
            }  # fmt: skip
            note = "" if action.enabled else " (off)"
            show_line(options, row, f"{done.done:>9,}  {action.name:<24}  {action.title}{note}")


def _show(options: argparse.Namespace) -> None:
    with open_app(options).connect() as connection:
        found = actions.find(connection, options.name)
    if found is None:
        raise CliError(f"there is no action {options.name}")
    show(options, found.action, write(found.action).rstrip())


def _put(options: argparse.Namespace) -> None:
    try:
        action = read(Path(options.file).read_bytes())
        with open_app(options).connect() as connection:
            made = actions.put(connection, ACTOR, action)
    except (BadAction, OSError) as error:
        raise CliError(f"{options.file}: {error}") from None
    show(options, made.action, f"{made.action.name} is version {made.action.version}")


def _on(options: argparse.Namespace) -> None:
    _switch(open_app(options), options, True)


def _off(options: argparse.Namespace) -> None:
    _switch(open_app(options), options, False)


def _switch(app: App, options: argparse.Namespace, enabled: bool) -> None:
    try:
        with app.connect() as connection:
            made = actions.change(connection, ACTOR, options.name, enabled=enabled)
    except BadAction as error:
        raise CliError(str(error)) from None
    show(options, made.action, f"{made.action.name} is {'on' if enabled else 'off'}")
