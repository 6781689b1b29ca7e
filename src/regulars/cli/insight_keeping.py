"""Has insight follow the lake by itself: soon after each change, for as long as this process lives."""

import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Final

import psycopg

from regulars.app import App
from regulars.cli.logs import Say
from regulars.insights.job import is_due, tidy
from regulars.storage.database import DatabaseError
from regulars.storage.folder import FolderError

LOOK_AGAIN: Final = 10.0
"""Seconds between two looks at whether the lake has changed."""
SHARE: Final = 4
"""After a run it rests so many times as long as that took."""
LONGEST_REST: Final = 30.0
"""But no longer than these seconds: who was erased is to be gone within the minute."""
LONGEST: Final = 3_600.0


def keep_insight(app: App, say: Say) -> None:
    """Begin a thread that brings insight to the lake's state whenever that is another one."""
    threading.Thread(target=_look_again, args=(app, say), name="insight", daemon=True).start()


def look(app: App, say: Say) -> float:
    """Run if the lake has changed, in a process of its own, which gives its memory back; returns the seconds taken."""
    tidy(app.folder.lake)
    with app.connect() as connection:
        if not is_due(connection, app.folder.lake):
            return 0.0
    started = time.monotonic()
    argv = [sys.executable, "-m", "regulars", "insights", "run", "--data", str(app.folder.path)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"insight did not follow ({type(error).__name__})", "insight_failed", error=type(error).__name__)
        return time.monotonic() - started
    if done.returncode:
        say("insight did not follow; it is tried again", "insight_failed", error=f"exit {done.returncode}")
    else:
        say(f"insight {done.stdout.decode(errors='replace').strip()}", "insight")
    return time.monotonic() - started


def _look_again(app: App, say: Say) -> None:
    while True:
        time.sleep(LOOK_AGAIN)
        with suppress(psycopg.Error, DatabaseError, FolderError):
            took = look(app, say)
            time.sleep(min(LONGEST_REST, SHARE * took))
