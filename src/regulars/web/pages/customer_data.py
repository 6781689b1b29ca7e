"""What is held about one customer: given as a file, or deleted for good."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.profiles.reader import customer_head
from regulars.storage import audit
from regulars.web.customers import CARERS, Moved, meant, moved, opened, tabs
from regulars.web.exports import export_html, export_json, exported
from regulars.web.flash import Flash
from regulars.web.forgetting import forgotten, keys_of
from regulars.web.overview import called
from regulars.web.page_errors import PageError
from regulars.web.pages.customer import WORDS
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.security import HEADERS
from regulars.web.site import Site

PROOF = 8
"""How many digits of the id are to be typed before a deletion begins."""


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/customers/{id:str}/data", "customer.data", CARERS)
    async def show(request: Call, id: FromPath[str]) -> Answer:
        return await _show(site, request, id)

    @page(["/customers/{id:str}/export.json", "/customers/{id:str}/export.html"], "customer.export", CARERS)
    async def export(request: Call, id: FromPath[str]) -> Answer:
        async with site.reading() as connection:
            try:
                current = await opened(connection, site, request, id, "export")
            except Moved as to:
                return moved(site, request, id, to)
            data = await exported(connection, current, site.composed.export, datetime.now(UTC))
        is_json = request.url.path.endswith(".json")
        body = await asyncio.to_thread(export_json if is_json else export_html, data)
        name = f"customer-{current.hex()[:PROOF]}.{'json' if is_json else 'html'}"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, media_type="application/json" if is_json else "text/html", headers=headers)

    return [show, export, _erase(site)]


def _erase(site: Site) -> HTTPRouteHandler:
    @action("/customers/{id:str}/erase", "customer.erase", CARERS)
    async def erase(request: Call, id: FromPath[str]) -> Answer:
        typed = (await fields(request)).get("proof", "").lower()
        forget = site.composed.forget
        async with site.writing() as connection:
            current = await meant(connection, site, id)
            keys = await keys_of(connection, current)
            if forget is None:
                raise PageError(503, words="This server cannot delete; use `regulars customers erase`.")
            is_meant = typed == current.hex()[:PROOF]
            if not keys:
                words = "This is what several people share, and nobody's. Delete those who share it."
                raise PageError(422, "There is nobody to delete", words)
            if is_meant:
                await audit.record(connection, request.user.actor, "erase", [current])
        if not is_meant:
            fault = f"Nothing was deleted: type the first {PROOF} letters and digits of the id."
            return await _show(site, request, current.hex(), fault)
        if await forgotten(forget, current, keys):
            flash = Flash("Deleted for good: events, profile and identifiers.")
        else:
            flash = Flash("The deletion was asked for, and is carried out as soon as what came before is.", "info")
        return site.see_other(request, "/", flash)

    return erase


async def _show(site: Site, request: Call, id: str, fault: str = "") -> Answer:
    async with site.reading() as connection:
        try:
            current = await opened(connection, site, request, id, "data")
        except Moved as to:
            return moved(site, request, id, to)
        customer = await customer_head(connection, current)
        if customer is None:
            raise PageError(404)
        keys = await keys_of(connection, current)
    context: dict[str, Any] = {
        "c": customer, "id": customer.id, "called": called(customer), "tabs": tabs(request), "tab": "/data",
        "identifiers": len(keys), "proof": customer.id[:PROOF], "length": PROOF, "fault": fault,
    }  # fmt: skip
    return site.render(request, "customer_data.html", 422 if fault else 200, **WORDS, **context)
