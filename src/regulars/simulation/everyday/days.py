"""All that one person does, day by day."""

from functools import partial

from regulars.simulation.everyday import campaigns, joining, referrals, stores, targets, visits
from regulars.simulation.everyday.calendar import DAY, HOUR, MINUTE
from regulars.simulation.everyday.complaints import GLAD
from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.life import Episode, Life

OFFLINE = 0.35
"""Share of the card holders who never look into the web shop, where the town is laid over receipts."""
BEFORE_RECEIPT = 0.4
"""Share of the visits, there, that lead to a receipt: what was bought in the store was looked at before."""


def live(life: Life) -> None:
    """Plan her visits, store purchases and campaigns, and let her live them."""
    joining.join(life)
    referrals.arrive(life)
    if life.world.over:
        _over(life)
    else:
        _often(life, _shop, life.rates.receipts * life.person.offline, "store")
        _often(life, _browse, life.rates.visits * life.person.online, "online")
    for campaign in life.world.campaigns:
        life.plan(campaign.start, partial(_reached, campaign.number))
    life.live()
    _note(life)


def _over(life: Life) -> None:
    """Her days around the receipts that are there."""
    rng, receipts = life.rng, life.world.receipts.get(life.person.loyalty_id, ())
    for receipt in receipts:
        life.plan(receipt.time - 30 * MINUTE, partial(_enter, receipt.store))
    if rng.hit(OFFLINE):
        return
    yearly = life.rates.visits * life.person.online
    ahead = BEFORE_RECEIPT if receipts else 0.0
    _often(life, partial(_browse, share=targets.CONVERSION / (1 - ahead)), yearly * (1 - ahead), "online")
    for _ in range(rng.times(yearly * ahead * life.world.busy)):
        receipt = rng.pick(receipts)
        time = receipt.time - HOUR - rng.below(40 * HOUR)
        life.plan(time, partial(_look_ahead, receipt.products))


def _often(life: Life, episode: Episode, yearly: float, form: str) -> None:
    """Plan something as often as the rate says, and a little more, since a mood may take some of it away."""
    for _ in range(life.rng.times(yearly * GLAD * life.world.busy)):
        time = life.world.calendar.moment(life.rng, form)
        if time >= life.since:
            life.plan(time, partial(_perhaps, episode))


def _perhaps(episode: Episode, life: Life, time: int) -> None:
    if life.rng.hit(life.mood(time) / GLAD):
        episode(life, time)


def _browse(life: Life, time: int, share: float = targets.CONVERSION) -> None:
    """A visit; without an order, it may be followed by a store purchase of what she has seen."""
    here = visits.visit(life, time, life.rng.hit(share))
    if not here.buys and not life.world.over and life.rng.hit(life.rates.after_look):
        day = here.time + life.rng.below(3) * DAY
        later = life.world.calendar.hour_after(life.rng, day + HOUR, "store")
        life.plan(later, partial(_fetch, tuple(here.looked[-2:])))


def _shop(life: Life, time: int) -> None:
    stores.shop(life, time)


def _fetch(seen: tuple[Product, ...], life: Life, time: int) -> None:
    stores.shop(life, time, seen)


def _enter(store: str, life: Life, time: int) -> None:
    stores.enter(life, time, store, 35 * MINUTE)


def _look_ahead(products: tuple[Product, ...], life: Life, time: int) -> None:
    if time >= life.since:
        visits.visit(life, time, False, products)


def _reached(number: int, life: Life, time: int) -> None:
    campaigns.reach(life, life.world.campaigns[number])


def _note(life: Life) -> None:
    """Whose is what, for whoever judges."""
    person = life.person
    owned = [("email", email) for email in person.emails]
    owned += [("user_id", person.user_id), ("phone", person.mobile), ("loyalty_id", person.loyalty_id)]
    owned += [("payment_token", person.payment_token), ("device_id", person.device_id)]
    owned += [("anonymous_id", cookie) for cookie in (life.app_cookie, *life.cookies)]
    life.desk.note(
        "people", person=person.name, household=life.household.name, first=person.first, last=person.last,
        address=life.household.address, tastes=list(person.tastes), joined=person.joined,
        identifiers=[{"type": kind, "value": value} for kind, value in owned if value],
    )  # fmt: skip
