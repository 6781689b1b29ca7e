"""The whole log once more, in another order and other batches: what is derived must come out the same."""

from collections.abc import Iterator
from random import Random

import msgspec
from psycopg import sql

from regulars.app import App
from regulars.erasure import is_carried_out, is_erasure
from regulars.model.frame import Frame
from regulars.pipeline import BATCH_EVENTS, Pipeline
from regulars.retention import rewrites
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.queries import start_cursor

SCHEMA = "derived_shuffled"


class ShuffledRun:
    """A scratch schema filled from the log in a random order, a share of its items twice; dropped at the end."""

    def __init__(self, app: App, seed: int, twice: float = 0.05) -> None:
        self._app = app
        self._random = Random(seed)
        self._twice = twice
        self._erasures: list[Frame] = []
        self._connection: Connection | None = None

    def __enter__(self) -> Connection:
        with self._app.connect() as connection:
            _drop(connection)
        self._app.create_derived(SCHEMA)
        self._connection = connection = self._app.connect(SCHEMA)
        connection.execute("SET synchronous_commit = off")
        start_cursor(connection, self._app.context().rules_name)
        pipeline = Pipeline(connection, self._app.context())
        for rows in self._batches(self._items(connection)):
            pipeline.take(rows)
        return connection

    def __exit__(self, *error: object) -> None:
        assert self._connection is not None
        _drop(self._connection)
        self._connection.close()

    def _items(self, connection: Connection) -> list[Frame]:
        frames: list[Frame] = []
        place = 0
        while rows := log.read(connection, place, BATCH_EVENTS):
            singles = [each for row in rows for frame in row.frames for each in _single(frame)]
            self._erasures += [each for each in singles if is_erasure(each) and is_carried_out(each)]
            # What retention took out is out of the log already, in whatever order it comes.
            frames += [each for each in singles if not rewrites(each)]
            place = rows[-1].seq
        frames += [frame for frame in frames if self._random.random() < self._twice]
        self._random.shuffle(frames)
        return frames

    def _batches(self, frames: list[Frame]) -> Iterator[list[log.Row]]:
        start, seq = 0, 0
        # What an erasure acted on is gone from the log already; what came later it must not touch.
        for erasure in self._erasures:
            seq += 1
            yield [log.Row(seq, erasure.items, [erasure])]
        while start < len(frames):
            size = self._random.randint(1, 2 * BATCH_EVENTS)
            part = frames[start : start + size]
            seq += 1
            yield [log.Row(seq, len(part), part)]
            start += size


def _single(frame: Frame) -> list[Frame]:
    """A frame for each item of a batch, with all that the batch says for every item."""
    if frame.call not in ("batch", "import") or frame.items == 1:
        return [frame]
    batch = msgspec.json.decode(frame.body, type=dict[str, msgspec.Raw])
    items = msgspec.json.decode(batch.pop("batch"), type=list[msgspec.Raw])
    return [
        msgspec.structs.replace(
            frame,
            body=msgspec.json.encode({**batch, "batch": [item]}),
            items=1,
            marks=tuple(msgspec.structs.replace(mark, index=0) for mark in frame.marks if mark.index == index),
        )
        for index, item in enumerate(items)
    ]


def _drop(connection: Connection) -> None:
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA)))
