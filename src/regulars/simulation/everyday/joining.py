"""How she becomes known: an account, a card, a word of consent."""

from regulars.simulation.everyday.calendar import DAY, MINUTE
from regulars.simulation.everyday.call import voice
from regulars.simulation.everyday.life import Life

WORDING = "Yes, I would like to hear of news and offers by e-mail. I can take this back at any time."


def join(life: Life) -> None:
    """What the shop learns of her at the beginning; those who were there before are handed over on the first day."""
    rng, person = life.rng, life.person
    time = person.joined or life.world.start + rng.below(DAY // 4)
    if person.user_id:
        open_account(life, time)
    if person.loyalty_id:
        take_card(life, time + rng.below(30 * MINUTE))
    if person.consents and (person.user_id or person.loyalty_id):
        consent(life, time + 30 * MINUTE + rng.below(30 * MINUTE))


def open_account(life: Life, time: int) -> None:
    """The shop's server reports her account, with the card where she has entered it."""
    person = life.person
    card = person.loyalty_id if person.linked else ""
    who = voice("shop", person.user_id, email=person.emails[0], phone=person.mobile, loyalty_id=card)
    traits = {"email": person.emails[0], "phone": person.mobile, "address": life.household.address}
    life.identify(who, time, traits)
    life.count("accounts")


def take_card(life: Life, time: int) -> None:
    """The till reports her card; most leave an address with it."""
    person = life.person
    email = person.emails[0] if life.rng.hit(0.85) else ""
    phone = person.mobile if not email or life.rng.hit(0.5) else ""
    who = voice("till", loyalty_id=person.loyalty_id, email=email, phone=phone, first=person.first, last=person.last)
    store = life.world.stores[person.store]
    life.say(who, "Loyalty Joined", time, {"channel": "store", "store_id": store, "programme": "regulars"})
    life.count("cards")


def consent(life: Life, time: int) -> None:
    """She agrees to mail."""
    words = {"purpose": "marketing", "channel": "email", "address": life.person.emails[0], "basis": "consent"}
    words |= {"wording": WORDING, "proof": "form"}
    life.say(life.account(), "Consent Given", time, words)
    life.count("consents_given")


def withdraw(life: Life, time: int) -> None:
    """She takes her consent back."""
    if time >= life.mail_until:
        return
    life.mail_until = time
    words = {"purpose": "marketing", "channel": "email", "address": life.person.emails[0]}
    if life.say(life.account(), "Consent Withdrawn", time, words):
        life.count("consents_withdrawn")
