"""Import runs in the truth: what each brought in, how far it came, and that a run appends its rows exactly once."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from regulars.model.frame import Frame
from regulars.storage import faults, log
from regulars.storage.database import Connection

RUNNING, DONE, UNDOING, UNDONE = "running", "done", "undoing", "undone"
"""The states of a run. One that is `running` while no process holds it was interrupted, and can be gone on with."""

COLUMNS = """
id, what, sources, files, map, state, place, items, added, present, rejected, started, finished, report
"""
RUNS = f"SELECT {COLUMNS} FROM imports ORDER BY started DESC, id DESC LIMIT %s"
FIND = f"SELECT {COLUMNS} FROM imports WHERE id LIKE %s || '%%' ORDER BY id LIMIT 2"
OF_INPUT = f"""
SELECT {COLUMNS} FROM imports WHERE state = %s AND what = %s AND sources = %s AND files = %s AND map = %s
ORDER BY started DESC LIMIT 1
"""
BEGIN = """
INSERT INTO imports (id, what, sources, files, map, state, started) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
ADVANCE = "UPDATE imports SET place = %s, items = items + %s WHERE id = %s AND state = %s"
FINISH = """
UPDATE imports SET state = %s, finished = %s, added = %s, present = %s, rejected = %s, report = %s
WHERE id = %s AND state = %s
"""
ADD_COUNTS = """
INSERT INTO import_counts (run, items, added, rejected) VALUES (%s, %s, %s, %s)
ON CONFLICT (run) DO UPDATE SET items = import_counts.items + excluded.items,
    added = import_counts.added + excluded.added, rejected = import_counts.rejected + excluded.rejected
"""
COUNTS = "SELECT items, added, rejected FROM import_counts WHERE run = %s"
KEEP_COUNTS = "UPDATE imports SET added = %s, present = %s, rejected = %s WHERE id = %s AND state = %s"
BEGIN_UNDO = "UPDATE imports SET state = %s WHERE id = %s AND state IN (%s, %s)"
BEGIN_UNDO_OF = """
UPDATE imports SET state = %s WHERE state = %s AND sources::jsonb @> jsonb_build_array(jsonb_build_array(%s::text))
RETURNING id
"""
END_UNDO_OF = "UPDATE imports SET state = %s WHERE id = ANY(%s) AND state = %s"
RETRACTION = "SELECT events, back FROM retractions WHERE what = %s ORDER BY seq LIMIT 1"
RETRACTION_AT = "SELECT events, back FROM retractions WHERE seq = %s"
HOLD = "SELECT pg_try_advisory_lock(%s, %s)"
LET_GO = "SELECT pg_advisory_unlock(%s, %s)"

_RUNS = 7_205_010
"""The first key of the advisory locks that runs are held by."""


PATIENCE = 2.0


class File(msgspec.Struct, frozen=True):
    """One file that a run reads: its name without folders, its bytes, and the SHA-256 of its content."""

    name: str
    bytes: int
    sha256: str


class Run(msgspec.Struct, frozen=True):
    """One import run; times in microseconds since 1970 UTC.

    `what` is the command (`completejourney`, `events`, `map`), `map` the hash of the map, '' where there is none.
    `place` says in the command's own words how far it has read. `items` were appended, of which `added` were
    accepted, `present` were there already and `rejected` were not taken; the last three are 0 until it is done.
    `report` is what the command told at its end, as JSON.
    """

    id: str
    what: str
    sources: tuple[tuple[str, int], ...]
    files: tuple[File, ...]
    map: str
    state: str
    place: str
    items: int
    added: int
    present: int
    rejected: int
    started: int
    finished: int | None
    report: str


class Counted(msgspec.Struct, frozen=True):
    """What the pipeline has made of a run so far; `items` were taken from the log."""

    items: int = 0
    added: int = 0
    rejected: int = 0

    @property
    def present(self) -> int:
        """How many were there already."""
        return max(0, self.items - self.added - self.rejected)


class Retraction(msgspec.Struct, frozen=True):
    """What a retraction did: `events` went, and `back` of them came again from elsewhere and count from there."""

    events: int
    back: int


class Stopped(Exception):
    """A run cannot go on: it was undone meanwhile, or another process is at it; the message says which."""


def runs(connection: Connection, most: int) -> list[Run]:
    """The newest runs, newest first."""
    return [_run(row) for row in connection.execute(RUNS.encode(), (most,))]


def find_runs(connection: Connection, start: str) -> list[Run]:
    """The runs whose id begins so, two at most."""
    plain = start.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return [_run(row) for row in connection.execute(FIND.encode(), (plain,))]


def open_run(
    connection: Connection, what: str, sources: Sequence[tuple[str, int]], files: Sequence[File], map: str = ""
) -> Run:
    """The run to import these files by: the one that was interrupted at them, else a new one.

    `sources` are (name, trust), in the order of registration. The run's `place` is '' where it is new.
    """
    key = _key(what, sources, files, map)
    row = connection.execute(OF_INPUT.encode(), (RUNNING, *key)).fetchone()
    if row is not None:
        return _run(row)
    now = time.time_ns() // 1000
    id = f"{datetime.fromtimestamp(now / 1_000_000, UTC):%Y%m%d}-{secrets.token_hex(4)}"
    connection.execute(BEGIN, (id, *key, RUNNING, now))
    found = find_runs(connection, id)
    return found[0]


def done_before(
    connection: Connection, what: str, sources: Sequence[tuple[str, int]], files: Sequence[File], map: str = ""
) -> Run | None:
    """The latest run of these files that is done and was not taken back; None where there is none."""
    row = connection.execute(OF_INPUT.encode(), (DONE, *_key(what, sources, files, map))).fetchone()
    return None if row is None else _run(row)


@contextmanager
def held(connection: Connection, run: Run) -> Iterator[None]:
    """Keep other processes from going on with the run; raises Stopped where one is at it."""
    if not hold(connection, run.id):
        raise Stopped(f"import {run.id} is being read by another process")
    try:
        yield
    finally:
        let_go(connection, run.id)


def hold(connection: Connection, id: str) -> bool:
    """Take a run for this session; False where another holds it.

    Of one that was killed a moment ago the server still believes that it does, so this is asked for `PATIENCE` seconds.
    """
    until = time.monotonic() + PATIENCE
    while True:
        row = connection.execute(HOLD, (_RUNS, _lock(id))).fetchone()
        if row and row[0]:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.1)


def let_go(connection: Connection, id: str) -> None:
    """Give back a run that this session holds."""
    connection.execute(LET_GO, (_RUNS, _lock(id)))


def append(connection: Connection, run: Run, frames: Sequence[Frame], place: str) -> None:
    """Append frames as one row of the log, marked as the run's, and note the place that is reached with them.

    Both or neither: so a run that is gone on with from its place appends nothing twice. Raises Stopped.
    """
    marked = [msgspec.structs.replace(frame, run=run.id) for frame in frames]
    with connection.transaction():
        items = sum(frame.items for frame in marked)
        if connection.execute(ADVANCE, (place, items, run.id, RUNNING)).rowcount != 1:
            raise Stopped(f"import {run.id} was undone while it was read; nothing more is added")
        log.append(connection, [marked])
        faults.hit("import.before")
    faults.hit("import.after")


def finish(connection: Connection, run: Run, report: bytes = b"") -> Run:
    """Note that all of the run is read and taken in, with the pipeline's counts; returns it as it is now."""
    counted = counts(connection, run.id)
    now = time.time_ns() // 1000
    values = (DONE, now, counted.added, counted.present, counted.rejected, report.decode(), run.id, RUNNING)
    connection.execute(FINISH, values)
    return find_runs(connection, run.id)[0]


def is_held(connection: Connection, id: str) -> bool:
    """Whether any process is at a run."""
    if not hold(connection, id):
        return True
    let_go(connection, id)
    return False


def is_lock_of(id: str, space: int, key: int) -> bool:
    """Whether an advisory lock, as `pg_locks` shows it, is the one that a run is held by."""
    return (space, key) == (_RUNS, _lock(id) % 2**32)


def begin_undo(connection: Connection, id: str) -> bool:
    """Let a run be undone, in the transaction that appends the record; False where that was asked for before.

    Whoever reads it appends nothing from now on.
    """
    with connection.transaction():
        _keep_counts(connection, id)
        return connection.execute(BEGIN_UNDO, (UNDOING, id, RUNNING, DONE)).rowcount == 1


def begin_undo_of(connection: Connection, source: str) -> list[str]:
    """Stop all runs that read this source; returns their ids."""
    return [row[0] for row in connection.execute(BEGIN_UNDO_OF, (UNDOING, RUNNING, source))]


def end_undo_of(connection: Connection, ids: Sequence[str]) -> None:
    """Note of stopped runs that nothing is left of them."""
    connection.execute(END_UNDO_OF, (UNDONE, list(ids), UNDOING))


def retraction(connection: Connection, id: str) -> Retraction | None:
    """What the retraction of a run did, None where it was not carried out."""
    row = connection.execute(RETRACTION, (id,)).fetchone()
    return None if row is None else Retraction(*row)


def retraction_at(connection: Connection, seq: int) -> Retraction | None:
    """What the retraction at a place of the log did, None where it was not carried out."""
    row = connection.execute(RETRACTION_AT, (seq,)).fetchone()
    return None if row is None else Retraction(*row)


def counts(connection: Connection, id: str) -> Counted:
    """What the pipeline has made of a run so far."""
    row = connection.execute(COUNTS, (id,)).fetchone()
    return Counted() if row is None else Counted(*row)


def add_counts(connection: Connection, counted: Mapping[str, Counted]) -> None:
    """Add to what the pipeline has made of some runs."""
    for run, each in sorted(counted.items()):
        connection.execute(ADD_COUNTS, (run, each.items, each.added, each.rejected))


def _keep_counts(connection: Connection, id: str) -> None:
    """Note what the pipeline made of a run that is not done, before its counts go."""
    counted = counts(connection, id)
    connection.execute(KEEP_COUNTS, (counted.added, counted.present, counted.rejected, id, RUNNING))


def _run(row: Sequence[object]) -> Run:
    values = [*row]
    values[2], values[3] = msgspec.json.decode(str(row[2])), msgspec.json.decode(str(row[3]))
    return msgspec.convert(_by_name(values), Run)


def _by_name(values: Sequence[object]) -> dict[str, object]:
    return dict(zip(Run.__struct_fields__, values, strict=True))


def _key(what: str, sources: Sequence[tuple[str, int]], files: Sequence[File], map: str) -> tuple[str, str, str, str]:
    return what, _json(sorted(sources)), _json(files), map


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _lock(id: str) -> int:
    return int.from_bytes(blake2b(id.encode(), digest_size=4).digest(), signed=True)
