"""Named places at which a process ends: only where it was asked for, and only at the time that was asked for."""

import signal
import subprocess
import sys

import pytest

from regulars.storage import faults
from regulars.storage.faults import FAULT, POINTS, fault

CODE = """
from regulars.storage import faults
for number in range(5):
    faults.hit("cursor.before")
    faults.hit("cursor.after")
    print(number, flush=True)
"""


@pytest.mark.parametrize(
    "said", ["cursor", "cursor.before", "cursor.before:x", "nowhere:1", "cursor.before:1:SIGNOTHING"]
)
def test_what_makes_no_sense_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=FAULT):
        fault(said)


def test_unset_it_does_nothing() -> None:
    assert not faults.ARMED
    for name in POINTS:
        faults.hit(name)


@pytest.mark.parametrize(("said", "passed"), [("cursor.before:3", 2), ("cursor.after:1", 0), ("cursor.before:9", 5)])
def test_the_process_ends_at_the_hit_that_was_named(said: str, passed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={FAULT: said, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [str(number) for number in range(passed)]
    assert done.returncode == (0 if passed == 5 else -signal.SIGKILL)
