"""A real PostgreSQL for tests: one server for each worker, one fresh database for each test that asks.

REGULARS_TEST_DATABASE_URL names another server to run them against, as a user who may create databases.
"""

from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from psycopg import sql
from support import own_server
from support.installation import Installation
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from regulars.storage.cluster import Cluster
from regulars.storage.folder import DataFolder

_numbers = count(1)

# xdist's own groups are made by writing to a private field of pytest's items, which pytest 9.2 no longer reads.
TOGETHER = ("tests/e2e/", "tests/browser/")
"""Folders whose tests run in one worker, one after another, as they share one running installation, or one browser."""


EMBEDDED = "tests/storage/test_cluster.py"
"""The tests of the embedded server itself."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where the tests run against another server, leave out those of the embedded one."""
    skip = pytest.mark.skip(reason="of the embedded server; REGULARS_TEST_DATABASE_URL names another")
    for item in items:
        if own_server.URL and item.nodeid.startswith(EMBEDDED):
            item.add_marker(skip)


class _Scheduler(LoadScopeScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Spread the tests over the workers one by one, but for those that run together."""
    return _Scheduler(config, log)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running server in a folder of this worker; tests leave it running and use `database`."""
    if own_server.URL:
        pytest.skip("needs the embedded server; REGULARS_TEST_DATABASE_URL names another")
    made = Cluster(DataFolder(tmp_path_factory.mktemp("cluster") / "data"), "64MB")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The conninfo of an empty database with the extensions, owned by its user; dropped afterwards."""
    yield from _fresh(request)


@pytest.fixture
def other_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """Another one, for tests that need two."""
    yield from _fresh(request)


def _fresh(request: pytest.FixtureRequest) -> Iterator[str]:
    if own_server.URL:
        with own_server.own_database() as made:
            yield made
        return
    cluster: Cluster = request.getfixturevalue("cluster")
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


@pytest.fixture(scope="module")
def shared_installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """As `installation`, one for all tests of a file: each takes names of its own in it."""
    for database in _fresh(request):
        made = Installation(database)
        yield made
        made.close()
