"""The hard town: reproducible, labelled, hard in the proportions that were asked for, and silent about its truth."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from regulars.simulation.hard import generate, poisson
from regulars.simulation.rates import Rates
from regulars.simulation.report import Report
from regulars.simulation.town import Town

CUSTOMERS, DAYS = 300, 120
FILES = ("events.jsonl", "sources.json", "truth.jsonl", "people.jsonl")
Lines = list[dict[str, Any]]


def lines(path: Path) -> Lines:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def happened(line: dict[str, Any]) -> datetime:
    event = line["event"]
    return moment(event.get("originalTimestamp") or event["timestamp"])


def key(line: dict[str, Any]) -> tuple[str, str]:
    return line["source"], line["event"]["messageId"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    folder = tmp_path_factory.mktemp("town")
    return folder, generate(CUSTOMERS, DAYS, 11, folder)


@pytest.fixture(scope="module")
def events(town: tuple[Path, Report]) -> Lines:
    return lines(town[0] / "events.jsonl")


@pytest.mark.parametrize(("customers", "days", "rate"), [(0, 10, 22.0), (10, 0, 22.0), (10, 10, 0.0), (-1, 10, 22.0)])
def test_a_town_of_nobody_is_refused(tmp_path: Path, customers: int, days: int, rate: float) -> None:
    with pytest.raises(ValueError, match="at least one customer"):
        generate(customers, days, 1, tmp_path / "town", events_a_year=rate)
    assert not (tmp_path / "town").exists()


def test_the_same_seed_gives_the_same_bytes(town: tuple[Path, Report], tmp_path: Path) -> None:
    again = generate(CUSTOMERS, DAYS, 11, tmp_path / "again")
    other = generate(CUSTOMERS, DAYS, 12, tmp_path / "other")
    assert again == town[1]
    assert other != again
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (town[0] / name).read_bytes()
    assert (tmp_path / "other" / "events.jsonl").read_bytes() != (town[0] / "events.jsonl").read_bytes()


def test_nothing_is_left_beside_the_four_files(town: tuple[Path, Report]) -> None:
    assert sorted(path.name for path in town[0].iterdir()) == sorted(FILES)


def test_the_smallest_town_works(tmp_path: Path) -> None:
    report = generate(1, 1, 3, tmp_path)
    assert report.households == 1
    assert len(lines(tmp_path / "people.jsonl")) == 1


def test_every_rate_comes_out_as_asked(tmp_path: Path) -> None:
    shares = generate(4000, 180, 5, tmp_path).shares
    assert set(shares) == set(Rates.__struct_fields__)
    for name, share in shares.items():
        # Four and a half standard deviations: one false alarm in some hundred thousand.
        spread = 4.5 * (share.wanted * (1 - share.wanted) / share.of) ** 0.5
        wanted = share.wanted / (1 - Rates().late) if name == "out_of_order" else share.wanted
        assert share.of >= 300, name
        assert abs(share.observed - wanted) <= spread, (name, share)


def test_a_rate_of_zero_or_one_is_kept(tmp_path: Path) -> None:
    rates = Rates(accounts=1.0, guest=0.0, junk=0.0, late=0.0, out_of_order=0.0, duplicate=0.0)
    report = generate(100, 60, 2, tmp_path, rates=rates)
    assert report.shares["accounts"].observed == 1
    assert report.lines == report.events
    for name in ("guest", "junk", "late", "out_of_order"):
        assert report.shares[name].count == 0


def test_counts_of_the_report_are_those_of_the_files(town: tuple[Path, Report], events: Lines) -> None:
    folder, report = town
    truth = lines(folder / "truth.jsonl")
    assert (len(events), len(truth)) == (report.lines, report.events)
    assert sum(fact["strong"] for fact in truth) == report.strong
    assert Counter(fact["source"] for fact in truth) == report.sources
    assert report.lines - report.events == report.shares["duplicate"].count
    delays = [moment(line["received_at"]) - happened(line) for line in events]
    late = sum(delay >= timedelta(hours=6) for delay in delays)
    assert 0 < late <= report.shares["late"].count + report.shares["duplicate"].count


def test_customers_are_as_busy_as_asked(tmp_path: Path) -> None:
    for rate in (11.0, 22.0):
        report = generate(2000, 365, 4, tmp_path / str(rate), events_a_year=rate)
        assert rate * 0.85 <= report.lines / 2000 <= rate * 1.15


def test_every_event_says_that_it_is_simulated(events: Lines) -> None:
    assert all(line["event"]["origin"] == "simulated" for line in events)


def test_events_stand_in_the_order_of_arrival_and_not_of_happening(events: Lines) -> None:
    arrivals = [line["received_at"] for line in events]
    times = [happened(line) for line in events]
    assert arrivals == sorted(arrivals)
    assert times != sorted(times)
    for line in events:
        assert timedelta(0) <= moment(line["received_at"]) - happened(line) <= timedelta(days=30)


def test_a_message_id_comes_again_only_with_the_same_content(town: tuple[Path, Report], events: Lines) -> None:
    first: dict[tuple[str, str], Any] = {}
    for line in events:
        assert first.setdefault(key(line), line["event"]) == line["event"]
    truth = lines(town[0] / "truth.jsonl")
    facts = [(fact["source"], fact["message_id"]) for fact in truth]
    assert len(set(facts)) == len(facts)
    assert set(facts) == set(first)


def test_the_truth_does_not_leak_into_the_events(town: tuple[Path, Report]) -> None:
    folder = town[0]
    text = (folder / "events.jsonl").read_text(encoding="utf-8")
    people = lines(folder / "people.jsonl")
    words = {word for person in people for word in (person["person"], person["household"])}
    assert all(f'"{word}"' not in text for word in words)
    assert not any(f'"{word}"' in text for word in ("person", "household", "strong", "truth"))


def test_numbers_of_one_person_do_not_resemble_each_other(town: tuple[Path, Report]) -> None:
    for person in lines(town[0] / "people.jsonl"):
        tails = [
            one["value"][-5:] for one in person["identifiers"] if one["type"] in ("user_id", "loyalty_id", "phone")
        ]
        assert len(set(tails)) == len(tails)


def test_what_people_own_is_theirs_alone(tmp_path: Path) -> None:
    generate(3000, 5, 6, tmp_path)
    people = lines(tmp_path / "people.jsonl")
    owned = [(one["type"], one["value"]) for person in people for one in person["identifiers"]]
    assert len(set(owned)) == len(owned)
    numbers = [phonenumbers.parse(value) for kind, value in owned if kind == "phone"]
    assert len(numbers) == 3000
    assert all(phonenumbers.is_valid_number(number) for number in numbers)


def test_an_order_is_reported_by_browser_and_server(events: Lines) -> None:
    orders: dict[str, set[str]] = {}
    for line in events:
        if line["event"].get("event") == "Order Completed" and line["source"] != "till":
            orders.setdefault(line["event"]["properties"]["order_id"], set()).add(line["source"])
    assert orders
    assert all(sources in ({"web", "shop"}, {"app", "shop"}) for sources in orders.values())


def test_only_servers_say_what_the_public_may_not(events: Lines) -> None:
    for line in events:
        if line["event"].get("event") in ("Message Clicked", "Case Opened", "Loyalty Joined"):
            assert line["source"] in ("newsletter", "care", "till")


def test_sources_are_named_with_their_trust(town: tuple[Path, Report], events: Lines) -> None:
    sources = json.loads((town[0] / "sources.json").read_text(encoding="utf-8"))
    trust = {source["name"]: source["trust"] for source in sources}
    client, server = (
        dict.fromkeys(("web", "app"), "client"),
        dict.fromkeys(("shop", "till", "newsletter", "care"), "server"),
    )
    assert trust == client | server
    assert {source["group"] for source in sources} == {"main"}
    assert {line["source"] for line in events} <= set(trust)


def test_a_kiosk_is_used_by_many(tmp_path: Path) -> None:
    generate(600, 200, 8, tmp_path, rates=Rates(kiosk=0.3))
    acted = {(fact["source"], fact["message_id"]): fact["person"] for fact in lines(tmp_path / "truth.jsonl")}
    users: dict[str, set[str]] = {}
    for line in lines(tmp_path / "events.jsonl"):
        if cookie := line["event"].get("anonymousId"):
            users.setdefault(cookie, set()).add(acted[key(line)])
    busiest = sorted(map(len, users.values()), reverse=True)
    assert busiest[1] > 50  # two stores, a kiosk each


def test_gift_cards_change_hands(tmp_path: Path) -> None:
    generate(800, 365, 9, tmp_path, rates=Rates(gift_card=1.0))
    acted = {(fact["source"], fact["message_id"]): fact["person"] for fact in lines(tmp_path / "truth.jsonl")}
    users: dict[str, set[str]] = {}
    for line in lines(tmp_path / "events.jsonl"):
        if line["source"] == "till" and line["event"]["event"] == "Order Completed":
            for given in line["event"]["context"].get("externalIds", []):
                if given["type"] == "payment_token":
                    users.setdefault(given["id"], set()).add(acted[key(line)])
    assert sum(len(persons) > 1 for persons in users.values()) > len(users) / 2


def test_a_person_can_be_asked_for_by_number() -> None:
    town = Town(50, 1, Rates())
    home = town.household(town.households - 1)
    assert town.person(home.persons[0].number) == home.persons[0]
    stranger = town.stranger(town.rng("test"), home.number)
    assert stranger is not None
    assert stranger.household != home.number
    assert Town(1, 1, Rates()).stranger(town.rng("test"), 0) is None


def test_poisson_has_its_mean_also_where_it_is_large() -> None:
    rng = Town(1, 1, Rates()).rng("test")
    assert poisson(rng, 0.0) == 0
    assert abs(sum(poisson(rng, 900.0) for _ in range(200)) / 200 - 900) < 12
