"""How fast the town is made, and how near its visits come to the published figures they are calibrated on.

`python benchmarks/town.py [EVENTS]`: a town of about so many events (default: 1,000,000). The floor beside it
reads, decodes, encodes and writes the same lines and does nothing else.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from regulars.simulation.everyday.generate import generate, own_world
from regulars.simulation.everyday.numbers import calibration

A_PERSON = 335
"""Events of one person in a year, about."""
DAYS, SEED = 365, 1


def main() -> None:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        out = Path(folder)
        started, computing = time.perf_counter(), time.process_time()
        found = generate(own_world(max(1, wanted // A_PERSON), DAYS, SEED), out)
        seconds, computing = time.perf_counter() - started, time.process_time() - computing
        floor = _floor(out / "events.jsonl", out / "floor.jsonl")
    print(f"{found.events:,} events of {found.persons:,} persons in {seconds:.1f} s")
    for name, value, target in calibration(found):
        print(f"{name:<38} {value:>10.4f}   wanted {target:g}")
    last = {
        "events_per_s": round(found.events / seconds, 1),
        "seconds_per_1m": round(seconds * 1_000_000 / found.events, 1),
        "cpu_s_per_1m": round(computing * 1_000_000 / found.events, 1),
        "ratio_to_floor": round(seconds / floor, 2),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "conversion": found.conversion,
        "conversion_new": found.conversion_new,
        "conversion_returning": found.conversion_returning,
        "median_product_pages": found.median_pages,
        "median_minutes": found.median_minutes,
    }
    print(json.dumps(last))


def _floor(lines: Path, out: Path) -> float:
    """Seconds to decode, encode and write the same lines."""
    started = time.perf_counter()
    with lines.open("rb") as read, out.open("wb") as write:
        for line in read:
            write.write(msgspec.json.encode(msgspec.json.decode(line)) + b"\n")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
