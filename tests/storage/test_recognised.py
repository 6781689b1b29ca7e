"""How much is recognised: whole where it is little, an even sample where it is much."""

from typing import Any

import pytest
from support.installation import RECEIVED, SHOP, SITE, TILL, Installation, identify, track

import regulars.storage.recognised as recognised
from regulars.storage.recognised import Tally, evenly, recognised_since

MINUTE = 60


def at(minute: int) -> dict[str, str]:
    return {"timestamp": f"2026-03-14T{minute // 60:02}:{minute % 60:02}:00Z"}


def test_of_nothing(installation: Installation) -> None:
    found = installation.read(lambda connection: recognised_since(connection, 0))
    assert (found.events.share, found.visits.share, found.sales.share, found.sampled) == (None, None, None, False)


def test_events_visits_and_till_sales(installation: Installation) -> None:
    web = {"type": "page", "context": {"page": {"url": "https://shop.example/"}}}
    installation.send(SHOP, {**identify("u-1", "anon-1", email="ada@shop.example"), **at(0)})
    # Two visits of hers, of which one has three pages; one of somebody unknown.
    installation.send(SITE, *({**web, "anonymousId": "anon-1", **at(minute)} for minute in (100, 110, 129, 200)))
    installation.send(SITE, {**web, "anonymousId": "anon-2", **at(100)})
    sale: dict[str, Any] = {"store_id": "1", "till_id": "1", "total": 5, "currency": "EUR"}
    installation.send(TILL, track("Order Completed", receipt_id="1", **sale))
    installation.send(TILL, track("Order Completed", receipt_id="2", traits={"email": "ada@shop.example"}, **sale))
    found = installation.read(lambda connection: recognised_since(connection, RECEIVED))
    assert found.visits == Tally(2, 3)
    assert found.sales == Tally(1, 2)
    assert found.events == Tally(6, 8)
    later = installation.read(lambda connection: recognised_since(connection, RECEIVED + 1))
    assert later.events == Tally()


def test_of_much_a_sample(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognised, "SAMPLE", 40)
    installation.send(SHOP, *(identify("u-1") if n % 2 else track("A", anonymous=f"a-{n}") for n in range(200)))
    found = installation.read(lambda connection: recognised_since(connection, 0))
    assert found.sampled and found.events.all == 40 and 8 <= found.events.known <= 32
    assert installation.read(lambda connection: recognised_since(connection, 0)) == found


@pytest.mark.parametrize(("first", "last", "most"), [(1, 0, 5), (1, 5, 5), (1, 6, 5), (7, 100_000, 300), (3, 3, 1)])
def test_evenly(first: int, last: int, most: int) -> None:
    found = evenly(first, last, most)
    assert len(found) == min(most, last - first + 1) and found == sorted(set(found))
    assert not found or (first <= found[0] and found[-1] <= last)
