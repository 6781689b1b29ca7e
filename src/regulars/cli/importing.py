"""One import run from its beginning, or from where it was broken off, to its end, told as it goes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from regulars.cli.projection import caught_up
from regulars.collection.report import ImportFailed
from regulars.model.frame import Frame
from regulars.model.source import Source
from regulars.storage import imports, log
from regulars.storage.database import Connection
from regulars.storage.imports import File, Run
from regulars.storage.sources import register

Part = tuple[Sequence[Frame], str]
"""Frames to be appended in one commit, and the place that is reached with them, in the import's own words."""

FRAMES = 500
BYTES = 3_200_000
"""A row of the log holds at most so many frames and about so many bytes; each row is one commit."""

_BLOCK = 1 << 20


class Input(msgspec.Struct, frozen=True):
    """What a run reads: `what` names the command, `map` is the hash of the map, '' where there is none."""

    what: str
    sources: Sequence[Source]
    files: Sequence[File]
    map: str = ""


def file_of(path: Path) -> File:
    """A file by name, size and content. Raises ImportFailed where it cannot be read."""
    hashed, size = sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                hashed.update(block)
                size += len(block)
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror or error}"
        raise ImportFailed(message, "Check its path and rights") from None
    return File(path.name, size, hashed.hexdigest())


def bring_in(
    connection: Connection,
    given: Input,
    parts: Callable[[Run], Iterable[Part]],
    title: str,
    total: int | None = None,
    report: Callable[[], Any] | None = None,
    once: bool = False,
) -> Run:
    """Append what `parts` gives for a run, wait until the pipeline has taken it in, and close the run.

    `parts` is given the run: it begins behind its `place`, and its frames are received when the run `started`, so that
    a run that was broken off comes out as one that was not. `report` is asked at the end, for JSON. With `once`, a run
    of the same input that is done already is returned, and nothing is read. Raises Stopped where the run was undone
    meanwhile or another process is at it, and CliError where no pipeline runs.
    """
    for source in given.sources:
        register(connection, source)
    named = [(source.name, int(source.trust)) for source in given.sources]
    done = imports.done_before(connection, given.what, named, given.files, given.map) if once else None
    if done is not None:
        return done
    run = imports.open_run(connection, given.what, named, given.files, given.map)
    with imports.held(connection, run), _bar() as bar:
        sent = run.items
        reading = bar.add_task(f"{title}: reading", total=total, completed=sent)
        for frames, place in parts(run):
            imports.append(connection, run, frames, place)
            sent += sum(frame.items for frame in frames)
            bar.update(reading, completed=sent)
        bar.update(reading, total=sent)
        taking = bar.add_task(f"{title}: taking in", total=sent)
        for left in caught_up(connection, log.last(connection)):
            bar.update(taking, completed=max(0, sent - left))
        return imports.finish(connection, run, b"" if report is None else msgspec.json.encode(report()))


def rows_of(frames: Iterable[Frame], start: int) -> Iterator[Part]:
    """Frames in rows for the log; places count frames, of which `start` were appended before."""
    row: list[Frame] = []
    size, count = 0, start
    for count, frame in enumerate(frames, start + 1):
        row.append(frame)
        size += len(frame.body)
        if len(row) >= FRAMES or size >= BYTES:
            yield row, str(count)
            row, size = [], 0
    if row:
        yield row, str(count)


def done_text(run: Run) -> str:
    """What became of a run's items, in one line."""
    words = f"{run.items:,} items read, {run.added:,} added"
    if run.present:
        words += f", {run.present:,} there already"
    if run.rejected:
        words += f", {run.rejected:,} rejected"
    return f"{words} (import {run.id})"


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    # Apart from the result, which programs read.
    return Progress(*columns, console=Console(stderr=True), redirect_stdout=False, redirect_stderr=False)
