"""Whose a key is: found in the database, remembered for a moment and boundedly."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool
from support.installation import Installation

import regulars.collection.keys
from regulars.collection.keys import KeyDirectory, Pool
from regulars.collection.ports import LogUnavailable
from regulars.model.source import Source, Trust
from regulars.storage.database import options
from regulars.storage.sources import create_key, revoke_key


def with_keys(installation: Installation, run: Callable[[KeyDirectory, Pool], Awaitable[None]]) -> None:
    async def within() -> None:
        conninfo = make_conninfo(installation.conninfo, options=options())
        pool: Pool = AsyncConnectionPool(conninfo, min_size=1, max_size=2, open=False)
        async with pool:
            await run(KeyDirectory(pool), pool)

    asyncio.run(within())


@pytest.mark.parametrize("key", ["", "wk_nobody", "\0", "\ud800", "x" * 10_000, "wk_%s'; --"])
def test_an_unknown_key_is_nobodys(installation: Installation, key: str) -> None:
    async def run(keys: KeyDirectory, pool: Pool) -> None:
        assert await keys.find(key) is None
        assert await keys.find_secret(key) is None

    with_keys(installation, run)


def test_a_key_speaks_for_its_source_and_only_a_secret_one_reads(installation: Installation) -> None:
    write = create_key(installation.connection, "write", "web", "shop", 3)
    secret = create_key(installation.connection, "secret", "web", "crm", 7)

    async def run(keys: KeyDirectory, pool: Pool) -> None:
        assert await keys.find(write) == Source("web", Trust.CLIENT, "shop", 3)
        assert await keys.find_secret(write) is None
        expected = Source("web", Trust.SERVER, "crm", 7)
        assert (await keys.find(secret), await keys.find_secret(secret)) == (expected, expected)

    with_keys(installation, run)


def test_a_revoked_key_is_taken_for_a_moment_at_most(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regulars.collection.keys, "REMEMBERED_SECONDS", 0.3)
    key = create_key(installation.connection, "write", "web")

    async def run(keys: KeyDirectory, pool: Pool) -> None:
        assert await keys.find(key) is not None
        assert revoke_key(installation.connection, key)
        assert not revoke_key(installation.connection, key)
        await asyncio.sleep(0.35)
        assert await keys.find(key) is None

    with_keys(installation, run)


def test_what_is_remembered_is_bounded(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regulars.collection.keys, "MOST", 3)
    key = create_key(installation.connection, "write", "web")

    async def run(keys: KeyDirectory, pool: Pool) -> None:
        for number in range(10):
            assert await keys.find(f"guess-{number}") is None
        assert len(keys._known) == 3
        assert await keys.find(key) is not None

    with_keys(installation, run)


def test_a_database_that_is_away_is_told_and_what_is_known_still_served(installation: Installation) -> None:
    key = create_key(installation.connection, "write", "web")

    async def run(keys: KeyDirectory, pool: Pool) -> None:
        known = await keys.find(key)
        await pool.close()
        assert await keys.find(key) == known
        with pytest.raises(LogUnavailable):
            await keys.find("another")

    with_keys(installation, run)
