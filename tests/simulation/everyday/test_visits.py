"""Visits: as long, as full and as often with an order as published figures say, counted from the calls themselves."""

from pathlib import Path
from statistics import median

import pytest
from simulation.everyday.reading import Lines, events, happened, lines, named, truth

from regulars.simulation.everyday import targets
from regulars.simulation.everyday.generate import generate, own_world


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    generate(own_world(700, 70, 5), folder)
    return folder


@pytest.fixture(scope="module")
def sessions(town: Path) -> dict[str, Lines]:
    """The calls of each visit, told apart by the truth."""
    facts = truth(town)
    found: dict[str, Lines] = {}
    for line in events(town):
        session = facts[line["event"]["messageId"]]["session"]
        if session:
            found.setdefault(session, []).append(line)
    return found


def near(found: float, wanted: float, of: int) -> bool:
    """Within four standard deviations of a share."""
    return bool(abs(found - wanted) <= 4 * (wanted * (1 - wanted) / of) ** 0.5)


def test_the_targets_fit_together() -> None:
    share = targets.NEW_SHARE
    mixed = share * targets.CONVERSION_NEW + (1 - share) * targets.CONVERSION_RETURNING
    assert mixed == pytest.approx(targets.CONVERSION)
    assert targets.PAGES[49] <= targets.MEDIAN_PAGES <= targets.PAGES[50]
    assert len(targets.PAGES) == len(targets.DWELL) == 100


def test_as_many_visits_end_in_an_order(town: Path, sessions: dict[str, Lines]) -> None:
    bought = {key for key, calls in sessions.items() if named(calls, "Order Completed")}
    told = {line["session"]: line for line in lines(town / "sessions.jsonl")}
    new = {key for key in sessions if told[key]["new"]}
    old = set(sessions) - new
    assert near(len(bought) / len(sessions), targets.CONVERSION, len(sessions))
    assert near(len(bought & new) / len(new), targets.CONVERSION_NEW, len(new))
    assert near(len(bought & old) / len(old), targets.CONVERSION_RETURNING, len(old))


def test_a_new_visitor_shows_a_cookie_that_was_never_seen(town: Path, sessions: dict[str, Lines]) -> None:
    told = {line["session"]: line for line in lines(town / "sessions.jsonl")}
    first: dict[str, str] = {}
    for key in sorted(sessions, key=lambda key: told[key]["start"]):
        cookie = sessions[key][-1]["event"]["anonymousId"]
        assert not told[key]["new"] or cookie not in first
        first.setdefault(cookie, key)


def test_pages_and_minutes_have_their_medians(sessions: dict[str, Lines]) -> None:
    pages = [len(named(calls, "Product Viewed")) for calls in sessions.values()]
    minutes = [(max(map(happened, calls)) - min(map(happened, calls))) / 60_000 for calls in sessions.values()]
    assert median(pages) == pytest.approx(targets.MEDIAN_PAGES, abs=2)
    assert median(minutes) == pytest.approx(targets.MEDIAN_MINUTES, rel=0.15)
    assert max(pages) > 100 and min(pages) == 1


def test_carts_are_left_behind(sessions: dict[str, Lines]) -> None:
    carts = [calls for calls in sessions.values() if named(calls, "Product Added")]
    left = [calls for calls in carts if not named(calls, "Order Completed")]
    assert near(len(left) / len(carts), targets.CARTS_LEFT, len(carts))
    assert any(named(calls, "Checkout Started") for calls in left)
    assert any(named(calls, "Product Added to Wishlist") for calls in sessions.values())


def test_what_was_seen_is_bought_in_the_store_later(town: Path) -> None:
    facts = truth(town)
    seen: dict[str, dict[str, int]] = {}
    pairs = 0
    for line in events(town):
        person = facts[line["event"]["messageId"]]["person"]
        if named([line], "Product Viewed"):
            seen.setdefault(person, {})[line["event"]["properties"]["product_id"]] = happened(line)
        elif line["source"] == "till" and named([line], "Order Completed"):
            for product in line["event"]["properties"]["products"]:
                before = seen.get(person, {}).get(product["product_id"])
                pairs += before is not None and happened(line) - before < 4 * 86_400_000
    assert pairs > 10


def test_an_order_is_reported_by_browser_and_server(town: Path) -> None:
    sources: dict[str, list[str]] = {}
    for line in named(events(town), "Order Completed"):
        sources.setdefault(line["event"]["properties"]["order_id"], []).append(line["source"])
    assert {tuple(sorted(each)) for each in sources.values()} <= {("shop", "web"), ("app", "shop"), ("till",), ("web",)}
