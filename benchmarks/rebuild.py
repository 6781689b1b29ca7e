"""How fast `regulars rebuild` makes everything derived again from the log, beside the first run of the pipeline.

`events_per_s`: of the rebuild, in a process of its own; `ratio_to_pipeline`: that by the first run.
"""

import subprocess
import sys
import time

from _bench import bodies, installation, result, serving

from regulars.collection.receive import receive
from regulars.model.source import Source, Trust
from regulars.storage import log
from regulars.storage.queries import left_to_do


def main() -> None:
    """Measure and print; the number of events may be given."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    source = Source("bench", Trust.SERVER)
    with installation() as app, app.connect() as connection:
        for body in bodies(events, events // 4):
            log.append(connection, [[receive(source, "batch", body, "", time.time_ns() // 1000)]])
        end = log.last(connection)
        with serving(app, "pipeline"):
            while left_to_do(connection, end) == events:
                time.sleep(0.01)
            started, first = time.perf_counter(), events - left_to_do(connection, end)
            while left_to_do(connection, end):
                time.sleep(0.02)
            rate = (events - first) / (time.perf_counter() - started)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "regulars", "rebuild", "--data", str(app.folder.path)], check=True)
        again = events / (time.perf_counter() - started)
    result(events_per_s=again, ratio_to_pipeline=again / rate)


if __name__ == "__main__":
    main()
