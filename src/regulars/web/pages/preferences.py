"""The customer's own page: by a signed link, without signing in, a cookie or JavaScript, she decides about herself."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.storage import audit
from regulars.web.access import Door, declared
from regulars.web.exports import export_html, export_json, exported
from regulars.web.forgetting import forgotten, keys_of
from regulars.web.limiter import Limiter
from regulars.web.packing import packed
from regulars.web.page_errors import PageError
from regulars.web.preference_form import BadForm
from regulars.web.preference_view import preference_view, top
from regulars.web.preferring import apply, proven, stop_messages
from regulars.web.routes import MAX_FORM, Answer, Call, fields
from regulars.web.security import HEADERS, HSTS, secure
from regulars.web.site import Asked, Site
from regulars.web.visiting import CALLS, SECONDS, Visit, link_of, visit_of

HERSELF = "herself"
"""The actor of the audit log."""
DONE = {
    "messages": "Saved. It holds from this moment.",
    "stopped": "You get no more advertising from us.",
    "when": "Saved. It holds from this moment.",
    "you": "Saved. Thank you: we go by what you say.",
    "gifts": "Noted.",
    "later": "Noted. It shows here in a moment.",
}
ONE_CLICK = ("List-Unsubscribe", "One-Click")
PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
"""Nobody else learns the address of such a page, neither another site nor a search engine."""
_Done = Annotated[str, QueryParameter(max_length=20)]
NOT_HERS = "That is none of your e-mail addresses, phone numbers or card numbers as we have them. Nothing was done."


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""
    limiter = Limiter(CALLS, SECONDS)

    @get("/me/{token:str}", name="preferences", **_open())
    async def show(request: Call, token: FromPath[str], done: _Done = "") -> Answer:
        return await _shown(site, request, token, limiter, done=DONE.get(done, ""))

    @post("/me/{token:str}", name="preferences.do", **_open(), status_code=303, request_max_body_size=MAX_FORM)
    async def change(request: Call, token: FromPath[str]) -> Answer:
        visit = await _visit(site, request, token, limiter)
        form = await fields(request)
        try:
            if visit.limited and form.get("do") != "stop":
                raise PageError(403, "This link only stops messages", "Open a newer message for everything else.")
            done, part = await apply(site, visit, form)
        except BadForm as error:
            return await _shown(site, request, token, limiter, fault=str(error), at=form.get("do", ""), typed=form)
        return _see_other(site, request, f"/me/{visit.token}?done={done}#{part}")

    return [show, change, *_unsubscribing(site, limiter), *_data(site, limiter)]


def _unsubscribing(site: Site, limiter: Limiter) -> list[HTTPRouteHandler]:
    @get("/me/{token:str}/unsubscribe", name="unsubscribe", **_open())
    async def ask(request: Call, token: FromPath[str]) -> Answer:
        visit = await _visit(site, request, token, limiter)
        return _page(site, request, "preferences_stop.html", done="", **top(site, visit))

    @post("/me/{token:str}/unsubscribe", name="unsubscribe.do", **_open(), request_max_body_size=MAX_FORM)
    async def unsubscribe(request: Call, token: FromPath[str]) -> Answer:
        visit = await _visit(site, request, token, limiter)
        one_click = (await fields(request)).get(ONE_CLICK[0]) == ONE_CLICK[1]
        await stop_messages(site, visit, "one-click unsubscribe" if one_click else "unsubscribe page")
        if one_click:
            return Response(
                b"Unsubscribed.\n", status_code=200, media_type="text/plain", headers=_headers(site, request)
            )
        return _see_other(site, request, f"/me/{visit.token}?done=stopped#messages")

    return [ask, unsubscribe]


def _data(site: Site, limiter: Limiter) -> list[HTTPRouteHandler]:
    @post("/me/{token:str}/data", name="preferences.data", **_open(), status_code=200, request_max_body_size=MAX_FORM)
    async def download(request: Call, token: FromPath[str]) -> Answer:
        visit, form = await _visit(site, request, token, limiter), await fields(request)
        if not await proven(site, visit, form.get("proof", "")):
            return await _shown(site, request, token, limiter, fault=NOT_HERS, at="data")
        async with site.reading() as connection:
            await audit.record(connection, HERSELF, "export", [visit.customer])
            data = await exported(connection, visit.customer, site.composed.export, datetime.now(UTC))
        is_json = form.get("as") == "json"
        body = await asyncio.to_thread(export_json if is_json else export_html, data)
        name = f"my-data.{'json' if is_json else 'html'}"
        headers = {**_headers(site, request), "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, media_type="application/json" if is_json else "text/html", headers=headers)

    @post("/me/{token:str}/delete", name="preferences.delete", **_open(), status_code=200,
          request_max_body_size=MAX_FORM)  # fmt: skip
    async def delete(request: Call, token: FromPath[str]) -> Answer:
        visit, form = await _visit(site, request, token, limiter), await fields(request)
        forget = site.composed.forget
        if forget is None:
            raise PageError(503, words="This server cannot delete now. Please try again later.")
        if not await proven(site, visit, form.get("proof", "")):
            return await _shown(site, request, token, limiter, fault=NOT_HERS, at="delete")
        async with site.writing() as connection:
            await audit.record(connection, HERSELF, "erase", [visit.customer])
            keys = await keys_of(connection, visit.customer)
        gone = await forgotten(forget, visit.customer, keys)
        return _page(site, request, "preferences_gone.html", gone=gone, shop=site.options.shop.name)

    return [download, delete]


async def _visit(site: Site, request: Asked, token: str, limiter: Limiter) -> Visit:
    link = await link_of(site, request, token, limiter)
    async with site.writing() as connection:
        return await visit_of(connection, site, token, link)


async def _shown(
    site: Site, request: Asked, token: str, limiter: Limiter, *, done: str = "", fault: str = "", at: str = "",
    typed: dict[str, str] | None = None,
) -> Answer:  # fmt: skip
    link = await link_of(site, request, token, limiter)
    async with site.reading() as connection:
        visit = await visit_of(connection, site, token, link)
        if visit.limited:
            return _page(site, request, "preferences_stop.html", done=done, **top(site, visit))
        await audit.record(connection, HERSELF, "own page", [visit.customer])
        context = await preference_view(connection, site, visit)
    status = 422 if fault else 200
    context |= {"done": done, "fault": fault, "at": at, "typed": typed or {}}
    return _page(site, request, "preferences.html", status, **context)


def _page(site: Site, request: Asked, template: str, status: int = 200, **context: Any) -> Answer:
    """A page without any cookie."""
    text = site.part(request, template, **context)
    body, coding = packed(text.encode("utf-8", "replace"), request.headers.get("accept-encoding", ""))
    return Response(body, status_code=status, media_type="text/html", headers={**_headers(site, request), **coding})


def _see_other(site: Site, request: Asked, path: str) -> Answer:
    return Response(b"", status_code=303, media_type="text/html", headers={**_headers(site, request), "Location": path})


def _headers(site: Site, request: Asked) -> dict[str, str]:
    return {**HEADERS, **(HSTS if secure(request, site.options.address) else {}), **PRIVATE}


def _open() -> dict[str, Any]:
    """The link itself is the key, so nobody is signed in and no form needs a token of a session."""
    return {"opt": declared(Door.PUBLIC), "include_in_schema": False, "media_type": "text/html"}
