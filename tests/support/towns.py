"""A generated town taken into a database without a server in between: for slow tests that need many events."""

from collections.abc import Callable, Iterator
from pathlib import Path

import regulars.pipeline
from regulars.app import App
from regulars.collection.receive import keep
from regulars.collection.tracked import tracked_calls
from regulars.model.frame import Frame
from regulars.pipeline import Pipeline
from regulars.simulation.hard import generate
from regulars.storage import log
from regulars.storage.queries import start_cursor
from regulars.storage.sources import register

FRAMES = 50
"""Frames a row of the log."""


def append_town(
    app: App, folder: Path, customers: int, days: int, seed: int, words: Callable[[Path], list[Frame]] = lambda _: []
) -> int:
    """Generate a town into a folder and append its calls to the log; returns how many distinct events it has.

    `words` makes frames from the folder's files that come spread among the calls.
    """
    report = generate(customers, days, seed, folder)
    sources, calls = tracked_calls(folder)
    with app.connect() as connection:
        for source in sources:
            register(connection, source)
        frames = (keep(source, "import", body, received) for source, received, body in calls)
        log.append(connection, _rows(_spread(words(folder), frames, report.lines)))
    return report.events


def take_in(app: App, sizes: tuple[int, ...] = (regulars.pipeline.BATCH_EVENTS,)) -> int:
    """Take in all of the log, in batches of these numbers of events by turns; returns how many were accepted."""
    accepted = turn = 0
    with app.connect() as connection:
        connection.execute("SET synchronous_commit = off")
        start_cursor(connection, app.context().rules_name)
        pipeline = Pipeline(connection, app.context())
        while rows := log.read(connection, pipeline.place, sizes[turn % len(sizes)]):
            accepted += pipeline.take(rows).accepted
            turn += 1
    return accepted


def _spread(words: list[Frame], frames: Iterator[Frame], most: int) -> Iterator[Frame]:
    for number, each in enumerate(frames, start=1):
        yield each
        if words and number % (most // (2 * len(words)) + 1) == 0:
            yield words.pop()


def _rows(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    row: list[Frame] = []
    for frame in frames:
        row.append(frame)
        if len(row) == FRAMES:
            yield row
            row = []
    yield row
