"""The process of insight: it keeps the lake current."""

import os
import select
import time

from regulars.app import App
from regulars.cli.enduring import endure
from regulars.cli.logs import Say
from regulars.lake.exporter import Exporter
from regulars.lake.keeper import Keeper, LakeBusy, alone
from regulars.measurement.exported.decided import Decided
from regulars.storage.database import Connection
from regulars.storage.reading import listen

BUSY_PAUSE = 5.0
SLOW_SECONDS = 30.0
"""A turn that takes longer is told."""


def run_insights(app: App, say: Say) -> None:
    """Keep the lake current for ever; survives PostgreSQL's restarts, and stands by while another process keeps it."""
    # Whoever takes in events or answers pages comes first.
    os.nice(10)
    busy = False

    def work() -> None:
        nonlocal busy
        try:
            with alone(app.folder.lake):
                busy = False
                _keep(app, say)
        except LakeBusy as why:
            if not busy:
                say(f"{why}; standing by", "lake_busy")
            busy = True
            time.sleep(BUSY_PAUSE)

    endure(work, say)


def _keep(app: App, say: Say) -> None:
    with app.connect() as listener, app.connect() as worker:
        listen(listener)
        exporter = Exporter(app.folder.lake, worker, app.settings.currency, (Decided(),))
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
