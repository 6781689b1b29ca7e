"""100,000 events in the order they came, and again shuffled, some twice, in other batches: the same digest."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.frames import RECEIVED, frame, installed
from support.towns import append_town, take_in

from regulars.app import DIGEST
from regulars.cli.shuffled import ShuffledRun
from regulars.model.frame import Frame
from regulars.model.source import Source, Trust
from regulars.storage.digest import digest

pytestmark = pytest.mark.slow

CUSTOMERS, DAYS, SEED, MORE = 5_000, 365, 90210, 2_000
DESK = Source("desk", Trust.SERVER, "main")


def more(folder: Path) -> list[Frame]:
    """What the town lacks: consents, refunds, cancellations, a catalogue, aliases and links by hand."""
    chance = Random(SEED)
    lines = (folder / "people.jsonl").read_text().splitlines()
    users = [each["value"] for line in lines for each in json.loads(line)["identifiers"] if each["type"] == "user_id"]
    frames = []
    for number in range(MORE):
        user, other = chance.choice(users), chance.choice(users)
        at = RECEIVED + number
        if number % 20 == 0:
            a, b = ({"type": "user_id", "space": "main", "value": value} for value in (user, other))
            word = {"control": "link", "word": chance.choice(("must", "cannot", "none")), "a": a, "b": b}
            frames.append(Frame("desk", 1, at, "control", json.dumps(word).encode()))
            continue
        said: dict[str, Any]
        item: dict[str, Any] = {"messageId": f"d-{number}", "type": "track"}
        item["timestamp"] = f"2026-01-{number % 5 + 1:02}T00:00:00Z"
        if number % 20 == 1:
            item = {**item, "type": "alias", "userId": user, "previousId": other}
        else:
            event = chance.choice(("Consent Given", "Consent Withdrawn", "Order Refunded", "Order Cancelled"))
            said = {"purpose": "news", "order_id": f"o-{chance.randrange(99)}", "amount": 1, "currency": "EUR"}
            item = {**item, "userId": user, "event": event, "properties": said}
        if number % 20 == 2:
            said = {"product_id": f"p-{number % 7}", "name": str(number), "price": number % 9, "currency": "EUR"}
            item = {**item, "event": "Product Updated", "properties": said}
        if number % 20 == 3:
            said = {"product_id": f"p-{number % 7}", "store_id": f"s-{number % 3}", "quantity": number % 11}
            item = {**item, "event": "Stock Updated", "properties": said}
        frames.append(frame(DESK, item, received=at))
    return frames


@pytest.mark.timeout(600)
def test_100_000_events_in_another_order_give_the_same_digest(database: str, tmp_path: Path) -> None:
    app = installed(tmp_path / "data", database)
    events = append_town(app, tmp_path / "town", CUSTOMERS, DAYS, SEED, more)
    assert events >= 100_000
    assert take_in(app) > events
    rules = app.context().rules_name
    with app.connect() as connection, ShuffledRun(app, SEED, twice=0.1) as shuffled:
        expected, found = digest(connection, rules, DIGEST), digest(shuffled, rules, DIGEST)
        counts = [each.execute("SELECT count(*) FROM events").fetchone() for each in (connection, shuffled)]
    for part, rows in expected.rows.items():
        assert (found.rows[part], found.parts[part]) == (rows, expected.parts[part]), part
    assert counts[0] == counts[1]
    assert found.digest == expected.digest
    assert [part for part, rows in expected.rows.items() if not rows and not part.startswith("erased")] == []
