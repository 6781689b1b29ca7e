"""Messages: the list, and one of them as a form with what it says once; checked, kept, ended."""

from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.messaging import store
from regulars.messaging.check import ERROR, Finding, check
from regulars.messaging.file import BadMessage
from regulars.messaging.message import BLOCKS, CHANNELS, NAME, Block, Message
from regulars.messaging.store import Kept
from regulars.messaging.told import NAMES
from regulars.storage.database import Connection
from regulars.web.access import SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.flash import Flash, Undo
from regulars.web.letters import FRAMED
from regulars.web.message_form import Fields, form_of, message_from
from regulars.web.page_errors import PageError
from regulars.web.pages import message_preview
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

CHANNEL_WORDS = {"email": "E-mail", "onsite": "On the site", "webhook": "Webhook"}
BLOCK_WORDS = {
    "none": "Nothing", "again": "What she may need again", "alike": "What she may like", "product": "What it is about",
    "cart": "What is in the cart", "viewed": "What was looked at", "saved": "What was saved",
    "bought": "What was bought", "article": "The article it is about",
}  # fmt: skip
START = Message("", "", ("",), ("",), block=Block())
"""What a new message is."""


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file and of the preview."""

    @page("/messages", "messages", SEGMENTERS)
    async def show(request: Call) -> Answer:
        kept = await aside(site, lambda connection: store.all_messages(connection, True))
        found = [(each, _readable(each)) for each in kept]
        return site.render(request, "messages.html", messages=found, channels=CHANNEL_WORDS)

    @page("/messages/new", "message.new", SEGMENTERS)
    async def new(request: Call) -> Answer:
        return _form(site, request, form_of(START), [])

    @page("/messages/{name:str}", "message", SEGMENTERS)
    async def one(request: Call, name: FromPath[str]) -> Answer:
        kept, versions = await aside(site, lambda connection: _read(connection, name))
        try:
            message = kept.message()
        except BadMessage as error:
            raise PageError(409, "This message cannot be changed here", f"{error}.") from None
        return _form(site, request, form_of(message), check(message), kept, versions)

    return [show, new, one, *_changes(site), *message_preview.pages(site)]


def _changes(site: Site) -> list[HTTPRouteHandler]:
    @action("/messages/draft", "message.draft", SEGMENTERS)
    async def look(request: Call) -> Answer:
        said = await fields(request)
        kept, versions = await _around(site, said)
        return _form(site, request, said, _checked(said)[1], kept, versions, True)

    @action("/messages", "message.save", SEGMENTERS)
    async def save(request: Call) -> Answer:
        said = await fields(request)
        message, found = _checked(said)
        if message is not None and not any(each.level == ERROR for each in found):
            fault = await aside(site, lambda connection: _keep(connection, request, message, said))
            if not fault:
                words = f"{message.title} is kept. What is sent from now on says this."
                return site.see_other(request, f"/messages/{message.name}", Flash(words))
            found = [Finding(ERROR, "", fault.path, fault.message), *found]
        kept, versions = await _around(site, said)
        return _form(site, request, said, found, kept, versions, True, 422)

    @action("/messages/{name:str}/end", "message.end", SEGMENTERS)
    async def end(request: Call, name: FromPath[str]) -> Answer:
        kept = await aside(site, lambda connection: _end(connection, request, name, True))
        undo = Undo(f"/messages/{kept.name}/again")
        return site.see_other(request, "/messages", Flash(f"{kept.title} is ended.", undo=undo))

    @action("/messages/{name:str}/again", "message.again", SEGMENTERS)
    async def again(request: Call, name: FromPath[str]) -> Answer:
        kept = await aside(site, lambda connection: _end(connection, request, name, False))
        return site.see_other(request, f"/messages/{kept.name}", Flash(f"{kept.title} is there again."))

    return [look, save, end, again]


def _checked(said: Fields) -> tuple[Message | None, list[Finding]]:
    try:
        message = message_from(said)
    except BadMessage as error:
        return None, [Finding(ERROR, "", error.path, error.message)]
    return message, check(message)


def _keep(connection: Connection, request: Call, message: Message, said: Fields) -> BadMessage | None:
    """Keep it; what is wrong, or None. A new one must not take the place of one that is there."""
    try:
        if not said.get("name") and store.find(connection, message.name) is not None:
            return BadMessage("title", f"is that of a message already, called {message.name}")
        store.put_message(connection, request.user.actor, message)
    except BadMessage as error:
        return error
    return None


def _end(connection: Connection, request: Call, name: str, ended: bool) -> Kept:
    kept = found(connection, name)
    try:
        store.put_message(connection, request.user.actor, kept.message(), ended)
    except BadMessage as error:
        raise PageError(422, "That cannot be done", f"{error}.") from None
    return kept


def found(connection: Connection, name: str) -> Kept:
    """The present version of a message. Raises PageError."""
    kept = store.find(connection, name) if NAME.fullmatch(name) else None
    if kept is None:
        raise PageError(404, "There is no such message")
    return kept


def _read(connection: Connection, name: str) -> tuple[Kept, list[Kept]]:
    return found(connection, name), store.versions(connection, name, 20)


async def _around(site: Site, said: Fields) -> tuple[Kept | None, list[Kept]]:
    name = said.get("name", "")
    if not NAME.fullmatch(name):
        return None, []
    found = await aside(site, lambda connection: store.versions(connection, name, 20))
    return (found[0], found) if found else (None, [])


def _readable(kept: Kept) -> Message | None:
    try:
        return kept.message()
    except BadMessage:
        return None


def _form(
    site: Site, request: Call, form: Fields, findings: list[Finding], kept: Kept | None = None,
    versions: list[Kept] | None = None, checked: bool = False, status: int = 200,
) -> Answer:  # fmt: skip
    context: dict[str, Any] = {
        "form": {**dict.fromkeys(form_of(START), ""), **form}, "findings": findings, "kept": kept,
        "versions": versions or [], "checked": checked, "channels": CHANNEL_WORDS, "every_channel": CHANNELS,
        "blocks": [(each, BLOCK_WORDS[each]) for each in BLOCKS], "names": sorted(NAMES),
        "topics": [(each.topic, each.title) for each in site.composed.consent.kinds],
    }  # fmt: skip
    return site.render(request, "message.html", status, FRAMED, **context)
