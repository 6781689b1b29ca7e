"""What she does in the web shop and in the app: looking, signing in, ordering."""

from typing import Any

import msgspec

from regulars.simulation import goods
from regulars.simulation.desk import MINUTE, SECOND, Call, Ids
from regulars.simulation.life import Device, Life

_ORDERS = 0.15  # share of visits that end in an order
_SIGNED_IN = 0.7  # share of an account holder's other visits in which she is signed in
_PAID_BY_CARD = 0.5  # share of online orders whose payment shows the token that the tills see too


def visit(life: Life, time: int) -> None:
    """A visit to the web shop, from her browser, the family's tablet or a store's kiosk."""
    device = life.kiosk() if life.happens("kiosk") else life.own_browser()
    _browse(life, time, device, "web")


def use_app(life: Life, time: int) -> None:
    """A look into the app."""
    _browse(life, time, life.app(), "app")


def look(life: Life, time: int, device: Device, views: int, source: str = "web") -> int:
    """A page or screen and some products; returns when she is done, in milliseconds."""
    first = ("page", "Home") if source == "web" else ("screen", "Start")
    properties = {"url": "https://shop.lindenhof.store/", "path": "/"} if source == "web" else {}
    life.send(Call(source, *first, device.ids, time, properties, agent=device.agent))
    for _ in range(views):
        time += life.rng.randrange(5 * SECOND, 3 * MINUTE)
        seen = goods.product(life.rng)
        life.send(Call(source, "track", "Product Viewed", device.ids, time, seen, agent=device.agent))
    return time


def _browse(life: Life, time: int, device: Device, source: str) -> None:
    orders = life.chance(_ORDERS)
    borrows = orders and bool(life.others) and life.happens("partner_email")
    if _signs_in(life, orders, borrows):
        device = msgspec.structs.replace(device, ids=msgspec.structs.replace(device.ids, user_id=life.person.user_id))
        if life.chance(0.3):
            ids = msgspec.structs.replace(device.ids, email=life.person.emails[0])
            life.send(Call(source, "identify", "", ids, time, traits=life.account(), agent=device.agent))
            time += 2 * SECOND
    time = look(life, time, device, life.rng.choice((0, 1, 1, 2, 3, 5)), source)
    if orders or life.chance(0.15):
        time += life.rng.randrange(5 * SECOND, 2 * MINUTE)
        added = goods.product(life.rng)
        life.send(Call(source, "track", "Product Added", device.ids, time, added, agent=device.agent))
    if orders:
        _order(life, time + life.rng.randrange(MINUTE, 5 * MINUTE), device, source, borrows)


def _signs_in(life: Life, orders: bool, borrows: bool) -> bool:
    """Whether she is signed in; an order with the partner's e-mail is a guest's, for an account fills in its own."""
    if not life.person.user_id:
        return False
    if not orders:
        return life.chance(_SIGNED_IN)
    # Those who borrow an address are among the guests, so that guests keep their share of all orders.
    borrowing = life.rates.partner_email if life.others else 0.0
    others = max(0.0, life.rates.guest - borrowing) / (1 - borrowing) if borrowing < 1 else 0.0
    return not life.note("guest", borrows or life.chance(others))


def _order(life: Life, time: int, device: Device, source: str, borrows: bool) -> None:
    """One order, reported by the browser and, surer and with more in it, by the shop's server."""
    email, phone = _contact_email(life, borrows), life.spaced(_contact_phone(life))
    order_id = f"O{life.rng.randrange(10**9, 10**10)}"
    properties: dict[str, Any] = {"order_id": order_id, "channel": source, **goods.basket(life.rng)}
    signed_in = bool(device.ids.user_id)
    seen = device.ids if signed_in else msgspec.structs.replace(device.ids, email=email)
    life.send(Call(source, "track", "Order Completed", seen, time, properties, agent=device.agent))
    booked = Ids(
        user_id=device.ids.user_id,
        anonymous_id=device.ids.anonymous_id,
        email=email,
        phone=phone,
        payment_token=life.person.payment_token if life.chance(_PAID_BY_CARD) else "",
    )
    life.call("shop", "Order Completed", booked, time + life.rng.randrange(SECOND, 4 * SECOND), properties)


def _contact_email(life: Life, borrows: bool) -> str:
    email = life.rng.choice(life.others).emails[0] if borrows else life.email()
    if life.happens("email_typo"):
        email = _mistyped(life, email)
    return life.typed(email)


def _mistyped(life: Life, email: str) -> str:
    """One letter of the local part left out; its digits stay, so it never becomes another person's address."""
    letters = [place for place, letter in enumerate(email.partition("@")[0]) if letter.isalpha()]
    place = life.rng.choice(letters)
    return email[:place] + email[place + 1 :]


def _contact_phone(life: Life) -> str:
    if not life.happens("recipient_phone"):
        return life.phone()
    if life.others and life.chance(0.5):
        return life.rng.choice(life.others).mobile
    recipient = life.town.stranger(life.rng, life.household.number)
    return recipient.mobile if recipient else life.phone()
