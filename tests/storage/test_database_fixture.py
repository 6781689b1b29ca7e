"""The fixtures of `conftest`: each test has an empty database of its own."""

import psycopg
import pytest


@pytest.mark.parametrize("round", [1, 2])
def test_each_test_has_an_empty_database(database: str, round: int) -> None:
    with psycopg.connect(database) as link:
        link.execute("CREATE TABLE only_here (v int)")
        assert link.execute("SELECT similarity('a', 'a')").fetchone() == (1.0,)
