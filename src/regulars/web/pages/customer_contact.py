"""Whether and how one customer may be contacted, and "Never contact"."""

import time
from typing import Any, NamedTuple

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.consent import suppress
from regulars.consent.change import ids_of
from regulars.consent.standing import NEVER, ONSITE, Address, Standing, standings_async
from regulars.decisioning import outbox
from regulars.model.kinds import ConsentSettings
from regulars.profiles.consents import latest_words
from regulars.profiles.reader import customer_head
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection
from regulars.web.access import PEOPLE
from regulars.web.correcting import aside
from regulars.web.customers import ADVISERS, Moved, meant, moved, opened, tabs
from regulars.web.flash import Flash, Undo
from regulars.web.overview import called
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.preference_view import CHANNELS
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

LONGEST_WHY = 200
NEVER_WORDS, AGAIN_WORDS, LIFT_WORDS = "never contact", "contact again", "write again"


class Way(NamedTuple):
    """A channel: its words, which kinds of message may go by it (by their place), and why the others may not."""

    words: str
    may: tuple[bool, ...]
    why: tuple[str, ...]


class Stopped(NamedTuple):
    """An address that nothing goes to any more: why, since when (microseconds), and its keyed name in hexadecimal."""

    address: Address
    reason: str
    at: int
    key: str


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/contact", "customer.contact", PEOPLE)
    async def show(request: Call, id: FromPath[str]) -> Answer:
        now = time.time_ns() // 1000
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "contact")
            except Moved as to:
                return moved(site, request, id, to)
            head = await customer_head(connection, current)
            if head is None:
                raise PageError(404)
            standing = (await standings_async(connection, [current], site.rules, site.options.timezone))[current]
        context: dict[str, Any] = {
            "c": head,
            "id": head.id,
            "called": called(head),
            "tabs": tabs(request),
            "tab": "/contact",
        }
        context |= _context(standing, site.composed.consent, now)
        context["speaks"] = request.user.role in ADVISERS and bool(standing.addresses)
        return site.render(request, "customer_contact.html", **WORDS, **context)

    return [show, _change(site)]


def _change(site: Site) -> HTTPRouteHandler:
    @action("/customers/{id:str}/contact", "customer.contact.do", ADVISERS)
    async def change(request: Call, id: FromPath[str]) -> Answer:
        form = await fields(request)
        doing, why = form.get("do", ""), form.get("why", "")
        if doing == "lift":
            return await _lifted(site, request, id, form.get("key", ""))
        if doing not in ("never", "again") or len(why) > LONGEST_WHY or not (why == "" or why.isprintable()):
            raise PageError(400)
        async with site.writing() as connection:
            current = await meant(connection, site, id)
        actor, now = request.user.actor, time.time_ns() // 1000
        count = await aside(site, lambda connection: _said(connection, current, doing, actor, why, now))
        if not count:
            raise PageError(422, "That cannot be said", "There is nothing that this customer is known by.")
        path = f"/customers/{current.hex()}/contact"
        if doing == "again":
            return site.see_other(request, path, Flash("What was agreed to counts again.", undo=_undo(path, "never")))
        words = "Nobody contacts this customer any more."
        return site.see_other(request, path, Flash(words, undo=_undo(path, "again")))

    return change


async def _lifted(site: Site, request: Call, id: str, key: str) -> Answer:
    """Write to an address again that messages had not reached."""
    async with site.writing() as connection:
        current = await meant(connection, site, id)
        standing = (await standings_async(connection, [current], site.rules, site.options.timezone))[current]
    found = [each for each in _stopped(standing) if each.key == key]
    if not found:
        raise PageError(422, "That cannot be said", "This address is not stopped, or not this customer's any more.")

    def lift(connection: Connection) -> None:
        with connection.transaction():
            finish(audit.record(awaited(connection), request.user.actor, LIFT_WORDS, [current]))
            for each in found:
                suppress.lift(connection, site.secret, each.address.identifier, each.reason)

    await aside(site, lift)
    words = "This address is written to again, as far as it was agreed to."
    return site.see_other(request, f"/customers/{current.hex()}/contact", Flash(words))


def _stopped(standing: Standing) -> list[Stopped]:
    addresses = {each.key: each for each in standing.addresses}
    return [
        Stopped(addresses[each.key], each.reason, each.at, each.key.hex())
        for each in standing.suppressions
        if each.reason != NEVER and each.key in addresses
    ]


def _said(connection: Connection, customer: bytes, doing: str, actor: str, why: str, now: int) -> int:
    with connection.transaction():
        words = NEVER_WORDS if doing == "never" else AGAIN_WORDS
        finish(audit.record(awaited(connection), actor, words, [customer]))
        if doing == "again":
            return suppress.contact_again(connection, customer)
        outbox.stop(connection, ids_of(connection, customer), "Never to be contacted.", now)
        return suppress.never_contact(connection, customer, now, actor, why)


def _undo(path: str, doing: str) -> Undo:
    return Undo(path, {"do": doing})


def _context(standing: Standing, settings: ConsentSettings, now: int) -> dict[str, Any]:
    return {
        "ways": _ways(standing, settings, now),
        "kinds": settings.kinds,
        "prefer": standing.preferences,
        "paused": standing.preferences.paused_until > now,
        "zone": standing.zone,
        "held": standing.held,
        "personal": standing.personal,
        "never": [each for each in standing.suppressions if each.reason == NEVER],
        "stopped": _stopped(standing),
        "channels": CHANNELS,
        "words": sorted(latest_words(standing.words), key=lambda word: word.rank, reverse=True),
    }


def _ways(standing: Standing, settings: ConsentSettings, now: int) -> list[Way]:
    found = []
    for channel in (*settings.channels, ONSITE):
        permits = [standing.permit(channel, kind.purpose, kind.topic, now) for kind in settings.kinds]
        why = tuple(dict.fromkeys(each.why for each in permits if each.why))
        found.append(Way(CHANNELS.get(channel, channel), tuple(each.allowed for each in permits), why))
    return found
