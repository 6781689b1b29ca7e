"""Same person, two people: shown before it is said, said for good, and taken back."""

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.identity.lookup import BadLookup
from regulars.profiles import corrections
from regulars.profiles.preview import Preview
from regulars.storage.database import Connection
from regulars.web.correcting import aside, correcting, ends, other, plain, until_taken_in
from regulars.web.customers import CARERS, Moved, meant, moved, opened
from regulars.web.flash import Flash, Undo
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

TITLES = {"merge": "Is this the same person?", "split": "Are these two people?", "undo": "Take back what was said"}
DONE = {
    "merge": "Said to be the same person.",
    "split": "Said to be two people.",
    "undo": "Taken back: what is known decides again.",
}

_Say = Annotated[str, QueryParameter(max_length=10)]
_Reference = Annotated[str, QueryParameter(max_length=40)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/correct", "customer.preview", CARERS)
    async def preview(request: Call, id: FromPath[str], say: _Say, a: _Reference, b: _Reference) -> Answer:
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, f"preview {_action(say)}")
            except Moved as to:
                return moved(site, request, id, to)
        try:
            seen = await aside(site, lambda connection: _tried(site, connection, say, a, b, request.user.actor))
        except BadLookup as error:
            raise PageError(422, "That cannot be said", plain(error)) from None
        context: dict[str, Any] = {"id": current.hex(), "say": say, "a": a, "b": b, "title": TITLES[say], "seen": seen}
        return site.render(request, "customer_correct.html", **WORDS, **context)

    return [preview, _other(site), _say(site)]


def _other(site: Site) -> HTTPRouteHandler:
    @action("/customers/{id:str}/other", "customer.other", CARERS)
    async def find(request: Call, id: FromPath[str]) -> Answer:
        text = (await fields(request)).get("who", "")[:600]
        async with site.writing() as connection:
            current = await meant(connection, site, id)
        try:
            found = await aside(site, lambda connection: other(connection, correcting(site), text))
        except BadLookup as error:
            flash = Flash(f"Nobody was found. {plain(error)}", "warning")
            return site.see_other(request, f"/customers/{current.hex()}/why", flash)
        query = urlencode({"say": "merge", "a": f"c-{current.hex()}", "b": found})
        return site.see_other(request, f"/customers/{current.hex()}/correct?{query}")

    return find


def _say(site: Site) -> HTTPRouteHandler:
    @action("/customers/{id:str}/correct", "customer.correct", CARERS)
    async def correct(request: Call, id: FromPath[str]) -> Answer:
        form = await fields(request)
        say, a, b = _action(form.get("say", "")), form.get("a", ""), form.get("b", "")
        async with site.writing() as connection:
            current = await meant(connection, site, id)
        try:
            place = await aside(site, lambda connection: _said(site, connection, say, a, b, request.user.actor))
        except BadLookup as error:
            raise PageError(422, "That cannot be said", plain(error)) from None
        undo = None if say == "undo" else Undo(f"/customers/{current.hex()}/correct", {"say": "undo", "a": a, "b": b})
        words = DONE[say] if await until_taken_in(site, place) else f"{DONE[say]} It shows as soon as it is taken in."
        return site.see_other(request, f"/customers/{current.hex()}/why", Flash(words, undo=undo))

    return correct


def _action(say: str) -> str:
    if say not in corrections.SAYS:
        raise PageError(400)
    return say


def _tried(site: Site, connection: Connection, say: str, a: str, b: str, who: str) -> Preview:
    by = correcting(site)
    two = ends(connection, by, a, b)
    words = corrections.words_of(connection, by, say, two, who)
    corrections.note(connection, who, f"preview {say}", two)
    return corrections.tried(connection, by, say, words, two)


def _said(site: Site, connection: Connection, say: str, a: str, b: str, who: str) -> int:
    by = correcting(site)
    two = ends(connection, by, a, b)
    words = corrections.words_of(connection, by, say, two, who)
    corrections.tried(connection, by, say, words, two)
    return corrections.say(connection, say, words, two)
