"""The pipeline's process: one leads, others stand by; it sleeps until the log says that there is more."""

import gc
import select
import time
from collections.abc import Callable

import psycopg

from regulars.app import App
from regulars.cli.command import CliError
from regulars.pipeline import Batch, Pipeline
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.leadership import lead
from regulars.storage.log import CHANNEL
from regulars.storage.queries import CursorMoved, start_cursor
from regulars.storage.versions import PROJECTION_VERSION

LONGEST_PAUSE = 5.0


def run_pipeline(app: App, say: Callable[[str], None], seen: Callable[[Batch], None] | None = None) -> None:
    """Lead, or stand by until nobody else leads, and work through the log for ever; survives PostgreSQL's restarts."""
    pause = 0.1
    while True:
        try:
            _lead(app, say, seen)
        except CursorMoved as moved:
            say(f"pipeline: {moved}; standing by")
        except (psycopg.OperationalError, psycopg.InterfaceError, DatabaseError) as error:
            say(f"pipeline: PostgreSQL is away ({type(error).__name__}); trying again")
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        else:
            pause = 0.1


def _lead(app: App, say: Callable[[str], None], seen: Callable[[Batch], None] | None) -> None:
    gc.freeze()
    gc.disable()
    with app.connect() as listener, app.connect() as worker:
        lead(listener)
        # Redone from the log after a crash, so a commit need not wait for the disk.
        worker.execute("SET synchronous_commit = off")
        _, projection, rules = start_cursor(worker, app.context().rules_name)
        if (projection, rules) != (PROJECTION_VERSION, app.context().rules_name):
            raise CliError(
                f"what is derived was made by version {projection} with {rules}, this is version {PROJECTION_VERSION} "
                f"with {app.context().rules_name}: run `regulars rebuild`"
            )
        listener.execute(f"LISTEN {CHANNEL}")
        pipeline = Pipeline(worker, app.context())
        say(f"pipeline: leads from place {pipeline.place}")
        while True:
            while batch := pipeline.step():
                # The collector would look through a batch again and again while it is worked on.
                gc.collect()
                if seen is not None:
                    seen(batch)
            _wait(listener)


def _wait(listener: Connection) -> None:
    """Sleep until the log is notified; nothing is polled."""
    for _ in listener.notifies(timeout=0):
        return
    select.select([listener.fileno()], [], [])
    for _ in listener.notifies(timeout=0):
        pass
