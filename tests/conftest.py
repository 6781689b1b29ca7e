"""A real PostgreSQL for tests: one server for each worker, one fresh database for each test that asks."""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from psycopg import sql
from support.installation import Installation
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from regulars.storage.cluster import Cluster
from regulars.storage.folder import DataFolder

_numbers = count(1)

# xdist's own groups are made by writing to a private field of pytest's items, which pytest 9.2 no longer reads.
TOGETHER = ("tests/e2e/",)
"""Folders whose tests run in one worker, one after another, as they share one running installation."""


class _Scheduler(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Spread the tests over the workers one by one, but for those that run together."""
    return _Scheduler(config, log)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running server in a folder of this worker; tests leave it running and use `database`."""
    made = Cluster(DataFolder(tmp_path_factory.mktemp("cluster") / "data"), "64MB")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    """The conninfo of an empty database with the extensions, owned by its user `regulars`; dropped afterwards."""
    name = sql.Identifier(fresh := f"test_{next(_numbers)}")
    with psycopg.connect(cluster.conninfo("postgres", "postgres"), autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {} TEMPLATE regulars OWNER regulars").format(name))
        yield cluster.conninfo(fresh)
        link.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def installation(database: str) -> Iterator[Installation]:
    """A prepared installation with the sources `shop` and `till` (servers) and `site` (a public key)."""
    made = Installation(database)
    yield made
    made.close()
