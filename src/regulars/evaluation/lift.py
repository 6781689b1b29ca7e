"""Judges the measurement of lift by towns whose effects are known, and by mailings that never were.

A town's truth says for each person a campaign could reach her chance to buy in its two weeks with the message and
without; so the extra orders a person are known. The interval is made of what the shop sees: who got it, who was held
back, and all orders of each, whatever made her buy. Who is who is taken from the truth, since recognising persons is
judged elsewhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from regulars.measurement.lift import Interval, difference, lift
from regulars.measurement.result import OUTCOMES, PURCHASES, WINDOW_DAYS
from regulars.measurement.sums import TREATED, Days
from regulars.simulation.everyday.generate import generate, own_world
from regulars.simulation.everyday.rates import Rates

DAY: Final = 86_400_000  # milliseconds
DAYS: Final = 29
"""Days of a town that has one campaign, and the two weeks after it."""
HELD: Final = "own"
USUAL: Final = 1.96
"""Standard errors of an interval that holds for one look only."""
PLACEBO_SHARE: Final = 0.2

_ORDERS: Final = OUTCOMES.index(PURCHASES)
_decode: Final = msgspec.json.Decoder().decode

Times = Mapping[str, list[int]]


class Judged(msgspec.Struct, frozen=True):
    """One campaign of a town: the true extra orders a person, the interval, and whether one for a single look holds."""

    people: int
    truth: float
    found: Interval | None
    usual: bool

    @property
    def covered(self) -> bool:
        """Whether the interval holds the truth; where there is none, nothing wrong was said."""
        return self.found is None or self.found.low <= self.truth <= self.found.high


class Placebo(msgspec.Struct, frozen=True):
    """A mailing that never was, looked at every day: whether any look said that it had changed something."""

    missed: bool
    missed_usual: bool


class Outcome(msgspec.Struct, frozen=True):
    """What one town gave."""

    campaigns: tuple[Judged, ...]
    placebo: Placebo


def judge_town(folder: Path, customers: int, seed: int, control: float = 0.2) -> Outcome:
    """Write a town of this seed into a folder, and judge what would be measured in it; `control` is held back.

    People of these towns do little but what campaigns move them to, so that a town of some thousands shows anything.
    """
    world = own_world(customers, DAYS, seed, rates=Rates(visits=0.5, receipts=0.5, control=control))
    generate(world, folder)
    orders = _orders(folder)
    starts = {each.id: each.start for each in world.campaigns}
    effects: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in _lines(folder / "effects.jsonl"):
        effects[line["campaign"]].append(line)
    judged = [_campaign(lines, starts[name], orders) for name, lines in sorted(effects.items())]
    people = [line["person"] for line in _lines(folder / "people.jsonl")]
    return Outcome(tuple(judged), _placebo(people, world.start + (DAYS - WINDOW_DAYS) * DAY, orders, seed))


def _campaign(effects: list[dict[str, Any]], start: int, orders: Times) -> Judged:
    truth = sum(line["effect"] for line in effects) / len(effects)
    sides = {line["person"]: TREATED if line["arm"] == "treated" else HELD for line in effects}
    days = Days(_rows(sides, start, orders))
    _, strata = days.points(HELD, start // DAY + WINDOW_DAYS)
    wanted = [each[_ORDERS] for each in strata.values()]
    middle, error, _, _ = difference(wanted)
    return Judged(len(effects), truth, lift(wanted), abs(middle - truth) <= USUAL * error)


def _placebo(people: Iterable[str], start: int, orders: Times, seed: int) -> Placebo:
    random = Random(f"placebo {seed}")
    sides = {person: HELD if random.random() < PLACEBO_SHARE else TREATED for person in people}
    missed = usual = False
    days = Days(_rows(sides, start, orders))
    for day in range(WINDOW_DAYS + 1):
        _, strata = days.points(HELD, start // DAY + day)
        wanted = [each[_ORDERS] for each in strata.values()]
        found = lift(wanted)
        if found is not None:
            middle, error, _, _ = difference(wanted)
            missed |= found.sign != 0
            usual |= abs(middle) > USUAL * error
    return Placebo(missed, usual)


def _rows(sides: Mapping[str, str], start: int, orders: Times) -> Iterator[tuple[Any, ...]]:
    """What each day added, as the lake's query gives it; of orders only."""
    for side, people in Counter(sides.values()).items():
        yield (side, "", start // DAY, people, 0, 0, 0, 0, 0, 0)
    for person, side in sides.items():
        since = [time for time in sorted(orders.get(person, ())) if start <= time < start + WINDOW_DAYS * DAY]
        for nth, time in enumerate(since, 1):
            yield (side, "", time // DAY, 0, 0, 0, 0, 1, 2 * nth - 1, int(nth == 1))


def _orders(folder: Path) -> Times:
    found: dict[str, list[int]] = defaultdict(list)
    for line in _lines(folder / "orders.jsonl"):
        found[line["person"]].append(line["time"])
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield _decode(line)
