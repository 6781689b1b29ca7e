"""How fast events become customers: every step of the pipeline, and the database, on the cores there are.

`first_200k_per_s` and `all_1m_per_s`: events/s over the first 200,000 and over all of 1,000,000 of 250,000 persons;
`last_over_first`: the last 200,000 by the first; `rss_mb`: the largest memory of the pipeline's processes together.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

from _bench import bodies, installation, result, rss_mb, serving

from regulars.collection.receive import receive
from regulars.model.source import Source, Trust
from regulars.storage import log
from regulars.storage.queries import left_to_do

PERSONS = 250_000


def main() -> None:
    """Measure and print; the number of events may be given."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    source = Source("bench", Trust.SERVER)
    with installation() as app, app.connect() as connection:
        group = []
        for body in bodies(events, events * PERSONS // 1_000_000):
            group.append(receive(source, "batch", body, "", time.time_ns() // 1000))
            if len(group) == 20:
                log.append(connection, [group])
                group = []
        log.append(connection, [group])
        end = log.last(connection)
        marks = []
        with serving(app, "pipeline") as running:
            connection.execute("SELECT 1")
            while left_to_do(connection, end) == events:
                time.sleep(0.01)
            started = time.perf_counter()
            first = events - left_to_do(connection, end)
            memory: dict[int, float] = {}
            while left := left_to_do(connection, end):
                marks.append((events - left - first, time.perf_counter() - started))
                memory.update(of_family(running["pipeline"].pid))
                time.sleep(0.1)
            marks.append((events - first, time.perf_counter() - started))
    early = rate(marks, 0, events // 5)
    print(f"{events:,} events in {marks[-1][1]:.1f} s")
    result(
        first_200k_per_s=early,
        all_1m_per_s=marks[-1][0] / marks[-1][1],
        last_over_first=rate(marks, events * 4 // 5, events) / early,
        rss_mb=sum(memory.values()),
    )


def of_family(pid: int) -> dict[int, float]:
    """The largest memory so far of a process and its children, in MB."""
    found = {}
    for each in (pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())):
        with suppress(FileNotFoundError, ProcessLookupError):
            found[each] = rss_mb(each)
    return found


def rate(marks: list[tuple[int, float]], start: int, end: int) -> float:
    """Events a second between two numbers of events, by the nearest marks."""
    inside = [mark for mark in marks if start <= mark[0] <= end] or marks
    low = inside[0] if start else (0, 0.0)
    return (inside[-1][0] - low[0]) / max(1e-9, inside[-1][1] - low[1])


if __name__ == "__main__":
    main()
