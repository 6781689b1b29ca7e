"""The test mailbox: what would have been delivered, to be read as its reader would see it."""

import email
import email.policy
import re
from email.message import EmailMessage
from typing import Annotated

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.messaging.delivery import mailbox
from regulars.messaging.delivery.mailbox import Mail
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection
from regulars.web.access import SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.flash import Flash
from regulars.web.letters import FRAMED, letter, piece
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, page
from regulars.web.site import Site

MOST = 50
SHOWN = 20_000
"""Characters of a message's text and source that a page shows."""
_DOT = re.compile(r'<img src="[^"]*/t/o/[^"]*"[^>]*>')
"""To look here is not to open the message."""
_Before = Annotated[int, QueryParameter(ge=0, le=2**62)]
_Text = Annotated[str, QueryParameter(max_length=200)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/mailbox", "mailbox", SEGMENTERS)
    async def show(request: Call, before: _Before = 0, q: _Text = "") -> Answer:
        def read(connection: Connection) -> list[Mail]:
            found = mailbox.mails(connection, MOST + 1, before, q.replace("\0", "").strip())
            looked = sorted({each.customer for each in found[:MOST]})
            finish(audit.record(awaited(connection), request.user.actor, "look at test mailbox", looked))
            return found

        found = await aside(site, read)
        older = found[MOST - 1].id if len(found) > MOST else 0
        real = {"email": bool(site.composed.mail.smtp), "webhook": bool(site.composed.webhooks.url)}
        return site.render(request, "mailbox.html", mails=found[:MOST], older=older, q=q, real=real, first=not before)

    @page("/mailbox/{id:int}", "mailbox.mail", SEGMENTERS)
    async def one(request: Call, id: FromPath[int]) -> Answer:
        mail = await _found(site, request, id)
        parts = _parts(mail)
        return site.render(
            request, "mailbox_mail.html", 200, FRAMED, mail=mail, text=parts[0][:SHOWN], has_html=bool(parts[1]),
            source=mail.body[:SHOWN].decode("utf-8", "replace"), fields=parts[2],
        )  # fmt: skip

    @page("/mailbox/{id:int}/letter", "mailbox.letter", SEGMENTERS)
    async def content(request: Call, id: FromPath[int]) -> Answer:
        html = _parts(await _found(site, request, id))[1]
        return letter(_DOT.sub("", html)) if html else piece("<p>It has no HTML.</p>", "Message")

    @action("/mailbox/empty", "mailbox.empty", SEGMENTERS)
    async def empty(request: Call) -> Answer:
        count = await aside(site, mailbox.empty)
        async with site.writing() as connection:
            await site.audit(connection, request.user, "empty test mailbox", str(count))
        return site.see_other(request, "/mailbox", Flash("The test mailbox is empty."))

    return [show, one, content, empty]


async def _found(site: Site, request: Call, id: int) -> Mail:
    def read(connection: Connection) -> Mail | None:
        mail = mailbox.find(connection, id) if id < 2**62 else None
        if mail is not None:
            done = audit.record(awaited(connection), request.user.actor, "look at test message", [mail.customer])
            finish(done)
        return mail

    mail = await aside(site, read)
    if mail is None:
        raise PageError(404, "There is no such message", "The oldest make room for new ones.")
    return mail


def _parts(mail: Mail) -> tuple[str, str, list[tuple[str, str]]]:
    """The text, the HTML and the headers of an e-mail; of anything else its body as text."""
    if mail.channel != "email":
        return mail.body.decode("utf-8", "replace"), "", []
    message = email.message_from_bytes(mail.body, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    headers = [(name, " ".join(str(value).split())) for name, value in message.items()]
    return (
        "" if text is None else str(text.get_content()),
        "" if html is None else str(html.get_content()),
        headers,
    )
