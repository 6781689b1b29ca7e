"""A visit to the web shop or in the app: looking around, and what comes of it."""

from regulars.simulation.everyday import carts, gifts, targets
from regulars.simulation.everyday.calendar import SECOND
from regulars.simulation.everyday.call import Voice, page, product_page, voice
from regulars.simulation.everyday.goods import Product
from regulars.simulation.everyday.life import Life
from regulars.simulation.everyday.session import Visit

LONGEST = 150 * 60 * SECOND
_REFERRERS = ("", "", "https://www.google.com/", "https://www.google.com/", "https://www.instagram.com/")
_FIRST = 20 * SECOND  # what is looked at before the first product, at most


def visit(
    life: Life, time: int, buys: bool, wanted: tuple[Product, ...] = (), campaign: str = "", message: str = ""
) -> Visit:
    """A visit that ends in an order or not; `wanted` are products that she has in mind.

    `campaign` is the coupon of the campaign that moved her, `message` the id of the message that she clicked in.
    """
    rng = life.rng
    new = rng.hit(targets.NEW_IF_BOUGHT if buys else targets.NEW_IF_NOT)
    in_app = bool(life.person.device_id) and not message and rng.hit(life.rates.app_visits)
    here = Visit(life.name("session"), _voice(life, in_app, new), time, new, buys)
    if buys:
        here.gift = gifts.decide(life, time)
        wanted = here.gift.products if here.gift else wanted
    if message:
        clicked = voice("newsletter", "", here.who.anonymous_id, email=life.person.emails[0])
        told = {"message_id": message, "channel": "email", "coupon": campaign}
        life.say(clicked, "Message Clicked", time - SECOND, told, here.session)
    _enter(life, here, campaign)
    _look(life, here, wanted)
    carts.fill(life, here)
    if rng.hit(life.rates.wish):
        carts.wish(life, here)
    if buys:
        carts.check_out(life, here, campaign)
    _note(life, here, time)
    return here


def _voice(life: Life, in_app: bool, new: bool) -> Voice:
    """What she shows; a new visitor is one whom the browser or the app does not know any more."""
    person, rates = life.person, life.rates
    signed_in = person.user_id and life.rng.hit(rates.signed_in_new if new else rates.signed_in)
    user_id = person.user_id if signed_in else ""
    if in_app:
        anonymous = life.cookie(True) if new else life.app_cookie
        return voice("app", user_id, anonymous, device_id=person.device_id, agent=life.agent)
    return voice("web", user_id, life.cookie(new), agent=life.agent)


def _enter(life: Life, here: Visit, campaign: str) -> None:
    referrer = "" if campaign else life.rng.pick(_REFERRERS)
    kind, name = ("page", "Home") if here.source == "web" else ("screen", "Start")
    about = page("/", referrer, campaign) if here.source == "web" else b""
    life.desk.say(life.person, life.rng, here.who, kind, name, here.time, about=about, session=here.session)
    if here.who.user_id and life.rng.hit(0.3):
        here.time += 2 * SECOND
        life.identify(here.who, here.time, {"email": life.person.emails[0]}, here.session)
    here.time += SECOND + life.rng.below(_FIRST)


def _look(life: Life, here: Visit, wanted: tuple[Product, ...]) -> None:
    """Product pages, each looked at for a while; a third is about what she has seen before or has in mind."""
    rng, person, goods = life.rng, life.person, life.world.goods
    pages, dwell = rng.pick(targets.PAGES), rng.pick(targets.DWELL) * SECOND
    dwell = min(dwell, LONGEST // pages)
    web = here.source == "web"
    for turn in range(pages):
        if wanted and (turn == 0 or rng.hit(0.3)):
            product = rng.pick(wanted)
        elif here.looked and rng.hit(0.15):
            product = rng.pick(here.looked)
        elif life.seen and rng.hit(0.15):
            product = rng.pick(life.seen)
        else:
            product = goods.liked(rng, person.tastes)
        about = product_page(product.path) if web else b""
        life.desk.say(
            person, rng, here.who, "track", "Product Viewed", here.time, product.seen, b"", about, here.session
        )
        here.looked.append(product)
        here.time += dwell * (30 + rng.below(141)) // 100
    life.remember(rng.pick(here.looked))


def _note(life: Life, here: Visit, start: int) -> None:
    if start >= life.world.end:
        return
    kind = "new" if here.new else "returning"
    life.count(f"sessions_{kind}")
    life.count(f"sessions_{here.source}")
    if here.buys:
        life.count(f"sessions_{kind}_bought")
    life.desk.tally.pages[len(here.looked)] += 1
    life.desk.tally.seconds[(here.time - start) // SECOND] += 1
    life.desk.note(
        "sessions", session=here.session, person=life.person.name, source=here.source, start=start,
        end=here.time, new=here.new, bought=here.buys, product_pages=len(here.looked),
    )  # fmt: skip
