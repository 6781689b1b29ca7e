"""Sorting by arrival beyond what memory holds."""

from pathlib import Path
from random import Random

from regulars.simulation.spool import Spool


def test_lines_come_out_by_arrival_and_ties_as_they_were_added(tmp_path: Path) -> None:
    rng = Random(1)
    rows = [(rng.randrange(50), number) for number in range(1000)]
    spool = Spool(tmp_path, run=64)
    for arrival, number in rows:
        spool.add(arrival, b"%d/%d" % (arrival, number))
    spool.write(tmp_path / "out")
    wanted = [b"%d/%d" % row for row in sorted(rows)]
    assert (tmp_path / "out").read_bytes().splitlines() == wanted
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_nothing_added_gives_an_empty_file(tmp_path: Path) -> None:
    Spool(tmp_path).write(tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b""
