"""One running installation for all end-to-end tests of a worker; each test sends from sources of its own."""

from collections.abc import Iterator

import pytest
from support.running import Running


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`regulars up --no-demo` on a free port; ended by SIGTERM, after which no process of it may be left."""
    running = Running(tmp_path_factory.mktemp("e2e") / "data")
    running.start()
    yield running
    running.close()
