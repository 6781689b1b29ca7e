"""What was taken back: which frames and events a retraction is about, and which of the log are to be passed over."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.rejection import Rejection
from regulars.model.source import Source, Trust

EXAMPLE: Final = "demo"
"""Names all example data where a run is named: it is no run's id, since those begin with a date."""

DEMO: Final = Source("completejourney", Trust.SERVER)
"""The source of the data set that `make run` imports, which is about nobody real."""

SIMULATED: Final = "simulated"
_SIMULATED = b"simulated"


class _Item(msgspec.Struct):
    origin: Any = None
    context: Any = None


_item = msgspec.json.Decoder(_Item).decode


class Scope(msgspec.Struct, frozen=True):
    """What one retraction takes back: the frames of a run, or all example data (`EXAMPLE`).

    Example data are all frames of the source `DEMO`, and every event that says of itself that it is simulated.
    """

    run: str

    def whole(self, frame: Frame) -> bool:
        """Whether all of a frame is taken back."""
        if self.run == EXAMPLE:
            return frame.source == DEMO.name and frame.trust == int(DEMO.trust) and frame.call != "control"
        return frame.run == self.run

    def part(self, frame: Frame) -> bool:
        """Whether single events of a frame may be taken back, that is not taken back as a whole."""
        return self.run == EXAMPLE and _SIMULATED in frame.body

    def holds(self, item: Event | Rejection) -> bool:
        """Whether an event is taken back, of whatever frame it is; or an item that could not become one."""
        if self.run != EXAMPLE:
            return False
        return (item.origin if isinstance(item, Event) else _origin(item.body)) == SIMULATED


class Retracted:
    """The retractions that were carried out, each as its place in the log and what it took back.

    A retraction is about what came before its place, so what comes after it counts.
    """

    def __init__(self, marks: Iterable[tuple[int, str]], since: int = 1) -> None:
        """`since` is the place behind which the log is read with it in hand; 0 is from the beginning."""
        self._places: dict[str, int] = {}
        self._covered: set[int] = set()
        for seq, run in marks:
            self._places[run] = max(seq, self._places.get(run, 0))
            if since == 0:
                self._covered.add(seq)
        self._example = self._places.get(EXAMPLE, 0)
        self._scope = Scope(EXAMPLE)

    def whole(self, frame: Frame, seq: int) -> bool:
        """Whether all of a frame of the row `seq` was taken back."""
        if seq < self._example and self._scope.whole(frame):
            return True
        return bool(frame.run) and seq < self._places.get(frame.run, 0)

    def events(self, frame: Frame, seq: int) -> Scope | None:
        """What tells which single events of a frame of the row `seq` were taken back; None where none was."""
        return self._scope if seq < self._example and self._scope.part(frame) else None

    def covers(self, seq: int) -> bool:
        """Whether all that the retraction at a place is about was passed over, so that nothing is left to be done."""
        return seq in self._covered


def _origin(body: bytes) -> Any:
    """The origin that a rejected item states, as far as it can be read."""
    try:
        item = _item(body)
    except (msgspec.DecodeError, RecursionError):
        return None
    return item.origin or (item.context.get("origin") if isinstance(item.context, dict) else None)
