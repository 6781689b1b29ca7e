"""`regulars import guess FILE`: a first map, with samples and what is doubtful about it."""

import argparse
from pathlib import Path

from regulars.cli.command import CliError, Subparsers, command, show
from regulars.collection.files.guess import guess
from regulars.collection.files.inputs import inputs
from regulars.collection.files.piped import with_piped


def add(subparsers: Subparsers) -> None:
    """Declare the command."""
    made = command(subparsers, "guess", "Write a first map for a file, with samples and doubts", _guess)
    made.add_argument("file", metavar="FILE", help="the file, or - for what is piped in; of several, the first")
    made.add_argument("--out", type=Path, metavar="MAP", help="where the map goes (default: standard output)")


def _guess(options: argparse.Namespace) -> None:
    with with_piped([options.file]) as names:
        found = guess(inputs(names)[0])
    if options.out is None:
        show(options, {"map": found.text, "doubts": found.doubts, "shipped": found.shipped}, found.text)
        return
    try:
        with options.out.open("x", encoding="utf-8") as file:
            file.write(found.text)
    except FileExistsError:
        raise CliError(f"{options.out} is there already: name another file, or remove it") from None
    except OSError as error:
        raise CliError(f"{options.out} cannot be written: {error.strerror}") from None
    words = "\n".join(f"  {each}" for each in found.doubts)
    data = {"out": str(options.out), "doubts": found.doubts, "shipped": found.shipped}
    show(options, data, f"{options.out} is written. Look at:\n{words}")
