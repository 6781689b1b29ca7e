"""Complaints: why, how they are settled, and what follows from it."""

from regulars.simulation.everyday import joining
from regulars.simulation.everyday.calendar import DAY, HOUR
from regulars.simulation.everyday.call import voice
from regulars.simulation.everyday.coupons import SORRY
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.order import Order

GLAD, BITTER = 1.2, 0.4
"""How much more or less gladly she comes once a complaint was settled well or badly."""


def consider(life: Life, order: Order, arrived: int, late: bool) -> None:
    """Perhaps she complains about an order."""
    rng, rates = life.rng, life.rates
    if not rng.hit(rates.complaint_delayed if late else rates.complaint):
        return
    cause = "late" if late else rng.pick(("damaged", "wrong_item", "quality", "rude"))
    opened = life.world.calendar.hour_after(rng, arrived - (2 * DAY if late else 0) + rng.below(DAY), "online")
    case = {"case_id": "C" + life.number("case"), "order_id": order.id, "topic": cause}
    case["channel"] = rng.pick(("email", "email", "phone"))
    person = life.person
    by_phone = case["channel"] == "phone"
    email = "" if by_phone else person.emails[0]
    who = voice("care", person.user_id if rng.hit(0.5) else "", email=email, phone=person.mobile if by_phone else "")
    if not life.say(who, "Case Opened", opened, case):
        return
    well = rng.hit(rates.settled_well)
    settled = opened + (2 * HOUR + rng.below(20 * HOUR) if well else 4 * DAY + rng.below(9 * DAY))
    life.say(who, "Case Replied", (opened + settled) // 2, case)
    resolution = ("replacement", "refund", "voucher") if well else ("no_remedy", "no_answer")
    life.say(
        who, "Case Resolved", settled, {**case, "resolution": rng.pick(resolution), "coupon": SORRY if well else ""}
    )
    _follow(life, settled, well, case["case_id"])
    life.count("complaints")
    life.count("complaints_settled_well", well)
    life.desk.note(
        "complaints", case_id=case["case_id"], order_id=order.id, person=person.name, cause=cause, opened=opened,
        settled=settled, well=well, comes=GLAD if well else BITTER,
    )  # fmt: skip


def _follow(life: Life, settled: int, well: bool, case: str) -> None:
    """She comes more or less often from then on, says how it was, and may take her consent back or tell the world."""
    rng = life.rng
    life.feels(settled, GLAD if well else BITTER)
    if well:
        life.coupons.append((settled, SORRY))
    if rng.hit(0.4):
        score = 8 + rng.below(3) if well else rng.below(5)
        answer = {"survey": "after_case", "case_id": case, "score": score, "scale": 10}
        life.say(life.account(), "Survey Answered", settled + DAY + rng.below(DAY), answer)
    if not well and rng.hit(0.3):
        joining.withdraw(life, settled + HOUR + rng.below(DAY))
    if not well and rng.hit(0.15):
        said = {"network": "social", "sentiment": "negative", "channel": "social"}
        life.say(voice("care", email=life.person.emails[0]), "Mention Seen", settled + 2 * DAY, said)
