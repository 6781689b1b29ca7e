"""The process of insight: it keeps the lake current."""

import os
import select
import time

import psycopg

from regulars.app import App
from regulars.cli.leader import FIRST_PAUSE, LONGEST_PAUSE, STEADY_SECONDS
from regulars.cli.logs import Say
from regulars.lake.exporter import Exporter
from regulars.lake.keeper import Keeper, LakeBusy, alone
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.folder import FolderError
from regulars.storage.reading import listen

BUSY_PAUSE = 5.0
SLOW_SECONDS = 30.0
"""A turn that takes longer is told."""


def run_insights(app: App, say: Say) -> None:
    """Keep the lake current for ever; survives PostgreSQL's restarts, and stands by while another process keeps it."""
    # Whoever takes in events or answers pages comes first.
    os.nice(10)
    pause = FIRST_PAUSE
    busy = False
    while True:
        started = time.monotonic()
        try:
            with alone(app.folder.lake):
                busy = False
                _keep(app, say)
        except LakeBusy as why:
            if not busy:
                say(f"{why}; standing by", "lake_busy")
            busy = True
            time.sleep(BUSY_PAUSE)
        except (psycopg.OperationalError, psycopg.InterfaceError, DatabaseError, FolderError) as error:
            kind = type(error).__name__
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE
            say(f"PostgreSQL is away ({kind}); trying again", "database_away", error=kind, again_in_s=pause)
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)


def _keep(app: App, say: Say) -> None:
    with app.connect() as listener, app.connect() as worker:
        listen(listener)
        exporter = Exporter(app.folder.lake, worker, app.settings.currency)
        keeper = Keeper(exporter, worker)
        say(f"keeps the lake, which is at place {exporter.published.place}", "keeps", place=exporter.published.place)
        while True:
            started = time.monotonic()
            seconds, may_wake = keeper.turn()
            took = time.monotonic() - started
            if took > SLOW_SECONDS:
                say(f"the lake took {took:.0f} s to follow", "slow_lake", total_s=round(took, 3))
            _rest(listener, seconds, may_wake)


def _rest(listener: Connection, seconds: float, may_wake: bool) -> None:
    """Sleep so long, or until the log is notified."""
    if not may_wake:
        time.sleep(seconds)
        return
    for _ in listener.notifies(timeout=0):
        return
    select.select([listener.fileno()], [], [], seconds)
    for _ in listener.notifies(timeout=0):
        pass
