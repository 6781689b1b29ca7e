"""What became of the items of import runs, counted batch by batch."""

from regulars.batch import Work
from regulars.storage.imports import Counted, add_counts


def tally(work: Work) -> None:
    """Count what became of the items of import runs, if any came."""
    if work.prepared.runs:
        work.later.settle()
        add_counts(work.connection, _counted(work))


def _counted(work: Work) -> dict[str, Counted]:
    """By run: its items in this batch, and which of them were added or rejected.

    An item that is sent in again was counted, as rejected, when it first came.
    """
    runs: dict[tuple[int, int], str] = {}
    found: dict[str, list[int]] = {}
    for frame in work.prepared.runs:
        runs[frame.seq, frame.number] = frame.run
        counts = found.setdefault(frame.run, [0, 0, 0])
        if frame.again:
            counts[2] -= 1
        else:
            counts[0] += frame.items
    for item in work.items:
        run = runs.get((item.seq, item.number))
        if run is not None:
            found[run][1] += 1
    for dropped in work.rejected:
        run = runs.get((dropped.seq, int(dropped.place.partition(".")[0])))
        if run is not None:
            found[run][2] += 1
    return {run: Counted(*counts) for run, counts in found.items()}
