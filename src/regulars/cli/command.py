"""What every command shares: the options, how it prints, how it fails."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

# Slow to load, and neither `--help` nor a wrong call needs them.
if TYPE_CHECKING:
    from regulars.app import App

Subparsers = Any
"""argparse's own type for it is private."""


class CliError(Exception):
    """What a command could not do, as one clear line."""


class Parser(argparse.ArgumentParser):
    """A parser of which one command need not be named: arguments that begin with none of its own are `fallback`'s."""

    fallback = ""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, with the fallback put in where it is meant."""
        if self.fallback and args and args[0] not in ("-h", "--help", *self._known()):
            args = [self.fallback, *args]
        return super().parse_known_args(args, namespace)

    def _known(self) -> list[str]:
        choices = (action.choices for action in self._actions if isinstance(action, argparse._SubParsersAction))
        return [name for each in choices for name in each]


def command(
    subparsers: Subparsers, name: str, help: str, run: Callable[[argparse.Namespace], None]
) -> argparse.ArgumentParser:
    """A command with the options that all have: `--data DIR` and `--json`."""
    made: argparse.ArgumentParser = subparsers.add_parser(name, help=help, description=help)
    made.add_argument("--data", metavar="DIR", help="the data folder (default: REGULARS_DATA, else ./data)")
    made.add_argument("--json", action="store_true", help="print JSON for programs")
    made.set_defaults(run=run)
    return made


def group(subparsers: Subparsers, name: str, help: str, fallback: str = "") -> Subparsers:
    """A command with commands of its own, of which `fallback` need not be named."""
    made = subparsers.add_parser(name, help=help, description=help)
    made.fallback = fallback
    return made.add_subparsers(required=True, metavar="FILE | COMMAND" if fallback else "COMMAND")


def open_app(options: argparse.Namespace, *, create: bool = False) -> "App":
    """The installation that the options name."""
    from regulars.app import App
    from regulars.settings import load

    return App(load(options.data), create=create)


def port_of(options: argparse.Namespace, app: "App") -> int:
    """The port to listen on: the option's, else the settings'. Raises CliError."""
    port = int(app.settings.port if options.port is None else options.port)
    if not 0 < port < 65536:
        raise CliError(f"--port: {port} is no port number")
    return port


def show(options: argparse.Namespace, data: Any, text: str) -> None:
    """Print a result: as one JSON document with `--json`, else as text."""
    if options.json:
        import msgspec

        sys.stdout.write(msgspec.json.encode(data).decode() + "\n")
    else:
        print(text)


def show_line(options: argparse.Namespace, data: Any, text: str) -> None:
    """Print one row of a stream: a JSON line with `--json`, else a line of text."""
    show(options, data, text)
    sys.stdout.flush()


def progress(text: str) -> None:
    """Tell a person how it goes, apart from the result."""
    print(text, file=sys.stderr, flush=True)
