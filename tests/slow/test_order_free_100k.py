"""100,000 events in the order they came, and again shuffled, some twice, in other batches: the same digest."""

from pathlib import Path

import pytest
from support.frames import installed
from support.towns import append_town, take_in

from regulars.app import DIGEST
from regulars.cli.shuffled import ShuffledRun
from regulars.storage.digest import digest

pytestmark = pytest.mark.slow

CUSTOMERS, DAYS, SEED = 5_000, 365, 90210


@pytest.mark.timeout(600)
def test_100_000_events_in_another_order_give_the_same_digest(database: str, tmp_path: Path) -> None:
    app = installed(tmp_path / "data", database)
    events = append_town(app, tmp_path / "town", CUSTOMERS, DAYS, SEED)
    assert events >= 100_000
    assert take_in(app) == events
    rules = app.context().rules_name
    with app.connect() as connection, ShuffledRun(app, SEED, twice=0.1) as shuffled:
        expected, found = digest(connection, rules, DIGEST), digest(shuffled, rules, DIGEST)
        assert shuffled.execute("SELECT count(*) FROM events").fetchone() == (events,)
    for part, rows in expected.rows.items():
        assert (found.rows[part], found.parts[part]) == (rows, expected.parts[part]), part
    assert found.digest == expected.digest
    assert {part for part, rows in expected.rows.items() if not rows} <= {"links", "catalogue"}
