"""What the processes cost while nothing comes in.

`cpu_percent`: of one core, over web, pipeline, insights, messages and PostgreSQL together, for 20 seconds, once all of
them have started.
"""

import os
import time
from pathlib import Path

from _bench import installation, result, serving

from regulars.storage.processes import working_in

SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")
LOOK = 5.0
LONGEST = 60.0


def ticks(pids: list[int]) -> int:
    """User and system time of these processes and their children so far, in clock ticks."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])
    return total


def started(pids: list[int]) -> None:
    """Wait until these processes have done what they do at first: five seconds of next to nothing, or a minute."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        before = ticks(pids)
        time.sleep(LOOK)
        if ticks(pids) - before < 0.02 * LOOK * TICKS:
            return


def main() -> None:
    """Measure and print."""
    with installation() as app, serving(app, "web", "pipeline", "insights", "messages") as running:
        time.sleep(LOOK)
        started([process.pid for process in running.values()])
        pids = [process.pid for process in running.values()] + working_in(app.folder.postgres, "postgres")
        before = ticks(pids)
        time.sleep(SECONDS)
        used = ticks([pid for pid in pids if Path(f"/proc/{pid}").exists()]) - before
    result(cpu_percent=100 * used / TICKS / SECONDS)


if __name__ == "__main__":
    main()
