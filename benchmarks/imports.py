"""How fast a mapped file gets into the log, and that memory does not grow with the file.

`lines_per_s`, `seconds`, `cpu_seconds`: a CSV of 1,000,000 order lines (or as many as given) by the shipped map of
tills, read, mapped and appended durably; `cpu_seconds` is of the importing process, for a machine that others use too.
`rss_mb_50`, `rss_mb_500`, `rss_ratio`: the largest memory of a process of its own that imports 50 MB, and 500 MB.
"""

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from _bench import installation, result

from regulars.app import App
from regulars.collection.files.frames import parts_of
from regulars.collection.files.inputs import inputs
from regulars.collection.files.mapfile import load_map
from regulars.collection.files.read import Reader
from regulars.model.source import Source, Trust
from regulars.settings import load
from regulars.storage import imports
from regulars.storage.sources import register

LINES = 1_000_000
SETTINGS = ["formats.time_zone=Europe/Prague", "formats.currency=EUR"]
HEAD = "Date;Time;Store;Till;Receipt;Cashier;Card;Article;Description;Group;Quantity;Price;Amount\n"
TILL = Source("till", Trust.SERVER)


def write(path: Path, lines: int = 0, size: int = 0) -> Path:
    """A till's file of so many lines, or of about so many bytes; four lines a receipt."""
    written, number = 0, 0
    with path.open("w", encoding="ascii") as file:
        written += file.write(HEAD)
        while number < lines or written < size:
            written += file.write(line(number))
            number += 1
    return path


def line(number: int) -> str:
    """One line of a receipt."""
    receipt, pieces, cents = number // 4, 1 + number % 3, 100 + number % 9_000
    card = "" if receipt % 3 == 0 else str(2_900_000_000 + receipt % 90_000)
    total = pieces * cents
    return (
        f"{1 + receipt % 28:02}.{1 + receipt % 9:02}.2025;"
        f"{8 + receipt % 12:02}:{receipt % 60:02}:{receipt * 7 % 60:02};"
        f"{receipt % 40};{receipt % 5};{receipt};E{receipt % 90};{card};A{number % 5_000};Article {number % 5_000};"
        f"Group {number % 40};{pieces};{cents // 100},{cents % 100:02};{total // 100},{total % 100:02}\n"
    )


def append(app: App, path: Path) -> int:
    """Import a file as the command does, without waiting for the pipeline; returns the number of rows."""
    reader = Reader(load_map("till", SETTINGS), app.secret, datetime.now(UTC))
    with app.connect() as connection:
        register(connection, TILL)
        run = imports.open_run(connection, "map", [(TILL.name, int(TILL.trust))], [], path.name)
        with imports.held(connection, run):
            for part in parts_of(reader.found(inputs([str(path)])), TILL, run.started, app.settings.ip):
                imports.append(connection, run, part.frames, str(part.place))
    assert reader.notes["rows not taken"] == 0
    return reader.rows


def memory(app: App, path: Path) -> float:
    """The largest memory in MB of a process that imports a file."""
    argv = [sys.executable, __file__, "--child", str(app.folder.path), str(path)]
    return float(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Measure and print; the number of lines may be given."""
    if sys.argv[1:2] == ["--child"]:
        append(App(load(sys.argv[2], {})), Path(sys.argv[3]))
        # What getrusage says includes the process that started this one.
        print(int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024)
        return
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else LINES
    with installation() as app:
        file = write(app.folder.path / "lines.csv", lines=lines)
        started, cpu = time.perf_counter(), time.process_time()
        rows = append(app, file)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        assert rows == lines
        small = memory(app, write(app.folder.path / "small.csv", size=lines * 50))
        large = memory(app, write(app.folder.path / "large.csv", size=lines * 500))
    print(f"{lines:,} order lines in {seconds:.1f} s, of which {cpu:.1f} s on the processor")
    result(
        lines_per_s=lines / seconds,
        seconds=seconds,
        cpu_seconds=cpu,
        rss_mb_50=small,
        rss_mb_500=large,
        rss_ratio=large / small,
    )


if __name__ == "__main__":
    main()
