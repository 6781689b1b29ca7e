"""Has recommendations learnt by themselves: once a day, and sooner while a shop's first orders come in."""

import subprocess
import sys
import threading
import time

from regulars.app import App
from regulars.cli.logs import Say
from regulars.recommendations.files import published
from regulars.recommendations.train import lines_in

DAY = 86_400.0
LOOK_AGAIN = 60.0
"""Seconds between two looks at whether it is time."""
GROWN, SOONEST = 1.5, 600.0
"""Where the lake has so many times the lines, it is learnt again before a day is over, no sooner than this."""
LONGEST = 3_600.0


def keep_learning(app: App, say: Say) -> None:
    """Begin a thread that has a model made when it is time, for as long as this process lives."""
    threading.Thread(target=_look_again, args=(app, say), name="learning", daemon=True).start()


def is_due(lines: int, known: int | None, age: float) -> bool:
    """Whether to learn from so many `lines`, when the last model knew so many (None: no model) and is `age` s old."""
    if known is None:
        return lines > 0
    return age >= DAY or (lines > GROWN * known and age >= SOONEST)


def look(app: App, say: Say) -> bool:
    """Learn if it is time; returns whether that was done. In a process of its own, which gives its memory back."""
    said = published(app.folder.recommendations)
    age = 0.0 if said is None else time.time() - said.made
    if not is_due(lines_in(app.folder.lake), None if said is None else said.lines, age):
        return False
    argv = [sys.executable, "-m", "regulars", "recommendations", "train", "--data", str(app.folder.path)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"recommendations were not learnt ({type(error).__name__})", "learning_failed", error=type(error).__name__)
        return False
    if done.returncode:
        say("recommendations were not learnt; it is tried again", "learning_failed", error=f"exit {done.returncode}")
        return False
    say(f"recommendations: {done.stdout.decode(errors='replace').strip()}", "learnt")
    return True


def _look_again(app: App, say: Say) -> None:
    while True:
        time.sleep(LOOK_AGAIN)
        look(app, say)
