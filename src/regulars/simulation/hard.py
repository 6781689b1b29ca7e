"""The town's hard corner: few events, many shared, mistyped and borrowed identifiers, and a known truth."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from math import exp
from pathlib import Path
from random import Random
from typing import Any, BinaryIO

import msgspec

from regulars.simulation import offline, online
from regulars.simulation.desk import DAY, SOURCES, Desk
from regulars.simulation.life import Life
from regulars.simulation.rates import Rates
from regulars.simulation.report import Report, Tally
from regulars.simulation.spool import Spool
from regulars.simulation.town import Household, Town

Episode = Callable[[Life, int], None]

EVENTS_A_YEAR = 22.0
"""Events of one customer in 365 days, on average, at which the numbers below are taken as they stand."""

_VISITS, _APP, _STORE, _CLICKS, _CASES = 2.9, 6.8, 1.2, 1.5, 0.15  # episodes a year of those who do such things
_START = datetime(2025, 1, 1, tzinfo=UTC)


def generate(
    customers: int,
    days: int,
    seed: int,
    out: Path,
    *,
    rates: Rates | None = None,
    events_a_year: float = EVENTS_A_YEAR,
    start: datetime = _START,
) -> Report:
    """Write a town of `customers` persons over `days` days into the folder `out`, the same bytes for the same input.

    Writes `events.jsonl` (`{"source", "received_at", "event"}` a line, in order of arrival), `sources.json`,
    `truth.jsonl` (who did what) and `people.jsonl` (whose is what). `events_a_year` scales how busy they are.
    Raises ValueError where there is nobody, no day, or no activity.
    """
    if customers < 1 or days < 1 or events_a_year <= 0:
        raise ValueError("a town needs at least one customer, one day and a positive number of events a year")
    out.mkdir(parents=True, exist_ok=True)
    town = Town(customers, seed, rates or Rates(), days / 365 * events_a_year / EVENTS_A_YEAR)
    tally = Tally()
    spool = Spool(out)
    with (out / "truth.jsonl").open("wb") as truth, (out / "people.jsonl").open("wb") as people:
        desk = Desk(spool, truth, town.rates, tally)
        for number in range(town.households):
            household = town.household(number)
            _count(household, tally)
            for person in household.persons:
                life = Life(town, household, person, desk, tally)
                _live(life, int(start.timestamp() * 1000), days)
                _note(people, life)
    spool.write(out / "events.jsonl")
    (out / "sources.json").write_bytes(msgspec.json.format(msgspec.json.encode(SOURCES)) + b"\n")
    return Report(
        seed=seed,
        customers=customers,
        households=town.households,
        days=days,
        lines=spool.count,
        events=desk.events,
        strong=tally.strong,
        sources=dict(sorted(tally.sources.items())),
        shares=tally.shares(town.rates),
    )


def _live(life: Life, start: int, days: int) -> None:
    """All her episodes in the order of time; what she joins, she joined before the first of them."""
    end = start + days * DAY
    episodes = sorted(_episodes(life, start, end), key=lambda episode: episode[0])
    first = episodes[0][0] if episodes else end
    if life.person.user_id:
        offline.open_account(life, life.rng.randrange(start, first + 1))
    if life.person.loyalty_id:
        offline.join(life, life.rng.randrange(start, first + 1))
    for time, episode in episodes:
        episode(life, time)


def _episodes(life: Life, start: int, end: int) -> Iterator[tuple[int, Episode]]:
    """When she does what: how busy a person is online is very uneven, as in every shop."""
    rng, person, busy = life.rng, life.person, life.town.busy
    online_appetite, store_appetite = rng.gammavariate(0.8, 1 / 0.8), rng.gammavariate(1.5, 1 / 1.5)
    plan: list[tuple[Episode, float]] = [
        (online.visit, _VISITS * online_appetite),
        (online.use_app, _APP * online_appetite if person.app_device else 0.0),
        (offline.buy_in_store, _STORE * store_appetite),
        (offline.click, _CLICKS if person.reads_mail else 0.0),
        (offline.ask, _CASES),
    ]
    for episode, yearly in plan:
        for _ in range(poisson(rng, yearly * busy)):
            yield rng.randrange(start, end), episode


def poisson(rng: Random, mean: float) -> int:
    """A Poisson number (Knuth's product method, in steps so that large means do not underflow)."""
    count = 0
    while mean > 0:
        step = min(mean, 30.0)
        mean -= step
        limit, product = exp(-step), rng.random()
        while product > limit:
            count += 1
            product *= rng.random()
    return count


def _count(household: Household, tally: Tally) -> None:
    """Count what is decided with a household and its persons."""
    if len(household.persons) > 1:
        tally.note("landline", bool(household.landline))
        tally.note("tablet", bool(household.tablet_cookie))
        tally.note("shared_payment", bool(household.payment_token))
    for person in household.persons:
        tally.note("accounts", bool(person.user_id))
        tally.note("cards", bool(person.loyalty_id))
        tally.note("second_email", len(person.emails) > 1)


def _note(people: BinaryIO, life: Life) -> None:
    person = life.person
    owned = [("email", email) for email in person.emails]
    owned += [("user_id", person.user_id), ("phone", person.mobile), ("loyalty_id", person.loyalty_id)]
    owned += [("payment_token", person.payment_token), ("device_id", person.app_device)]
    owned += [("anonymous_id", cookie) for cookie in life.cookies]
    line: dict[str, Any] = {
        "person": person.name,
        "household": life.household.name,
        "identifiers": [{"type": kind, "value": value} for kind, value in owned if value],
    }
    people.write(msgspec.json.encode(line) + b"\n")
