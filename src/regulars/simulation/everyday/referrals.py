"""Who brought whom: the word of the one, and the first order of the other."""

from regulars.simulation.everyday.calendar import DAY, HOUR
from regulars.simulation.everyday.call import voice
from regulars.simulation.everyday.coupons import FRIEND, WELCOME
from regulars.simulation.everyday.life import Life


def arrive(life: Life) -> None:
    """Greet a newcomer; where a friend brought her, tell it in the friend's name."""
    person = life.person
    if not person.joined:
        return
    life.count("newcomers")
    life.coupons.append((person.joined, FRIEND if person.referrer >= 0 else WELCOME))
    if person.referrer < 0:
        return
    friend = life.world.people.person(person.referrer)
    time = max(life.world.start, person.joined - HOUR - life.rng.below(5 * DAY))
    who = voice("shop", friend.user_id, email=friend.emails[0])
    told = {"referral_id": life.name("referral"), "coupon": FRIEND, "channel": "email"}
    if not life.desk.tell(friend, life.rng, who, "Friend Referred", time, told):
        return
    life.count("referrals")
    life.desk.note("referrals", referrer=friend.name, referred=person.name, time=time, joined=person.joined)
