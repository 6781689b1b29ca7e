"""A campaign as a form: whom, what, one message or two to compare, how many are held back."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.decisioning.campaigns import store
from regulars.decisioning.campaigns.campaign import BadCampaign, Campaign, Variant, name_of
from regulars.decisioning.journeys.journey import HOUR
from regulars.model.contact import DELIVERED
from regulars.segments import store as segments
from regulars.storage.database import Connection
from regulars.web.access import SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.flash import Flash
from regulars.web.journeying import found_campaign, message_names
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

EMPTY = {
    "title": "", "segment": "", "message": "", "other": "", "share": "50", "purpose": "marketing", "topic": "offers",
    "channel": "email", "patience": "48", "holdout": "10",
}  # fmt: skip


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/campaigns/new", "campaign.new", SEGMENTERS)
    async def new(request: Call) -> Answer:
        segment = request.query_params.get("segment", "")
        return await _form(site, request, {**EMPTY, "segment": segment})

    @page("/campaigns/{name:str}/change", "campaign.change_form", SEGMENTERS)
    async def change(request: Call, name: FromPath[str]) -> Answer:
        campaign = await aside(site, lambda connection: found_campaign(connection, name))
        return await _form(site, request, _said(campaign), name)

    @action("/campaigns", "campaign.save", SEGMENTERS)
    async def save(request: Call) -> Answer:
        said = {**EMPTY, **await fields(request)}
        try:
            made = _campaign(said)
            kept = await aside(
                site, lambda connection: store.put(connection, request.user.actor, made, new=not said.get("name"))
            )
        except BadCampaign as error:
            return await _form(site, request, said, said.get("name", ""), f"The {error}.")
        flash = Flash(f"{kept.title} is kept as a draft. Look whom it reaches before it begins.")
        return site.see_other(request, f"/campaigns/{kept.name}", flash)

    return [new, change, save]


def moment_of(site: Site, request: Call, text: str) -> int:
    """When a campaign is to begin by the user's clock, in microseconds since 1970 UTC; 0 for now. Raises PageError."""
    if not text:
        return 0
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise PageError(422, "This is no time", "Write it such as 2026-05-03T09:00.") from None
    zone = ZoneInfo(request.user.timezone or site.options.timezone)
    return int(local.replace(tzinfo=local.tzinfo or zone).timestamp() * 1_000_000)


async def _form(site: Site, request: Call, said: dict[str, str], name: str = "", fault: str = "") -> Answer:
    def read(connection: Connection) -> dict[str, Any]:
        counts = segments.counts(connection)
        found = [(each, counts.get(each.name, 0)) for each in segments.all_segments(connection)]
        return {"segments": found, "messages": message_names(connection)}

    return site.render(
        request, "campaign_form.html", 422 if fault else 200, said=said, name=name, fault=fault, delivered=DELIVERED,
        **await aside(site, read),
    )  # fmt: skip


def _campaign(said: dict[str, str]) -> Campaign:
    share = _number(said, "share", 1, 99) if said["other"] else 100
    variants = [Variant(said["message"], share)]
    if said["other"]:
        variants.append(Variant(said["other"], 100 - share))
    return Campaign(
        name=said.get("name") or name_of(said["title"]), title=said["title"], segment=said["segment"],
        variants=tuple(variants), purpose=said["purpose"], topic=said["topic"], channels=(said["channel"],),
        patience=_number(said, "patience", 0, 720) * HOUR, holdout=_number(said, "holdout", 0, 50),
    )  # fmt: skip


def _said(campaign: Campaign) -> dict[str, str]:
    other = campaign.variants[1].message if len(campaign.variants) > 1 else ""
    return {
        "title": campaign.title, "segment": campaign.segment, "message": campaign.variants[0].message, "other": other,
        "share": str(campaign.variants[0].share if other else 50), "purpose": campaign.purpose, "topic": campaign.topic,
        "channel": campaign.channels[0], "patience": str(campaign.patience // HOUR), "holdout": str(campaign.holdout),
    }  # fmt: skip


def _number(said: dict[str, str], name: str, least: int, most: int) -> int:
    text = said[name]
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or not least <= int(text) <= most:
        raise BadCampaign(name, f"must be a number from {least} to {most}")
    return int(text)
