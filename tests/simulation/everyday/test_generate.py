"""A whole town: the same bytes everywhere, labelled, in order, silent about its truth, and counted rightly."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from simulation.everyday.reading import Lines, events, happened, lines, truth
from support.running import ROOT

from regulars.simulation.everyday.desk import TRUTHS
from regulars.simulation.everyday.generate import generate, own_world
from regulars.simulation.everyday.numbers import Numbers, page

DIGEST = "7a8bbff906fc6410"
"""Of the script's events.jsonl, on every machine and Python; a change of the town changes it."""
SCRIPT = """
import sys
from pathlib import Path
from regulars.simulation.everyday.generate import generate, own_world
generate(own_world(12, 40, 3), Path(sys.argv[1]))
"""
Town = tuple[Path, Numbers]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("town")
    return folder, generate(own_world(150, 100, 11), folder)


@pytest.fixture(scope="module")
def found(town: Town) -> Lines:
    return events(town[0])


@pytest.mark.parametrize(("customers", "days"), [(0, 10), (10, 0), (-1, 10), (10, -5)])
def test_a_town_of_nobody_is_refused(customers: int, days: int) -> None:
    with pytest.raises(ValueError, match="at least one customer"):
        own_world(customers, days, 1)


def test_a_first_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="day"):
        own_world(1, 1, 1, "2025-02-30")


def test_the_smallest_town_works(tmp_path: Path) -> None:
    assert generate(own_world(1, 1, 3), tmp_path).persons == 1
    assert len(lines(tmp_path / "people.jsonl")) == 1


@pytest.mark.parametrize("hashing", ["0", "1", "4242"])
def test_the_same_bytes_whatever_python_hashes(tmp_path: Path, hashing: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": hashing, "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], env=env, check=True)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    generate(own_world(12, 40, 3), tmp_path)
    assert digests == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert digests["events.jsonl"][:16] == DIGEST


def test_another_seed_gives_another_town(tmp_path: Path, town: Town) -> None:
    assert generate(own_world(150, 100, 12), tmp_path) != town[1]


def test_nothing_is_left_beside_the_files_that_are_named(town: Town) -> None:
    named = {f"{name}.jsonl" for name in (*TRUTHS, "events")} | {"sources.json", "numbers.json"}
    assert {path.name for path in town[0].iterdir()} == named


def test_every_event_says_that_it_is_simulated(found: Lines) -> None:
    assert all(line["event"]["origin"] == "simulated" for line in found)


def test_message_ids_are_unique_and_in_the_truth(town: Town, found: Lines) -> None:
    ids = [line["event"]["messageId"] for line in found]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(truth(town[0]))


def test_events_stand_in_the_order_of_arrival_within_the_days(town: Town, found: Lines) -> None:
    arrivals = [line["received_at"] for line in found]
    assert arrivals == sorted(arrivals)
    start = own_world(1, 100, 11).start
    assert all(start <= happened(line) < start + 100 * 86_400_000 for line in found)


def test_the_truth_does_not_leak(town: Town) -> None:
    text = (town[0] / "events.jsonl").read_text(encoding="utf-8")
    people = lines(town[0] / "people.jsonl")
    assert all(f'"{person["person"]}"' not in text and f'"{person["household"]}"' not in text for person in people)
    orders = {line["order_id"]: line for line in lines(town[0] / "orders.jsonl")}
    for line in events(town[0]):
        gift = orders.get(line["event"].get("properties", {}).get("order_id"), {})
        if gift.get("gift") and not gift["signs"]:
            said = json.dumps(line["event"])
            assert not any(word in said for word in ("gift", "wrap", "occasion"))


def test_numbers_are_those_of_the_files(town: Town, found: Lines) -> None:
    folder, numbers = town
    assert numbers.events == len(found) == sum(numbers.sources.values())
    assert numbers.names["Product Viewed"] == sum(line["event"].get("event") == "Product Viewed" for line in found)
    assert numbers.strong == sum(fact["strong"] for fact in truth(folder).values())
    assert numbers.sources == Counter(f"town-{line['source']}" for line in found)
    assert numbers.persons == 150 == len(lines(folder / "people.jsonl"))
    assert numbers.counts["orders"] == len(lines(folder / "orders.jsonl"))
    assert numbers.counts["complaints"] == len(lines(folder / "complaints.jsonl"))
    assert numbers.counts["referrals"] == len(lines(folder / "referrals.jsonl"))
    assert numbers.sessions == len(lines(folder / "sessions.jsonl"))
    assert json.loads((folder / "numbers.json").read_text())["events"] == numbers.events
    assert f"{numbers.events:,} events" in page(numbers)


def test_what_people_own_is_theirs_alone(tmp_path: Path) -> None:
    generate(own_world(800, 3, 6), tmp_path)
    owned = [
        (each["type"], each["value"]) for person in lines(tmp_path / "people.jsonl") for each in person["identifiers"]
    ]
    assert len(set(owned)) == len(owned)


def test_a_household_lives_at_one_address(town: Town) -> None:
    homes: dict[str, set[str]] = {}
    for person in lines(town[0] / "people.jsonl"):
        homes.setdefault(person["household"], set()).add(json.dumps(person["address"]))
    assert len(homes) == town[1].households < 150
    assert all(len(addresses) == 1 for addresses in homes.values())
