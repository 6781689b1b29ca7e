"""Campaigns: a lot decides who is left out, and both outcomes of each person are known."""

from pathlib import Path
from typing import Any

import pytest
from simulation.everyday.reading import Lines, events, lines, named, truth

from regulars.simulation.everyday.campaigns import KINDS
from regulars.simulation.everyday.generate import generate, own_world
from regulars.simulation.everyday.rates import Rates


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    generate(own_world(2_000, 45, 4, rates=Rates(visits=0.5, receipts=0.5)), folder)
    return folder


@pytest.fixture(scope="module")
def effects(town: Path) -> Lines:
    return lines(town / "effects.jsonl")


def arm(effects: Lines, name: str) -> Lines:
    return [line for line in effects if line["arm"] == name]


def test_a_lot_decides_who_is_held_back(effects: Lines) -> None:
    share = len(arm(effects, "control")) / len(effects)
    assert abs(share - Rates().control) < 4 * (0.2 * 0.8 / len(effects)) ** 0.5
    for kind in KINDS:
        of = [line for line in effects if line["kind"] == kind]
        held = len(arm(of, "control")) / len(of)
        assert abs(held - Rates().control) < 4.5 * (0.2 * 0.8 / len(of)) ** 0.5


def test_what_happened_is_the_outcome_of_her_arm(effects: Lines) -> None:
    for line in effects:
        assert line["bought"] == (line["buys_without"] if line["arm"] == "control" else line["buys_with"])
        assert line["effect"] == pytest.approx(line["chance_with"] - line["chance_without"])


def test_the_difference_between_the_arms_is_the_true_effect(effects: Lines) -> None:
    treated, control = arm(effects, "treated"), arm(effects, "control")

    def share(of: Lines) -> float:
        return sum(bool(line["bought"]) for line in of) / len(of)

    true = sum(line["effect"] for line in effects) / len(effects)
    error = (share(control) / len(control) + share(treated) / len(treated)) ** 0.5
    assert true > 0.01
    assert abs(share(treated) - share(control) - true) < 4 * error


def test_only_who_agreed_is_written_to_and_only_the_treated(town: Path, effects: Lines) -> None:
    facts = truth(town)
    found = events(town)

    def persons(name: str) -> set[tuple[str, str]]:
        return {
            (facts[line["event"]["messageId"]]["person"], line["event"]["properties"]["campaign_id"])
            for line in named(found, name)
        }

    assert persons("Message Sent") == {(line["person"], line["campaign"]) for line in arm(effects, "treated")}
    assert persons("Message Withheld") == {(line["person"], line["campaign"]) for line in arm(effects, "control")}
    agreed = {facts[line["event"]["messageId"]]["person"] for line in named(found, "Consent Given")}
    assert {line["person"] for line in effects} <= agreed


def test_a_campaign_says_that_it_is_randomised_and_its_coupon_is_used(town: Path) -> None:
    found = events(town)
    about: list[dict[str, Any]] = [line["event"]["properties"] for line in named(found, "Campaign Updated")]
    assert about and all(each["randomised"] is True and each["control_share"] == 0.2 for each in about)
    coupons = {line["event"]["properties"].get("coupon") for line in named(found, "Order Completed")}
    assert about[0]["coupon"] in coupons
