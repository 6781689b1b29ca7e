"""What she does away from the shop's pages: joining, buying in a store, clicking a newsletter, asking for help."""

import msgspec

from regulars.simulation import goods
from regulars.simulation.desk import SECOND, Ids
from regulars.simulation.life import Life
from regulars.simulation.online import look
from regulars.simulation.town import token


def open_account(life: Life, time: int) -> None:
    """The account system reports her account."""
    person = life.person
    ids = Ids(user_id=person.user_id, email=person.emails[0], phone=life.spaced(life.phone()))
    life.identify("shop", ids, time)


def join(life: Life, time: int) -> None:
    """She gets a loyalty card and leaves an address, a number, or both; some give their account too."""
    person = life.person
    email = life.typed(life.email()) if life.chance(0.85) else ""
    phone = life.spaced(life.phone()) if not email or life.chance(0.7) else ""
    user_id = person.user_id if life.chance(0.5) else ""
    ids = Ids(user_id=user_id, email=email, phone=phone, loyalty_id=person.loyalty_id)
    life.call("till", "Loyalty Joined", ids, time, {"store_id": _store(life), "programme": "regulars"})


def buy_in_store(life: Life, time: int) -> None:
    """A receipt of a till: with a card, with a payment token, with both or nameless."""
    person, rng = life.person, life.rng
    card = person.loyalty_id if life.chance(0.85) else ""
    lenders = [other.loyalty_id for other in life.others if other.loyalty_id]
    if lenders and life.happens("spouse_card"):
        card = rng.choice(lenders)
    paid = ""
    if life.chance(0.7):
        shared = life.household.payment_token
        paid = shared if shared and life.chance(0.5) else person.payment_token
    if life.happens("gift_card"):
        paid = _gift_card(life)
    till = 1 + rng.randrange(6)
    properties = {
        "channel": "store",
        "store_id": _store(life),
        "till_id": f"T{till}",
        "associate_id": f"E{rng.randrange(100, 140)}",
        "receipt_id": f"{till}-{rng.randrange(10**8, 10**9)}",
        **goods.basket(rng),
    }
    life.call("till", "Order Completed", Ids(loyalty_id=card, payment_token=paid), time, properties)


def click(life: Life, time: int) -> None:
    """A click in a newsletter, whose redirect knows both the address and the browser, and the page behind it."""
    email = life.email()
    if life.happens("forwarded"):
        email = _sender(life)
    device = life.own_browser()
    clicked = msgspec.structs.replace(device.ids, email=email)
    campaign = f"N{life.rng.randrange(1, 53)}"
    life.call("newsletter", "Message Clicked", clicked, time, {"message_id": campaign, "channel": "email"})
    if life.person.user_id and life.chance(0.4):
        ids = msgspec.structs.replace(device.ids, user_id=life.person.user_id)
        device = msgspec.structs.replace(device, ids=ids)
    look(life, time + life.rng.randrange(SECOND, 5 * SECOND), device, life.rng.choice((0, 1, 2)))


def ask(life: Life, time: int) -> None:
    """A case opened with the care team, by e-mail or by telephone."""
    user_id = life.person.user_id if life.chance(0.3) else ""
    by_mail = life.chance(0.5)
    email = life.typed(life.email()) if by_mail else ""
    ids = Ids(user_id=user_id, email=email, phone="" if by_mail else life.spaced(life.phone()))
    properties = {"case_id": f"C{life.rng.randrange(10**7, 10**8)}", "channel": "email" if by_mail else "phone"}
    life.call("care", "Case Opened", ids, time, properties)


def _store(life: Life) -> str:
    return f"S{life.person.store + 1:03d}"


def _sender(life: Life) -> str:
    """The address of whoever forwarded the mail: one of the household or anybody."""
    if life.others and life.chance(0.5):
        return life.rng.choice(life.others).emails[0]
    stranger = life.town.stranger(life.rng, life.household.number)
    return stranger.emails[0] if stranger else life.email()


def _gift_card(life: Life) -> str:
    """A gift card of her store; there are so few that each comes into several hands."""
    number = life.person.store * 1_000_000 + life.rng.randrange(life.town.gift_cards)
    return token(life.town.rng("gift card", number))
