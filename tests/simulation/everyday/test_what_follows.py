"""What follows from an order: shipping, collecting, returns, reviews, gifts, complaints, referrals."""

from collections import Counter
from pathlib import Path

import pytest
from simulation.everyday.reading import Lines, events, happened, lines, named

from regulars.simulation.everyday.complaints import BITTER, GLAD
from regulars.simulation.everyday.generate import generate, own_world
from regulars.simulation.everyday.rates import Rates


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    generate(own_world(600, 365, 8, rates=Rates(visits=1.5, complaint=0.3, referred=0.9)), folder)
    return folder


@pytest.fixture(scope="module")
def found(town: Path) -> Lines:
    return [line for line in events(town) if line["source"] not in ("web", "app")]


def orders(found: Lines) -> dict[str, dict[str, object]]:
    return {line["event"]["properties"]["order_id"]: line for line in named(found, "Order Completed")}


def test_nothing_follows_what_was_not_ordered(found: Lines) -> None:
    placed = orders(found)
    after = named(
        found, "Order Shipped", "Order Delayed", "Order Delivered", "Order Ready to Collect", "Order Refunded"
    )
    assert len(after) > 500
    for line in after:
        order = placed[line["event"]["properties"]["order_id"]]
        assert happened(line) > happened(order)


def test_an_order_is_shipped_or_collected(found: Lines) -> None:
    shipped = {line["event"]["properties"]["order_id"] for line in named(found, "Order Shipped")}
    ready = {line["event"]["properties"]["order_id"] for line in named(found, "Order Ready to Collect")}
    assert shipped and ready and not shipped & ready
    online = [line for line in named(found, "Order Completed") if line["source"] == "shop"]
    wanted = {
        line["event"]["properties"]["order_id"] for line in online if "collect_store_id" in line["event"]["properties"]
    }
    assert ready <= wanted


def test_a_refund_gives_back_no_more_than_was_paid(found: Lines) -> None:
    placed = orders(found)
    refunds = named(found, "Order Refunded")
    assert {line["source"] for line in refunds} == {"shop", "till"}
    for line in refunds:
        order = placed[line["event"]["properties"]["order_id"]]["event"]
        assert 0 < line["event"]["properties"]["amount"] <= order["properties"]["total"]  # type: ignore[index]


def test_gifts_come_with_and_without_signs(town: Path, found: Lines) -> None:
    told = {line["order_id"]: line for line in lines(town / "orders.jsonl")}
    gifts = [line for line in told.values() if line["gift"]]
    hidden = [line for line in gifts if not line["signs"]]
    assert 0.3 < len(hidden) / len(gifts) < 0.5
    assert all(line["recipient"] and line["recipient"] != line["person"] for line in gifts)
    shown = [line for line in named(found, "Order Completed") if line["source"] == "shop"]
    for line in shown:
        properties = line["event"]["properties"]
        signs = told[properties["order_id"]]["signs"]
        assert ("gift_wrap" in properties) == ("wrap" in signs)
        assert ("shipping_address" in properties) == ("other_address" in signs)
    months = Counter(line["time"] // 86_400_000 for line in gifts)
    december = sum(count for day, count in months.items() if day >= 20_423 - 31)  # of 2025
    assert december > len(gifts) / 4


def test_who_was_treated_badly_comes_less(town: Path) -> None:
    visits: dict[str, list[int]] = {}
    for line in lines(town / "sessions.jsonl"):
        visits.setdefault(line["person"], []).append(line["start"])
    first: dict[str, dict[str, object]] = {}
    for line in lines(town / "complaints.jsonl"):
        assert line["comes"] == (GLAD if line["well"] else BITTER)
        first.setdefault(line["person"], line)
    rate = {}
    for well in (True, False):
        before = after = spent = left = 0
        for person, line in first.items():
            if line["well"] is well:
                start, end = 1_735_686_000_000, 1_735_686_000_000 + 365 * 86_400_000
                settled = int(str(line["settled"]))
                before += sum(time < settled for time in visits.get(person, []))
                after += sum(time >= settled for time in visits.get(person, []))
                spent, left = spent + settled - start, left + max(0, end - settled)
        rate[well] = (after / left) / (before / spent)
    assert rate[False] < 0.75 * rate[True]


def test_a_case_is_opened_answered_and_resolved(found: Lines) -> None:
    opened = {line["event"]["properties"]["case_id"]: happened(line) for line in named(found, "Case Opened")}
    resolved = {line["event"]["properties"]["case_id"]: happened(line) for line in named(found, "Case Resolved")}
    assert 0 < len(resolved) <= len(opened)
    assert all(opened[case] < time for case, time in resolved.items())
    assert named(found, "Survey Answered")


def test_friends_come_by_a_friends_word(town: Path, found: Lines) -> None:
    told = lines(town / "referrals.jsonl")
    assert len(told) == len(named(found, "Friend Referred")) > 20
    people = {line["person"]: line for line in lines(town / "people.jsonl")}
    for line in told:
        assert people[line["referrer"]]["household"] != people[line["referred"]]["household"]
        assert line["time"] < people[line["referred"]]["joined"]


def test_products_that_are_used_up_are_bought_again(found: Lines) -> None:
    bought: Counter[tuple[str, str]] = Counter()
    for line in named(found, "Order Completed"):
        cards = [each["id"] for each in line["event"]["context"].get("externalIds", []) if each["type"] == "loyalty_id"]
        for product in line["event"]["properties"]["products"] if cards else ():
            bought[cards[0], product["category"]] += 1
    again = sum(count > 4 for (_, category), count in bought.items() if category.startswith(("Pantry", "Care", "Pets")))
    other = sum(
        count > 4 for (_, category), count in bought.items() if category.startswith(("Clothing", "Shoes", "Bags"))
    )
    assert again > other
