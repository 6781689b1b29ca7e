"""One running installation for all end-to-end tests of a worker; each test sends from sources of its own."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from support import own_server
from support.running import Running


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`regulars up --no-demo` on a free port; ended by SIGTERM, after which no process of it may be left."""
    with own_server.own_database() if own_server.URL else nullcontext("") as url:
        running = Running(tmp_path_factory.mktemp("e2e") / "data", url)
        running.start()
        yield running
        running.close()
