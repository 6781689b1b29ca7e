"""Feeding a town: steadily, or a Saturday in a few minutes, as if it were now."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from regulars.simulation.everyday.calendar import DAY, SATURDAY
from regulars.simulation.everyday.generate import generate, own_world
from regulars.simulation.feed import OPENS, Call, Moment, as_of_now, known_before, one_day, read, steady

WORLD = own_world(400, 12, 9)
SATURDAY_BEGINS = WORLD.start + WORLD.calendar.last(SATURDAY) * DAY
NOW = 1_800_000_000_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("town")
    generate(WORLD, made)
    return made


def item(call: Call) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(bytes(call.event))
    return decoded


def test_a_folder_without_a_town_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        list(read(tmp_path))


def test_a_steady_speed_spreads_the_calls(folder: Path) -> None:
    moments = list(steady(folder, 100))
    assert [moment.due for moment in moments[:3]] == [0, 10, 20]
    assert {moment.due for moment in steady(folder, 0)} == {0}
    assert len(moments) == len(list(read(folder)))


def test_a_saturday_passes_in_its_minutes(folder: Path) -> None:
    moments = one_day(folder, SATURDAY_BEGINS, 10)
    assert len(moments) > 50
    assert all(0 <= moment.due < 600_000 for moment in moments)
    assert [moment.due for moment in moments] == sorted(moment.due for moment in moments)
    assert moments[-1].due > 400_000


def test_each_carries_the_moment_at_which_it_is_sent(folder: Path) -> None:
    moments = one_day(folder, SATURDAY_BEGINS, 10)
    for before, after in zip(moments, as_of_now(moments, NOW, "r1"), strict=True):
        old, new = item(before.call), item(after.call)
        assert new["origin"] == "simulated"
        assert new["messageId"].startswith("live-") and len(new["messageId"]) < 100
        assert after.due == before.due
        assert _time(new) == NOW + after.due
        changed = {"messageId", "timestamp", "originalTimestamp", "properties"}
        assert {key for key in old if old[key] != new[key]} <= changed


def test_another_run_has_other_ids_and_other_orders(folder: Path) -> None:
    moments = one_day(folder, SATURDAY_BEGINS, 10)
    first, second = (list(as_of_now(moments, NOW, run)) for run in ("r1", "r2"))
    ids = [{item(moment.call)["messageId"] for moment in run} for run in (first, second)]
    assert not ids[0] & ids[1]
    orders = [_orders(run) for run in (first, second)]
    assert orders[0] and not orders[0] & orders[1]


def test_what_the_shop_knew_comes_before(folder: Path) -> None:
    calls = list(known_before(folder, SATURDAY_BEGINS))
    names = {item(call).get("event", item(call)["type"]) for call in calls}
    assert {"identify", "Loyalty Joined", "Consent Given", "Product Updated", "Store Updated"} <= names
    assert "Product Viewed" not in names
    assert {call.source for call in calls} <= {"town-shop", "town-till"}
    assert all(_time(item(call)) < SATURDAY_BEGINS for call in calls)


def test_nothing_happens_before_six(folder: Path) -> None:
    early = [call for call in read(folder) if 0 <= _time(item(call)) - SATURDAY_BEGINS < OPENS]
    assert len(one_day(folder, SATURDAY_BEGINS, 1)) + len(early) == sum(
        0 <= _time(item(call)) - SATURDAY_BEGINS < DAY for call in read(folder)
    )


def _time(event: dict[str, Any]) -> int:

    return int(datetime.fromisoformat(event.get("originalTimestamp") or event["timestamp"]).timestamp() * 1000)


def _orders(run: list[Moment]) -> set[str]:
    placed = [item(moment.call) for moment in run]
    return {event["properties"]["order_id"] for event in placed if event.get("event") == "Order Completed"}
