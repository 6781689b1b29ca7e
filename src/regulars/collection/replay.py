"""Rejected items sent in again, byte for byte, once what refused them is mended."""

from functools import lru_cache

from regulars.collection.again import NotReplayable, frame_again
from regulars.model.frame import Frame
from regulars.storage import log, reading
from regulars.storage.database import Connection
from regulars.storage.reading import RejectedItem

REPLAY = "replay:"
"""How the note of a frame begins that is sent in again; then the place of what it was, as SEQ:ITEM."""

ROWS_KEPT = 64


class Replay:
    """Frames rejected items again, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._frames = lru_cache(maxsize=ROWS_KEPT)(lambda seq: reading.frames_of(connection, seq))

    def frame(self, item: RejectedItem) -> Frame:
        """The frame that sends an item in again. Raises NotReplayable."""
        frames, number = self._frames(item.seq), int(item.item.partition(".")[0])
        if number >= len(frames):
            raise NotReplayable("its request is no longer in the log")
        return frame_again(frames[number], item.body, f"{REPLAY}{item.seq}:{item.item}")

    def send(self, items: list[RejectedItem]) -> tuple[int, list[str]]:
        """Send in again what can be; how many were, and why each of the others was not."""
        frames, left = list[Frame](), list[str]()
        for item in items:
            try:
                frames.append(self.frame(item))
            except NotReplayable as why:
                left.append(str(why))
        log.append(self._connection, [frames])
        return len(frames), left
