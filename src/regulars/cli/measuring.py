"""Has results measured by themselves, as the lake changes, for as long as this process lives."""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Final

import psycopg

from regulars.app import App
from regulars.cli.logs import Say
from regulars.measurement.store import age
from regulars.storage.database import DatabaseError
from regulars.storage.folder import FolderError
from regulars.storage.lake.manifest import read_manifest

EVERY: Final = 900.0
"""Seconds from one measuring to the next, where the lake has changed since."""
LOOK_AGAIN: Final = 60.0
"""Seconds between two looks at whether it is time."""
START_AFTER: Final = 180.0
"""Seconds before the first look, so that a start has the machine for itself."""
LONGEST: Final = 3_600.0


def keep_measuring(app: App, say: Say) -> None:
    """Begin a thread that has everything measured when it is time."""
    threading.Thread(target=_look_again, args=(app, say), name="results", daemon=True).start()


def look(app: App, say: Say, seen: int = 0) -> int:
    """Measure if it is time, in a process of its own; `seen` is the lake's state of the last try.

    Returns the state that was tried now, else `seen`: what fails is tried again with the next state.
    """
    manifest = read_manifest(app.folder.lake)
    if manifest is None or manifest.state == seen:
        return seen
    with app.connect() as connection:
        since = age(connection)
    if since is not None and since < EVERY:
        return seen
    argv = [sys.executable, "-m", "regulars", "results", "measure", "--data", str(app.folder.path)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"results were not measured ({type(error).__name__})", "results_failed", error=type(error).__name__)
        return manifest.state
    if done.returncode:
        say("results were not measured", "results_failed", error=f"exit {done.returncode}")
    else:
        say(f"results: {done.stdout.decode(errors='replace').strip()}", "results")
    return manifest.state


def _look_again(app: App, say: Say) -> None:
    time.sleep(START_AFTER)
    seen = 0
    while True:
        with suppress(psycopg.Error, DatabaseError, FolderError):
            seen = look(app, say, seen)
        time.sleep(LOOK_AGAIN)
