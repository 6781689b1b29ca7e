"""One run of retention: each class of data by its days, once at a time, and every piece of it safe to be killed in."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import psycopg

from regulars.app import App
from regulars.cli.command import CliError
from regulars.cli.logs import Say
from regulars.cli.projection import caught_up
from regulars.model.contact import REACH
from regulars.model.retention import CLASSES
from regulars.retention import Record, retention_frame, strip_judge
from regulars.storage import log, old_decisions, retention, visitors
from regulars.storage.database import Connection, DatabaseError
from regulars.storage.folder import FolderError
from regulars.storage.sources import Sources
from regulars.thinning import Thinner

DAY = 86_400_000_000
PIECE_ITEMS = 20_000
"""About how many items of the log one record deals with, since the pipeline waits for as long as that takes."""

PIECE_VISITORS = 2_000
FIRST_LOOK = 60.0
LOOK_AGAIN = 3600.0
"""Seconds after a start, and between two looks, at whether a run is due; one is due a day after the last good one."""


class UnderWay(CliError):
    """Another run has not ended yet."""


class Outcome(msgspec.Struct, frozen=True):
    """What a run did (a dry one: would do) about one class; `cutoff` in microseconds, None where it keeps all."""

    kind: str
    days: int | None
    cutoff: int | None
    removed: int
    error: str = ""


def run_retention(app: App, dry: bool = False) -> list[Outcome]:
    """Go through all classes now. Raises UnderWay, and CliError where a class could not be dealt with at all."""
    with app.connect() as connection:
        if not retention.hold(connection):
            raise UnderWay("another run of retention is under way: wait for it")
        try:
            if not dry:
                retention.end_broken(connection, _now())
            return [_one(app, connection, kind, getattr(app.settings.retention, kind), dry) for kind in CLASSES]
        finally:
            if not connection.closed:
                retention.release(connection)


def _one(app: App, connection: Connection, kind: str, days: int | None, dry: bool) -> Outcome:
    if days is None:
        return Outcome(kind, None, None, 0)
    now = _now()
    cutoff = now - days * DAY
    if dry:
        return Outcome(kind, days, cutoff, _WOULD[kind](app, connection, cutoff))
    run = retention.begin(connection, kind, cutoff, now)
    removed, error = 0, ""
    try:
        removed = _DO[kind](app, connection, cutoff, run)
    except (CliError, OSError) as raised:
        error = type(raised).__name__ if isinstance(raised, OSError) else str(raised)
    retention.finish(connection, run, _now(), error, removed)
    return Outcome(kind, days, cutoff, retention.removed_by(connection, run), error)


def _stretches(rows: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pieces (before the first row, last row) of at most about `PIECE_ITEMS` items."""
    start, items = 0, 0
    for seq, n in rows:
        start = start or seq
        items += n
        if items >= PIECE_ITEMS:
            yield start - 1, seq
            start, items = 0, 0
    if start:
        yield start - 1, rows[-1][0]


def _through_log(kind: str) -> Callable[[App, Connection, int, int], int]:
    def do(app: App, connection: Connection, cutoff: int, run: int) -> int:
        place = retention.place_of(connection, kind)
        for after, until in _stretches(retention.old_rows(connection, place, cutoff)):
            _have_done(connection, Record(kind, run, after=after, until=until, cutoff=cutoff))
        return 0  # the pipeline counts

    return do


def _have_done(connection: Connection, record: Record) -> None:
    """Append a record and wait until the pipeline has carried it out."""
    log.append(connection, [[retention_frame(record, _now())]])
    for _ in caught_up(connection, log.last(connection)):
        pass


def _visitors(app: App, connection: Connection, cutoff: int, run: int) -> int:
    while True:
        found = visitors.visitors(connection, cutoff, PIECE_VISITORS)
        if not found.customers:
            return 0
        rows = _rows_with(connection, visitors.received_of(connection, found.bundles))
        customers = tuple(id.hex() for id in found.customers)
        before = retention.removed_by(connection, run)
        _have_done(connection, Record("anonymous", run, cutoff=cutoff, customers=customers, rows=tuple(rows)))
        if retention.removed_by(connection, run) == before:
            return 0  # all of them came back meanwhile


def _rows_with(connection: Connection, received: set[int]) -> list[int]:
    """Which rows of the log have frames that were received at these moments."""
    found, place = [], 0
    while rows := log.read(connection, place, PIECE_ITEMS):
        found += [row.seq for row in rows if any(frame.received in received for frame in row.frames)]
        place = rows[-1].seq
    return found


def _audit(app: App, connection: Connection, cutoff: int, run: int) -> int:
    return retention.forget_audit(connection, cutoff)


def _logs(app: App, connection: Connection, cutoff: int, run: int) -> int:
    removed = 0
    for path in _old_logs(app, cutoff):
        path.unlink(missing_ok=True)
        removed += 1
    return removed


def _old_logs(app: App, cutoff: int) -> list[Path]:
    """Files that nothing was written to since, but for those that a running process may keep open."""
    found = []
    for folder, inner in ((app.folder.logs, False), (app.folder.logs / "postgres", True)):
        files = [(each.stat().st_mtime_ns // 1000, each) for each in folder.glob("*") if each.is_file()]
        # PostgreSQL begins a file each day and writes to the newest.
        newest = max(files, default=(0, folder))[1]
        closed = [each for each in files if each[1] != newest and (inner or each[1].suffix != ".log")]
        found += [path for at, path in closed if at < cutoff]
    return sorted(found)


def _would_strip(app: App, connection: Connection, cutoff: int) -> int:
    thinner = Thinner(connection, app.secret, Sources(connection), strip_judge)
    place = retention.place_of(connection, "browsing")
    seqs = [seq for seq, _ in retention.old_rows(connection, place, cutoff)]
    for row in retention.rows_of(connection, seqs):
        thinner.row(row)
    return thinner.items


def _would_purge(app: App, connection: Connection, cutoff: int) -> int:
    place = retention.place_of(connection, "rejected")
    rows = retention.old_rows(connection, place, cutoff)
    places = retention.rejected_places(connection, place, rows[-1][0]) if rows else {}
    return sum(map(len, places.values()))


def _would_forget(app: App, connection: Connection, cutoff: int) -> int:
    return visitors.events_in(connection, visitors.visitors(connection, cutoff, 1_000_000).bundles)


def _decided(kind: str) -> Callable[[App, Connection, int, int], int]:
    def do(app: App, connection: Connection, cutoff: int, run: int) -> int:
        return old_decisions.forget(connection, kind == "slots", _spared(cutoff), run)

    return do


def _spared(cutoff: int) -> int:
    """The cut-off, or an earlier one: what frequency caps look at stays, whatever the settings say."""
    return min(cutoff, _now() - REACH)


_DO: dict[str, Callable[[App, Connection, int, int], int]] = {
    "browsing": _through_log("browsing"),
    "anonymous": _visitors,
    "rejected": _through_log("rejected"),
    "audit": _audit,
    "logs": _logs,
    "decisions": _decided("decisions"),
    "slots": _decided("slots"),
}
_WOULD: dict[str, Callable[[App, Connection, int], int]] = {
    "browsing": _would_strip,
    "anonymous": _would_forget,
    "rejected": _would_purge,
    "audit": lambda app, connection, cutoff: retention.old_audit(connection, cutoff),
    "logs": lambda app, connection, cutoff: len(_old_logs(app, cutoff)),
    "decisions": lambda app, connection, cutoff: old_decisions.count(connection, False, _spared(cutoff)),
    "slots": lambda app, connection, cutoff: old_decisions.count(connection, True, _spared(cutoff)),
}


def keep_daily(app: App, say: Say) -> None:
    """Begin a thread that has a run made once a day for as long as this process lives."""
    threading.Thread(target=_daily, args=(app, say), name="retention", daemon=True).start()


def _daily(app: App, say: Say) -> None:
    time.sleep(FIRST_LOOK)
    while True:
        look(app, say)
        time.sleep(LOOK_AGAIN)


def look(app: App, say: Say) -> None:
    """Have a run made if one is due, and tell how it went."""
    try:
        with app.connect() as connection:
            if not overdue(app, connection, DAY):
                return
        outcomes = run_retention(app)
    except UnderWay:
        return
    except (CliError, psycopg.Error, DatabaseError, FolderError) as error:
        kind = type(error).__name__
        say(f"retention did not run ({kind}); it is tried again", "retention_failed", error=kind)
        return
    failed = [each.kind for each in outcomes if each.error]
    counts = {each.kind: each.removed for each in outcomes}
    text = f"retention: {', '.join(f'{kind} {n}' for kind, n in counts.items())}"
    if failed:
        say(f"{text}; not done: {', '.join(failed)}", "retention_failed", error=", ".join(failed))
    else:
        say(text, "retention_done", **counts)


def overdue(app: App, connection: Connection, after: int) -> list[str]:
    """The classes with a limit that were not dealt with in the last so many microseconds."""
    last, now = retention.last_good(connection), _now()
    limited = [kind for kind in CLASSES if getattr(app.settings.retention, kind) is not None]
    return [kind for kind in limited if last.get(kind, 0) < now - after]


def _now() -> int:
    return time.time_ns() // 1000
