"""Group commit on the real database: what is acknowledged is in the log once, whatever happens to the connection."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from support.installation import Installation

import regulars.collection.appender
from regulars.collection.appender import LogAppender
from regulars.collection.ports import Busy, LogUnavailable
from regulars.model.frame import Frame
from regulars.storage import log
from regulars.storage.cluster import Cluster
from regulars.storage.database import Connection, connect

NAME = "the appender"
PATIENCE = 20.0


def frame(name: str, size: int = 0) -> Frame:
    return Frame("shop", 1, 1_773_480_900_000_000, "track", name.encode().ljust(size, b"."))


def logged(connection: Connection) -> Counter[str]:
    """How often each frame is in the log."""
    place, found = 0, Counter[str]()
    while rows := log.read(connection, place, 1000):
        found.update(each.body.decode().rstrip(".") for row in rows for each in row.frames)
        place = rows[-1].seq
    return found


def once(*names: str) -> Counter[str]:
    return Counter(dict.fromkeys(names, 1))


def with_appender(installation: Installation, run: Callable[[LogAppender], Awaitable[None]]) -> None:
    async def within() -> None:
        appender = LogAppender(make_conninfo(installation.conninfo, application_name=NAME))
        await appender.start()
        try:
            async with asyncio.timeout(PATIENCE):
                await run(appender)
        finally:
            await appender.stop()

    asyncio.run(within())


async def tried(appender: LogAppender, name: str) -> bool:
    """Whether the log took it."""
    try:
        await appender.append(frame(name))
    except LogUnavailable:
        return False
    return True


async def waiting_for_lock(connection: Connection) -> None:
    """Returns once the appender's commit waits for the log's lock."""
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    while connection.execute(query).fetchone() != (True,):
        await asyncio.sleep(0.01)


def terminate(connection: Connection) -> int:
    """End the appender's backends; how many there were."""
    query = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = %s"
    row = connection.execute(query, (NAME,)).fetchone()
    assert row is not None
    return int(row[0])


def test_many_at_once_share_few_commits_and_each_is_there_when_acknowledged(installation: Installation) -> None:
    missing: list[str] = []

    async def run(appender: LogAppender) -> None:
        async def send(name: str) -> None:
            await appender.append(frame(name))
            if name not in logged(installation.connection):
                missing.append(name)

        await asyncio.gather(*(send(f"f-{n}") for n in range(200)))

    with_appender(installation, run)
    assert missing == []
    assert logged(installation.connection) == once(*(f"f-{n}" for n in range(200)))
    rows = installation.connection.execute("SELECT count(*), sum(n) FROM log").fetchone()
    assert rows is not None and rows[0] <= 20 and rows[1] == 200


def test_one_commit_takes_a_bounded_row(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regulars.collection.appender, "ROW_BYTES", 1000)

    async def run(appender: LogAppender) -> None:
        sizes = [400, 400, 400, 5000, 10, 10]
        await asyncio.gather(*(appender.append(frame(f"f-{n}", size)) for n, size in enumerate(sizes)))

    with_appender(installation, run)
    rows = [[each.body.decode().rstrip(".") for each in row.frames] for row in log.read(installation.connection, 0, 99)]
    assert rows == [["f-0", "f-1"], ["f-2"], ["f-3"], ["f-4", "f-5"]]


def test_an_append_wakes_who_listens(installation: Installation) -> None:
    installation.connection.execute(f"LISTEN {log.CHANNEL}")
    with_appender(installation, lambda appender: appender.append(frame("one")))
    assert len(list(installation.connection.notifies(timeout=5, stop_after=1))) == 1


def test_busy_where_too_much_waits(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regulars.collection.appender, "MOST_BYTES", 1000)

    async def run(appender: LogAppender) -> None:
        with connect(installation.conninfo) as holder:
            holder.execute(log.LOCK, (log.append_lock(),))
            kept = [asyncio.create_task(appender.append(frame(f"kept-{n}", 600))) for n in range(2)]
            await waiting_for_lock(installation.connection)
            for _ in range(3):
                with pytest.raises(Busy):
                    await appender.append(frame("turned away"))
        await asyncio.gather(*kept)
        await appender.append(frame("later"))

    with_appender(installation, run)
    assert logged(installation.connection) == once("kept-0", "kept-1", "later")


def test_a_lost_connection_fails_what_is_on_it_and_is_made_anew(installation: Installation) -> None:
    async def run(appender: LogAppender) -> None:
        await appender.append(frame("before"))
        assert terminate(installation.connection) == 1
        if not await tried(appender, "idle"):
            assert await tried(appender, "idle")
        with connect(installation.conninfo) as holder:
            holder.execute(log.LOCK, (log.append_lock(),))
            kept = [asyncio.create_task(tried(appender, f"cut-{n}")) for n in range(3)]
            await waiting_for_lock(installation.connection)
            assert terminate(installation.connection) == 1
            assert await kept[0] is False
        # Those that waited behind it may have gone on the next connection.
        again = [name for name, task in zip(("cut-0", "cut-1", "cut-2"), kept, strict=True) if not await task]
        assert all(await asyncio.gather(*(tried(appender, name) for name in again)))

    with_appender(installation, run)
    assert logged(installation.connection) == once("before", "idle", "cut-0", "cut-1", "cut-2")


def test_a_database_that_is_gone_is_told_and_found_again(installation: Installation, cluster: Cluster) -> None:
    name = conninfo_to_dict(installation.conninfo)["dbname"]
    assert isinstance(name, str)

    def allow(said: str) -> None:
        query = "ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}"
        with psycopg.connect(cluster.conninfo("postgres", "postgres"), autocommit=True) as link:
            link.execute(sql.SQL(query).format(sql.Identifier(name), sql.SQL(said)))

    async def run(appender: LogAppender) -> None:
        await appender.append(frame("before"))
        assert await appender.ready()
        allow("false")
        terminate(installation.connection)
        assert not await appender.ready()
        assert not any([await tried(appender, f"lost-{n}") for n in range(3)])
        allow("true")
        assert await appender.ready()
        await appender.append(frame("after"))

    with_appender(installation, run)
    assert logged(installation.connection) == once("before", "after")


def test_a_commit_that_takes_too_long_counts_as_failed(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regulars.collection.appender, "SECONDS", 0.3)

    async def run(appender: LogAppender) -> None:
        with connect(installation.conninfo) as holder:
            holder.execute(log.LOCK, (log.append_lock(),))
            assert not await tried(appender, "slow")
        await appender.append(frame("later"))

    with_appender(installation, run)
    assert logged(installation.connection)["later"] == 1


@pytest.mark.parametrize("more", [0, 3])
def test_stop_commits_what_waits_and_what_is_on_its_way(installation: Installation, more: int) -> None:
    async def run(appender: LogAppender) -> None:
        with connect(installation.conninfo) as holder:
            holder.execute(log.LOCK, (log.append_lock(),))
            sent = [asyncio.create_task(tried(appender, "on its way"))]
            await waiting_for_lock(installation.connection)
            sent += [asyncio.create_task(tried(appender, f"waits-{n}")) for n in range(more)]
            stopping = asyncio.create_task(appender.stop())
            await asyncio.sleep(0.2)
        await stopping
        done, pending = await asyncio.wait(sent, timeout=2)
        assert not pending, "a sender was never answered"
        assert all(task.result() for task in done)

    with_appender(installation, run)
    assert logged(installation.connection) == once("on its way", *(f"waits-{n}" for n in range(more)))


def test_a_sender_that_goes_away_disturbs_nobody(installation: Installation) -> None:
    async def run(appender: LogAppender) -> None:
        with connect(installation.conninfo) as holder:
            holder.execute(log.LOCK, (log.append_lock(),))
            gone, stays = (asyncio.create_task(appender.append(frame(name))) for name in ("gone", "stays"))
            await waiting_for_lock(installation.connection)
            gone.cancel()
            await asyncio.sleep(0)
        await stays

    with_appender(installation, run)
    assert logged(installation.connection) == once("gone", "stays")
