"""Frames of the log with less in them: items gone or shortened, their number and places as they were."""

from collections.abc import Callable

import msgspec

from regulars.collection.marked import message_key, read_frame
from regulars.collection.rewritten import GONE, items_of, rewritten
from regulars.model.event import Event
from regulars.model.frame import Frame, Mark
from regulars.model.rejection import Rejection
from regulars.model.secret import Secret
from regulars.model.source import Trust
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.queries import known_messages
from regulars.storage.sources import Sources


class Place(msgspec.Struct, frozen=True):
    """Where an item stands: the row of the log, the frame in it, the item in that."""

    seq: int
    frame: int
    index: int


Judge = Callable[[Place, Event | Rejection, bytes], bytes | None]
"""Says what an item is to be: the same bytes, shorter ones with the same id, or None for gone."""


class Thinner:
    """Rewrites rows by a judge; `items` counts those it changed."""

    def __init__(self, connection: Connection, secret: Secret, sources: Sources, judge: Judge) -> None:
        self._connection = connection
        self._secret = secret
        self._sources = sources
        self._judge = judge
        self.items = 0

    def row(self, row: log.Row) -> list[Frame]:
        """The frames of a row as they are to be."""
        return [self._frame(frame, row.seq, number) for number, frame in enumerate(row.frames)]

    def _frame(self, frame: Frame, seq: int, number: int) -> Frame:
        if frame.call == "control":
            return frame
        source = self._sources.of(frame.source, Trust(frame.trust))
        items = items_of(frame)
        marks = {mark.index: mark for mark in frame.marks}
        changed = []
        for index, what, mark in read_frame(frame, source, self._secret, f"{seq}:{number}"):
            left = items[index] if what is None else self._judge(Place(seq, number, index), what, items[index])
            if what is not None and left != items[index]:
                marks[index] = self._mark(index, what, mark, left is None)
                items[index] = GONE if left is None else left
                changed.append(index)
        if not changed:
            return frame
        self.items += len(changed)
        known = known_messages(self._connection, [marks[index].key for index in changed if marks[index].key])
        for index in changed:
            # By what was never accepted nothing is to be known again.
            if marks[index].gone and known.get(marks[index].key) != marks[index].content:
                marks[index] = Mark(index, b"", b"", True)
        return rewritten(frame, items, list(marks.values()))

    def _mark(self, index: int, what: Event | Rejection, mark: Mark | None, gone: bool) -> Mark:
        if not isinstance(what, Event):
            return Mark(index, b"", b"", gone)
        source = what.source
        key = mark.key if mark else message_key(self._secret, source.name, source.trust, what.message_id)
        return Mark(index, key, what.content, gone)
