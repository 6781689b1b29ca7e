"""The pipeline's process: one leads, others stand by; it sleeps until the log says that there is more."""

import gc
import select
import time
from contextlib import closing

from regulars.ahead import COLLECT_EVERY, ReadAhead
from regulars.app import App
from regulars.batch import Batch
from regulars.cli.command import CliError
from regulars.cli.enduring import endure
from regulars.cli.logs import Say
from regulars.cli.rebuilding import RebuildUnderWay, rebuild_all
from regulars.keeping import Keeper
from regulars.pipeline import BATCH_EVENTS, Pipeline
from regulars.storage import shadow
from regulars.storage.database import Connection
from regulars.storage.leadership import lead
from regulars.storage.log import CHANNEL
from regulars.storage.queries import CursorMoved, start_cursor
from regulars.storage.versions import PROJECTION_VERSION

REBUILD_PAUSE = 5.0
SLOW_SECONDS = 5.0
"""A batch that takes longer is told, with its steps."""


def run_pipeline(app: App, say: Say) -> None:
    """Lead, or stand by until nobody else leads, and work through the log for ever; survives PostgreSQL's restarts."""

    def work() -> None:
        try:
            _lead(app, say)
        except CursorMoved as moved:
            say(f"{moved}; standing by", "cursor_moved")

    endure(work, say)


def _lead(app: App, say: Say) -> None:
    gc.freeze()
    gc.disable()
    ahead = ReadAhead(app.conninfo, app.context(), BATCH_EVENTS)
    with closing(ahead), app.connect() as listener, app.connect() as worker, app.connect() as reader:
        lead(listener)
        # Redone from the log after a crash, so a commit need not wait for the disk.
        worker.execute("SET synchronous_commit = off")
        if shadow.tidy(worker):
            say("removed what a rebuild that broke off left behind", "rebuild_tidied")
        _bring_up(app, worker, say)
        listener.execute(f"LISTEN {CHANNEL}")
        pipeline = Pipeline(worker, app.context(), ahead, reader)
        keeper = Keeper(worker, app.context())
        say(f"leads from place {pipeline.place}", "leads", place=pipeline.place)
        done = 0
        while True:
            while batch := pipeline.step():
                done += 1
                # The collector would look through a batch again and again while it is worked on.
                if done % COLLECT_EVERY == 0:
                    gc.collect()
                _tell_slow(batch, say)
                if keeper.due():
                    pipeline.land()
                    keeper.between(pipeline.place)
            if not keeper.step(pipeline.place):
                gc.collect()
                _wait(listener)


def _bring_up(app: App, worker: Connection, say: Say) -> None:
    """Return once what is derived is this version's and these settings'; until then what there is goes on serving.

    Raises CliError where a newer version made it.
    """
    wanted = PROJECTION_VERSION, app.context().rules_name
    while (found := start_cursor(worker, wanted[1])[1:]) != wanted:
        said = f"what is derived was made by version {found[0]} with {found[1]}, this is version {wanted[0]}"
        if found[0] > PROJECTION_VERSION:
            raise CliError(f"{said}: run that version of Regulars or a newer one; or, to go back, `regulars rebuild`")
        say(f"{said} with {wanted[1]}: making it anew, what is there serves meanwhile", "rebuild_begins")
        try:
            events = rebuild_all(app, lambda events: None)
        except RebuildUnderWay:
            time.sleep(REBUILD_PAUSE)
            continue
        say(f"made anew from {events} events", "rebuilt", events=events)


def _tell_slow(batch: Batch, say: Say) -> None:
    total = sum(batch.seconds.values())
    if total > SLOW_SECONDS:
        steps = {f"{name}_s": round(seconds, 3) for name, seconds in batch.seconds.items()}
        text = f"a batch of {batch.accepted} events took {total:.1f} s"
        say(text, "slow_batch", accepted=batch.accepted, rejected=batch.dropped, total_s=round(total, 3), **steps)


def _wait(listener: Connection) -> None:
    """Sleep until the log is notified; nothing is polled."""
    for _ in listener.notifies(timeout=0):
        return
    select.select([listener.fileno()], [], [])
    for _ in listener.notifies(timeout=0):
        pass
