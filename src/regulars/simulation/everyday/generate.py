"""Writes a town into a folder: its calls in the order of their arrival, and the truth apart."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from regulars.simulation.everyday import assortment, campaigns, days, shelf
from regulars.simulation.everyday.calendar import HOUR, Calendar
from regulars.simulation.everyday.call import SOURCES, encode, voice
from regulars.simulation.everyday.chance import stream
from regulars.simulation.everyday.desk import Desk
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.numbers import Numbers, Size, numbers
from regulars.simulation.everyday.people import People
from regulars.simulation.everyday.rates import Rates
from regulars.simulation.everyday.tally import Tally
from regulars.simulation.everyday.world import World
from regulars.simulation.spool import Spool

FIRST_DAY = "2025-01-01"
_OFFSET = HOUR  # of the town's clock from UTC, summer and winter


def own_world(customers: int, length: int, seed: int, first_day: str = FIRST_DAY, rates: Rates | None = None) -> World:
    """A town of its own: `customers` persons over `length` days. Raises ValueError where there is nobody or no day."""
    if customers < 1 or length < 1:
        raise ValueError("a town needs at least one customer and one day")
    rates, root = rates or Rates(), f"{seed}/own/{customers}/{length}/{first_day}"
    start = int(datetime.fromisoformat(first_day).replace(tzinfo=UTC).timestamp()) * 1000 - _OFFSET
    calendar, goods = Calendar(start, length, _OFFSET), assortment.own_goods()
    stores = tuple(f"S{number + 1:03d}" for number in range(max(2, customers // 800)))
    people = People(customers, root, (start, calendar.end), len(goods.groups), len(stores), rates)
    named = [group[0].category for group in goods.groups]
    mailings = campaigns.planned(calendar, root, named)
    return World(seed, root, people, goods, stores, calendar, rates, length / 365, mailings)


def generate(world: World, out: Path) -> Numbers:
    """Write the town into the folder `out`, the same bytes for the same world, and count what is in it.

    Writes `events.jsonl` (`{"source", "received_at", "event"}` a line), `sources.json`, `numbers.json` and the files of
    truth. Raises OSError.
    """
    out.mkdir(parents=True, exist_ok=True)
    tally, spool = Tally(), Spool(out)
    with Desk(world.root, world.end, out, spool, tally) as desk:
        _stock_up(world, desk)
        for household in world.people.households():
            for person in household.persons:
                days.live(Life(world, household, person, desk))
    spool.write(out / "events.jsonl")
    (out / "sources.json").write_bytes(msgspec.json.format(encode(SOURCES)) + b"\n")
    found = numbers(_size(world), tally)
    (out / "numbers.json").write_bytes(msgspec.json.format(encode(found)) + b"\n")
    return found


def _stock_up(world: World, desk: Desk) -> None:
    """The shop names its own things at the very beginning."""
    rng, who = stream(world.root, "shelf"), voice("shop")
    for name, thing, properties in shelf.things(world):
        desk.announce(rng, who, name, thing, world.start, properties)


def _size(world: World) -> Size:
    calendar = world.calendar
    return Size(
        over="completejourney" if world.over else "",
        seed=world.seed,
        first_day=calendar.local(calendar.start).date().isoformat(),
        days=calendar.days,
        persons=sum(world.people.sizes),
        households=len(world.people.sizes),
        stores=len(world.stores),
        products=len(world.goods.products),
    )
