"""Keeps memberships current: whoever is touched at once, everybody once a day and when a rule has changed."""

import atexit
import select
import subprocess
import sys
import threading
import time
from typing import Final

import duckdb
import psycopg

from regulars.app import App
from regulars.cli.logs import Say
from regulars.segments.live import Live
from regulars.segments.shipped import install
from regulars.segments.store import all_segments, evaluations
from regulars.segments.touched import MOST, Touched, last_event
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.folder import FolderError
from regulars.storage.lake.insight_files import read_insight
from regulars.storage.lake.manifest import read_manifest
from regulars.storage.reading import listen

DAY: Final = 86_400.0
START_AFTER: Final = 60.0
"""Seconds before it begins, so that a start has the machine for itself."""
PAUSE: Final = 0.05
"""Seconds between two looks at who was touched."""
AWAKE: Final = 5.0
"""So many seconds after something came it is looked that often; else one waits to be woken."""
LOOK_AGAIN: Final = 2.0
"""Seconds between two looks at whether everybody is to be evaluated."""
CALM: Final = 20.0
"""So long nothing much must have come before everybody is evaluated because much had."""
SOONEST: Final = 60.0
LONGEST: Final = 3_600.0
AGAIN: Final = 10.0
PATIENCE: Final = 600.0
"""So long the very first evaluation waits for insight and a lake that is no longer being filled."""
ENDING: Final = 3.0
"""Seconds that a round has to come to its end when the process ends."""


def keep_segments(app: App, say: Say, start_after: float = START_AFTER) -> None:
    """Begin a thread that keeps memberships current, for as long as this process lives."""
    over = threading.Event()
    thread = threading.Thread(target=_keep, args=(app, say, start_after, over), name="segments", daemon=True)
    thread.start()

    def end() -> None:
        over.set()
        thread.join(ENDING)

    # DuckDB complains of connections that are open at the very end.
    atexit.register(end)


def _keep(app: App, say: Say, start_after: float, over: threading.Event) -> None:
    over.wait(start_after)
    while not over.is_set():
        try:
            with app.connect() as listener, app.connect() as worker:
                listen(listener)
                _follow(app, listener, worker, say, over)
        except (psycopg.Error, duckdb.Error, DatabaseError, FolderError, OSError) as error:
            say(f"segments wait ({type(error).__name__})", "segments_wait", error=type(error).__name__)
            over.wait(AGAIN)


def _follow(app: App, listener: Connection, worker: Connection, say: Say, over: threading.Event) -> None:
    install(worker)
    touched, due = Touched(worker), Due(app, worker)
    awake = 0.0
    with Live(worker, app.folder.lake, app.settings.rules, app.settings.as_of) as live:
        while not over.is_set():
            customers = touched.look()
            if customers is None:
                due.much_came()
            elif customers:
                live.evaluate(customers)
                awake = time.monotonic() + AWAKE
            names = due.names()
            if names is not None:
                _everybody(app, names, say)
            if _told(listener):
                awake = time.monotonic() + AWAKE
            elif time.monotonic() > awake:
                select.select([listener.fileno()], [], [], LOOK_AGAIN)
                continue
            over.wait(PAUSE)


def _told(listener: Connection) -> bool:
    """Whether the log was notified since it was asked last; all that came is read, so that nothing piles up."""
    return bool(list(listener.notifies(timeout=0)))


class Due:
    """Tells when everybody is to be evaluated."""

    def __init__(self, app: App, connection: Connection) -> None:
        self._app = app
        self._connection = connection
        self._looked = 0.0
        self._done = -SOONEST
        self._since = time.monotonic()
        self._much: float | None = None
        self._insight = ""

    def much_came(self) -> None:
        """Note that so much came that nobody was looked at by herself."""
        self._much = time.monotonic()

    def names(self) -> tuple[str, ...] | None:
        """The segments to evaluate now, none for all; None where nothing is due."""
        now = time.monotonic()
        if now - self._looked < LOOK_AGAIN:
            return None
        self._looked = now
        if read_manifest(self._app.folder.lake) is None:
            return None
        known = evaluations(self._connection)
        if not known and not self._settled(now):
            return None
        changed = tuple(
            each.name
            for each in all_segments(self._connection, ended=True)
            if each.name not in known or known[each.name].version != each.version
        )
        if changed:
            return changed
        if now - self._done < SOONEST:
            return None
        insight = read_insight(self._app.folder.lake)
        run = "" if insight is None else insight.run
        calm = self._much is not None and now - self._much > CALM
        old = any(time.time() - each.at / 1_000_000 > DAY for each in known.values())
        if not (calm or old or (run != self._insight)):
            return None
        self._much, self._insight, self._done = None if calm else self._much, run, now
        return ()

    def _settled(self, now: float) -> bool:
        """Whether the lake has most of what there is, and insight has seen it: else the first figures would mislead."""
        if now - self._since > PATIENCE:
            return True
        lake = self._app.folder.lake
        manifest, insight = read_manifest(lake), read_insight(lake)
        if manifest is None or insight is None or (self._much is not None and now - self._much < CALM):
            return False
        behind = last_event(self._connection) - manifest.progress.get("event", 0)
        return behind < MOST and insight.state == manifest.state


def _everybody(app: App, names: tuple[str, ...], say: Say) -> None:
    """Evaluate in a process of its own, which gives its memory back."""
    argv = [sys.executable, "-m", "regulars", "segments", "evaluate", *names, "--data", str(app.folder.path)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"segments were not evaluated ({type(error).__name__})", "segments_failed", error=type(error).__name__)
        return
    if done.returncode:
        say("segments were not evaluated; it is tried again", "segments_failed", error=f"exit {done.returncode}")
        time.sleep(AGAIN)
