"""Named places at which a test ends or halts this process; they cost one call of an empty function otherwise.

`REGULARS_FAULT=NAME:N` sends SIGKILL to the process that comes to place NAME for the N-th time; `NAME:N:SIGSTOP` sends
that signal instead.
"""

import os
import signal
from collections.abc import Callable

FAULT = "REGULARS_FAULT"

POINTS = (
    "append.before",
    "append.after",
    "acknowledge.before",
    "acknowledge.after",
    "cursor.before",
    "cursor.after",
    "commit.before",
    "commit.after",
    "swap.before",
    "swap.after",
    "import.before",
    "import.after",
    "undo.before",
    "decision.before",
    "decision.after",
    "handover.before",
    "handover.after",
)
"""Before and after: a group is written to the log and committed, its senders are told, the cursor is moved, a batch's
transaction is committed, a rebuilt schema takes its place, a run of an import appends a row, decisions are written,
messages are handed over. Before: what an undone run leaves is taken in anew."""


def fault(said: str) -> Callable[[str], None]:
    """What to call at each place, for a value of REGULARS_FAULT; '' does nothing. Raises ValueError."""
    if not said:
        return _nothing
    name, _, rest = said.partition(":")
    count, _, wanted = rest.partition(":")
    number = signal.Signals[wanted or "SIGKILL"] if wanted in ("", *signal.Signals.__members__) else None
    if name not in POINTS or not count.isdecimal() or number is None:
        raise ValueError(f"{FAULT}: give NAME:N or NAME:N:SIGNAL, not {said!r}")
    left = int(count)

    def hit(place: str) -> None:
        nonlocal left
        if place == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)

    return hit


def _nothing(place: str) -> None:
    pass


ARMED = bool(os.environ.get(FAULT))
"""Whether a place is to fail."""

hit = fault(os.environ.get(FAULT, ""))
"""Say that the process has come to a place of `POINTS`."""
