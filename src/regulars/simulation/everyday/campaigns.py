"""Mailings whose effect on each person is known, since a lot decides who is left out.

For each person two chances to buy in the campaign's two weeks are fixed beforehand: without the message and with it.
One number, drawn once, says whether she buys in either case. So the truth knows both outcomes, of which the shop sees
one. Whoever buys comes by as often without buying as all visitors do, so that the share of visits that end in an
order stays what it is.
"""

from regulars.simulation.everyday import targets, visits
from regulars.simulation.everyday.calendar import DAY, HOUR, MINUTE, Calendar
from regulars.simulation.everyday.call import Voice, voice
from regulars.simulation.everyday.chance import mark, stream
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.world import Campaign

FIRST, EVERY, LASTS = 14, 42, 14
"""Days until the first campaign, from one to the next, and that one lasts."""

# Kind: chance to buy without and with the message; hundredths among those who like what it is about, and others.
KINDS = {
    "persuadable": (0.03, 0.12, 55, 20),
    "sure": (0.12, 0.12, 15, 10),
    "lost": (0.01, 0.01, 20, 60),
    "annoyed": (0.07, 0.03, 10, 10),
}


def planned(calendar: Calendar, root: str, groups: list[str]) -> tuple[Campaign, ...]:
    """The campaigns that fit into the days, each about one group of the assortment."""
    made, town = [], mark(root, "campaigns")[:4]
    for number, day in enumerate(range(FIRST, calendar.days - LASTS + 1, EVERY)):
        start = calendar.start + day * DAY + 8 * HOUR
        group = stream(root, "campaign", number).below(len(groups))
        name = f"{groups[group]} {calendar.local(start).date().isoformat()}"
        code = f"NEWS{number + 1:02d}"
        made.append(Campaign(number, f"sim-{town}-c{number + 1}", name, group, start, start + LASTS * DAY, code))
    return tuple(made)


def reach(life: Life, campaign: Campaign) -> None:
    """She gets the message, or is held back by lot; and buys or not, as her two chances say."""
    person = life.person
    if life.mail_until <= campaign.start or person.joined > campaign.start or not (person.user_id or person.loyalty_id):
        return
    rng = stream(life.world.root, f"reach {campaign.number}", person.number)
    held, kind, draw = rng.hit(life.rates.control), _kind(life, campaign, rng.below(100)), rng.random()
    without, with_message = KINDS[kind][:2]
    arm, chance = ("control", without) if held else ("treated", with_message)
    message = "" if held else _send(life, campaign)
    if held:
        about = {"campaign_id": campaign.id, "channel": "email", "arm": arm}
        life.say(_newsletter(life), "Message Withheld", campaign.start, about)
    bought = draw < chance
    code = "" if held else campaign.coupon
    for turn in range(rng.times(chance * targets.LOOKS_PER_ORDER) + bought):
        day = campaign.start - campaign.start % DAY + rng.between(1, LASTS) * DAY
        moment = life.world.calendar.hour_after(rng, day, "online")
        _plan(life, moment, bought and turn == 0, code, message if rng.hit(0.6) else "")
    tally = life.desk.tally.campaigns
    tally[campaign.id, arm] += 1
    tally[campaign.id, f"{arm}_bought"] += bought
    life.desk.note(
        "effects", campaign=campaign.id, person=person.name, arm=arm, kind=kind, chance_without=without,
        chance_with=with_message, effect=round(with_message - without, 4), buys_without=draw < without,
        buys_with=draw < with_message, bought=bought,
    )  # fmt: skip


def _kind(life: Life, campaign: Campaign, chance: int) -> str:
    """What kind she is towards this campaign: who likes what it is about is the more easily moved."""
    likes = campaign.group in life.person.tastes
    for kind, (_, _, fond, other) in KINDS.items():
        chance -= fond if likes else other
        if chance < 0:
            return kind
    raise ValueError("the kinds must add up to a hundred")


def _plan(life: Life, moment: int, buys: bool, code: str, message: str) -> None:
    life.plan(moment, lambda one, time: visits.visit(one, time, buys, (), code, message))


def _send(life: Life, campaign: Campaign) -> str:
    """The message on its way to her; returns its id."""
    rng, message = life.rng, life.name("message")
    about = {"message_id": message, "campaign_id": campaign.id, "channel": "email", "arm": "treated"}
    who = _newsletter(life)
    life.say(who, "Message Sent", campaign.start, about)
    if not rng.hit(0.98):
        life.say(who, "Message Bounced", campaign.start + MINUTE, about)
        return message
    life.say(who, "Message Delivered", campaign.start + MINUTE, about)
    if rng.hit(life.rates.opened):
        life.say(who, "Message Opened", campaign.start + HOUR + rng.below(30 * HOUR), about)
    return message


def _newsletter(life: Life) -> Voice:
    return voice("newsletter", email=life.person.emails[0])
