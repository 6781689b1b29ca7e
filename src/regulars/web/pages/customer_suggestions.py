"""What to suggest to one customer; "it was a gift" and "do not suggest this", said and taken back."""

import time
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.identity.lookup import BadLookup, clean
from regulars.model.fields import ID_LENGTH
from regulars.profiles.order_reader import told_orders
from regulars.profiles.reader import customer_head
from regulars.recommendations.say import UNDO, CannotSay, say
from regulars.recommendations.words import GIFT, HIDDEN, NOT_GIFT, SHOWN
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection
from regulars.web.access import PEOPLE
from regulars.web.correcting import aside, until_taken_in
from regulars.web.customers import ADVISERS, Moved, meant, moved, opened, tabs
from regulars.web.flash import Flash, Undo
from regulars.web.overview import called
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, action, fields, is_partial, page
from regulars.web.site import Site
from regulars.web.suggesting import WORD_OF, suggested

DONE = {
    GIFT: "Said to be a gift: it counts for no suggestion.",
    NOT_GIFT: "No gift after all: it counts for suggestions again.",
    HIDDEN: "Hidden: it is not suggested any more.",
    SHOWN: "It may be suggested again.",
}
AUDITED = {GIFT: "gift", NOT_GIFT: "no gift", HIDDEN: "hide suggestion", SHOWN: "show suggestion"}
BUTTON = {word: button for button, word in WORD_OF.items()}
FLOOR = "floor"
BACK = ("", "orders", "suggestions", FLOOR)
"""The pages below a customer's that these forms stand on, and hers on the shop floor."""

_Store = Annotated[str, QueryParameter(max_length=ID_LENGTH)]


class _Said(NamedTuple):
    """What a form says: one of `words.NAMES`, about an order or a product of it, and the page it stands on."""

    word: str
    order: str
    product: str
    back: str
    at: str


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/suggestions", "customer.suggestions", PEOPLE)
    async def suggestions(request: Call, id: FromPath[str], store: _Store = "") -> Answer:
        partial, store = is_partial(request), _cleaned(store)
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "suggestions")
            except Moved as to:
                return moved(site, request, id, to)
            head = await customer_head(connection, current)
            if head is None:
                raise PageError(404)
            context = await suggested(connection, site, current, store)
        context |= {
            "id": current.hex(),
            "c": head,
            "called": called(head),
            "tabs": tabs(request),
            "tab": "/suggestions",
        }
        context |= {"may": request.user.role in ADVISERS, "back": "" if partial else "suggestions"}
        return site.render(
            request, "_customer_suggestions.html" if partial else "customer_suggestions.html", **WORDS, **context
        )

    return [suggestions, _say(site)]


def _say(site: Site) -> HTTPRouteHandler:
    @action("/customers/{id:str}/suggestions", "customer.suggest", ADVISERS)
    async def speak(request: Call, id: FromPath[str]) -> Answer:
        form = await fields(request)
        async with site.writing() as connection:
            current = await meant(connection, site, id)
            said = _read(form)
            if said.order:
                orders = await told_orders(connection, current)
                if said.order not in {each.order.order_id for each in orders}:
                    raise PageError(404, "There is no such order", "It belongs to nobody, or to somebody else now.")
        actor, now = request.user.actor, time.time_ns() // 1000
        try:
            place = await aside(site, lambda connection: _said(site, connection, current, said, actor, now))
        except CannotSay:
            words = "Nothing that this customer is known by can be named in an event."
            raise PageError(422, "That cannot be said", words) from None
        words = DONE[said.word]
        if not await until_taken_in(site, place):
            words = f"{words} It shows as soon as it is taken in."
        return site.see_other(request, _way_back(current, said), Flash(words, undo=_undo(current, said)))

    return speak


def _said(site: Site, connection: Connection, customer: bytes, said: _Said, actor: str, now: int) -> int:
    products = (said.product,) if said.product else ()
    with connection.transaction():
        finish(audit.record(awaited(connection), actor, AUDITED[said.word], [customer], said.product))
        return say(connection, customer, site.rules, said.word, actor, now, order=said.order, products=products)


def _read(form: dict[str, str]) -> _Said:
    """What a form says. Raises PageError where it says nothing, or something about nothing."""
    found = [name for name in WORD_OF if name in form]
    back = form.get("back", "")
    if len(found) != 1 or back not in BACK:
        raise PageError(400)
    word = WORD_OF[found[0]]
    product = _cleaned(form[found[0]])
    order = _cleaned(form.get("order", "")) if word in (GIFT, NOT_GIFT) else ""
    if not (product or order):
        raise PageError(400)
    return _Said(word, order, product, back, _cleaned(form.get("at", "")))


def _cleaned(text: str) -> str:
    try:
        return clean(text, ID_LENGTH) if text else ""
    except BadLookup as error:
        raise PageError(400, "", f"What was asked for {error}.") from None


def _way_back(customer: bytes, said: _Said) -> str:
    """The page on which the form stood; `at` is its number among the orders, or the store of the suggestions."""
    path = f"/customers/{customer.hex()}"
    if said.back == FLOOR:
        return f"/floor/{customer.hex()}"
    if not said.back:
        return path
    query = urlencode({"page" if said.back == "orders" else "store": said.at}) if said.at else ""
    return f"{path}/{said.back}?{query}" if query else f"{path}/{said.back}"


def _undo(customer: bytes, said: _Said) -> Undo:
    form = {BUTTON[UNDO[said.word]]: said.product, "order": said.order, "back": said.back, "at": said.at}
    return Undo(f"/customers/{customer.hex()}/suggestions", form)
