"""Making what is derived anew beside what serves, all of it or some: for the command, and for a newer pipeline."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from regulars.ahead import COLLECT_EVERY, ReadAhead
from regulars.app import App
from regulars.cli.command import CliError
from regulars.keeping import list_everybody
from regulars.pipeline import BATCH_EVENTS, Pipeline
from regulars.projections import Alone, NotAlone
from regulars.storage import inspection, log, shadow, stale
from regulars.storage.database import Connection
from regulars.storage.queries import start_cursor
from regulars.storage.versions import PROJECTION_VERSION

AGAIN_SECONDS = 0.2

Tell = Callable[[int], None]
"""Is told after each batch how many events were taken so far."""


class RebuildUnderWay(CliError):
    """Another process makes what is derived anew."""

    def __init__(self) -> None:
        super().__init__("another rebuild is under way")


def rebuild_all(app: App, tell: Tell) -> int:
    """Make everything derived anew and let it take over; returns how many events it was made from."""
    events = 0
    ahead = ReadAhead(app.conninfo, app.context(), BATCH_EVENTS)
    with (
        closing(ahead),
        _without_collector(),
        _shadow(app) as (keeper, worker),
        app.connect(shadow.SHADOW_SCHEMA) as reader,
    ):
        start_cursor(worker, app.context().rules_name)
        pipeline = Pipeline(worker, app.context(), ahead, reader)
        is_listed, done = False, 0
        while True:
            while batch := pipeline.step():
                done += 1
                if done % COLLECT_EVERY == 0:
                    gc.collect()
                events += batch.accepted
                tell(events)
            if not is_listed:
                list_everybody(worker, app.context())
                is_listed = True
            if shadow.swap(keeper, pipeline.place):
                # The leader has the list of customers to look after.
                keeper.execute(log.NOTIFY)
                return events
            time.sleep(AGAIN_SECONDS)


@contextmanager
def _without_collector() -> Iterator[None]:
    """The collector would look through each batch again and again; a leader has turned it off already."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def rebuild_some(app: App, names: Sequence[str], tell: Tell) -> int:
    """Make these projections anew and let them take their places; returns how many events they were made from.

    Raises CliError where what serves was made by other versions, or they cannot be made alone.
    """
    events = 0
    with _shadow(app) as (_, worker):
        try:
            _require_same(app)
            alone = Alone(worker, app.context(), names)
            while True:
                while (taken := alone.step()) is not None:
                    events += taken
                    tell(events)
                if alone.swap():
                    with app.connect() as serving:
                        stale.mark_all(serving)
                    return events
                time.sleep(AGAIN_SECONDS)
        except NotAlone as why:
            raise CliError(f"{why}: run `regulars rebuild`") from None


@contextmanager
def _shadow(app: App) -> Iterator[tuple[Connection, Connection]]:
    """The connection that holds the rebuild, and one whose search path names the shadow, whose tables are empty.

    What an error leaves of the shadow is removed.
    """
    with app.connect() as keeper, app.connect(shadow.SHADOW_SCHEMA) as worker:
        if not shadow.begin_rebuild(keeper):
            raise RebuildUnderWay
        app.create_derived(shadow.SHADOW_SCHEMA)
        # Redone from the log after a crash, so a commit need not wait for the disk.
        worker.execute("SET synchronous_commit = off")
        try:
            yield keeper, worker
        except CliError:
            shadow.begin_rebuild(keeper)
            raise


def _require_same(app: App) -> None:
    with app.connect() as serving:
        made = inspection.versions(serving)
    if made is None:
        raise CliError("nothing is derived yet: start `regulars up`, or `regulars serve pipeline`")
    if made != (PROJECTION_VERSION, app.context().rules_name):
        raise CliError(
            "what is derived was made by other versions or settings: run `regulars rebuild`, which makes all of it anew"
        )
