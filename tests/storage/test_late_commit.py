"""A reader that goes by `seq` never skips a row, however late it commits; without the lock of the log it would."""

import multiprocessing
import time
from multiprocessing.synchronize import Event as Signal

import psycopg
import pytest

from regulars.app import schema
from regulars.model.frame import Frame
from regulars.storage import log
from regulars.storage.database import Connection, connect

APPENDERS = 8
EACH = 300
PATIENCE = 60.0

# Processes that share nothing with this one: an inherited connection would be closed by its first child.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["regulars.storage.database", "regulars.storage.log"])


def frame(name: str) -> Frame:
    return Frame("shop", 1, 1_773_480_900_000_000, "track", name.encode())


def append_many(conninfo: str, worker: int, started: Signal) -> None:
    """Append rows one, two or three at a time, some of them slowly."""
    with connect(conninfo, autocommit=True) as connection:
        started.wait()
        for number in range(0, EACH, 3):
            names = [f"{worker}-{number + each}" for each in range(3)]
            parts = [names] if number % 2 else [names[:1], names[1:]]
            for part in parts:
                log.append(connection, [[frame(name)] for name in part])
            if number % 90 == 0:
                time.sleep(0.002)


def read_after(connection: Connection, place: int, most: int) -> tuple[int, list[str]]:
    """Where a page of the log ends, and what is in it."""
    rows = log.read(connection, place, most)
    names = [each.body.decode() for row in rows for each in row.frames]
    return (rows[-1].seq if rows else place), names


@pytest.fixture
def prepared(database: str) -> str:
    schema().prepare(database)
    return database


@pytest.mark.timeout(180)
def test_no_row_is_ever_skipped(prepared: str) -> None:
    started = processes.Event()
    workers = [processes.Process(target=append_many, args=(prepared, n, started)) for n in range(APPENDERS)]
    for worker in workers:
        worker.start()
    seen: list[str] = []
    place = 0
    with connect(prepared, autocommit=True) as connection:
        started.set()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            writing = any(worker.is_alive() for worker in workers)
            place, names = read_after(connection, place, 7)
            seen += names
            if not names and not writing:
                break
    for worker in workers:
        worker.join(PATIENCE)
    assert [worker.exitcode for worker in workers] == [0] * APPENDERS
    sent = {f"{worker}-{number}" for worker in range(APPENDERS) for number in range(EACH)}
    assert len(seen) == len(set(seen)), "a row was read twice"
    assert sorted(sent - set(seen)) == [], "rows were skipped"


def insert(connection: Connection, name: str) -> None:
    connection.execute(log.INSERT, log.pack([frame(name)]))


def test_without_the_lock_a_row_that_commits_late_is_skipped(prepared: str) -> None:
    """Shows that the test above would find it: seq is given at the insert, the row is seen from the commit on."""
    with (
        connect(prepared) as late,
        connect(prepared, autocommit=True) as early,
        connect(prepared, autocommit=True) as reader,
    ):
        insert(late, "late")
        insert(early, "early")
        place, seen = read_after(reader, 0, 100)
        assert seen == ["early"]
        late.commit()
        assert read_after(reader, place, 100)[1] == []


def test_with_the_lock_the_second_waits_for_the_first(prepared: str) -> None:
    with (
        connect(prepared) as late,
        connect(prepared) as early,
        connect(prepared, autocommit=True) as reader,
    ):
        late.execute(log.LOCK, (log.append_lock(),))
        insert(late, "late")
        early.execute("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            early.execute(log.LOCK, (log.append_lock(),))
        early.rollback()
        late.commit()
        log.append(early, [[frame("early")]])
        early.commit()
        assert read_after(reader, 0, 100)[1] == ["late", "early"]
