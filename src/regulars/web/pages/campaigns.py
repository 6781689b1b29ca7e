"""Campaigns: the list, one of them with what came of it, and what a marketer may do with it."""

from collections import Counter
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.decisioning import outbox
from regulars.decisioning.campaigns import store
from regulars.decisioning.campaigns.campaign import DRAFT, LETTERS, BadCampaign, Campaign
from regulars.decisioning.campaigns.words import reason_words, state_words
from regulars.decisioning.words import CHANNELS
from regulars.measurement.result import CAMPAIGN
from regulars.measurement.store import read_one
from regulars.segments import store as segments
from regulars.storage.database import Connection
from regulars.web import result_words, variant_words
from regulars.web.access import FIGURES, SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.flash import Flash
from regulars.web.journeying import found_campaign, missing, previewed
from regulars.web.page_errors import PageError
from regulars.web.pages import campaign_form
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.segmenting import named
from regulars.web.site import Site

_GOING = {
    "waiting": "waiting to be sent", "sending": "being sent", "sent": "handed over",
    "stopped": "stopped before sending", "failed": "could not be delivered", "held": "held",
}  # fmt: skip


class Came(msgspec.Struct, frozen=True):
    """What came of one variant: its message, how many it goes to, how many are held back, and why not to others."""

    letter: str
    message: str
    sent: int
    held: int
    reasons: list[tuple[str, int]]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file and of the form."""

    @page("/campaigns", "campaigns", FIGURES)
    async def show(request: Call) -> Answer:
        return site.render(request, "campaigns.html", **await aside(site, _list), **_common(request))

    @page("/campaigns/{name:str}", "campaign", FIGURES)
    async def one(request: Call, name: FromPath[str]) -> Answer:
        read = await aside(site, lambda connection: _read(connection, name))
        async with site.reading() as connection:
            result = await read_one(connection, CAMPAIGN, read["campaign"].name, "")
        said: dict[str, Any] = {"result": result, "result_words": result_words, "variant_words": variant_words}
        return site.render(request, "campaign.html", **read, **said, **_common(request))

    @page("/campaigns/{name:str}/preview", "campaign.preview", SEGMENTERS)
    async def preview(request: Call, name: FromPath[str]) -> Answer:
        read = await aside(site, lambda connection: _read(connection, name))
        found = await previewed(site, read["campaign"])
        seen = sorted({each for ids in found.examples.values() for each in ids})
        async with site.reading() as connection:
            people = {each.id: each for each in await named(connection, site, seen)}
            await site.audit(connection, request.user, "preview campaign", name)
        examples = {
            what: [people[each.hex()] for each in ids if each.hex() in people] for what, ids in found.examples.items()
        }
        said = [(what, n, reason_words(what)) for what, n in found.reasons()]
        by_variant = Counter({variant: n for (variant, what), n in found.counts.items() if what == "sent"})
        return site.render(
            request, "campaign_preview.html", found=found, reasons=said, examples=examples, by_variant=by_variant,
            **read,
        )  # fmt: skip

    return [show, one, preview, *_changes(site), *campaign_form.pages(site)]


def _changes(site: Site) -> list[HTTPRouteHandler]:
    @action("/campaigns/{name:str}/begin", "campaign.begin", SEGMENTERS)
    async def begin(request: Call, name: FromPath[str]) -> Answer:
        said = await fields(request)
        starts = campaign_form.moment_of(site, request, said.get("starts", ""))
        made = await aside(site, lambda connection: _begin(connection, request, name, starts))
        later = starts > made.changed
        words = f"{made.title} {'is scheduled' if later else 'has begun'}."
        return site.see_other(request, f"/campaigns/{made.name}", Flash(words))

    @action("/campaigns/{name:str}/{what:str}", "campaign.change", SEGMENTERS)
    async def change(request: Call, name: FromPath[str], what: FromPath[str]) -> Answer:
        if what == "remove":
            gone = await aside(site, lambda connection: store.remove(connection, request.user.actor, name))
            words = "The draft is thrown away." if gone else "It is no draft any more."
            return site.see_other(request, "/campaigns", Flash(words))
        if what not in _WHAT:
            raise PageError(404)
        run, words = _WHAT[what]
        try:
            made = await aside(site, lambda connection: run(connection, request.user.actor, name))
        except BadCampaign as error:
            raise PageError(409, "That cannot be done now", f"The {error}.") from None
        return site.see_other(request, f"/campaigns/{made.name}", Flash(f"{made.title} {words}"))

    return [begin, change]


_WHAT = {
    "pause": (store.pause, "is paused: nothing more goes out, and what waited is held."),
    "resume": (store.resume, "goes on."),
    "end": (store.end, "is ended: what has not gone does not go."),
}


def _begin(connection: Connection, request: Call, name: str, starts: int) -> Campaign:
    campaign = found_campaign(connection, name)
    lacking = missing(connection, [each.message for each in campaign.variants])
    if lacking:
        raise PageError(409, "Its message is not written", f"Write “{lacking[0]}” under Messages first.")
    try:
        return store.begin(connection, request.user.actor, name, starts)
    except BadCampaign as error:
        raise PageError(409, "That cannot be done now", f"The {error}.") from None


def _list(connection: Connection) -> dict[str, Any]:
    counts, waiting = store.counts(connection), store.waiting(connection)
    titles = {each.name: each.title for each in segments.all_segments(connection, True)}
    rows = []
    for each in store.all_campaigns(connection):
        said = counts.get(each.name, Counter())
        sent = sum(n for (_, what), n in said.items() if what == "sent")
        rows.append((each, titles.get(each.segment, each.segment), sent, waiting.get(each.name, 0)))
    return {"campaigns": rows, "state_words": state_words}


def _read(connection: Connection, name: str) -> dict[str, Any]:
    campaign = found_campaign(connection, name)
    counts = store.counts(connection).get(campaign.name, Counter())
    segment = segments.find(connection, campaign.segment)
    going = outbox.counts(connection, store.KIND, campaign.name)
    letters = [""] if len(campaign.variants) < 2 else list(LETTERS)
    came = [_came(letter, each.message, counts) for letter, each in zip(letters, campaign.variants, strict=False)]
    return {
        "campaign": campaign, "segment": segment, "came": came, "draft": campaign.state == DRAFT,
        "members": segments.counts(connection).get(campaign.segment, 0), "asked": counts.total(),
        "waiting": store.waiting(connection).get(campaign.name, 0), "state_words": state_words,
        "channels": [CHANNELS.get(each, each) for each in campaign.channels],
        "going": [(_GOING.get(state, state), n) for state, n in sorted(going.items())],
        "missing": missing(connection, [each.message for each in campaign.variants]),
    }  # fmt: skip


def _came(letter: str, message: str, counts: Counter[tuple[str, str]]) -> Came:
    mine = Counter({what: n for (of, what), n in counts.items() if of == letter})
    reasons = [(reason_words(what), n) for what, n in mine.most_common() if what not in ("sent", "held_back")]
    return Came(letter, message, mine["sent"], mine["held_back"], reasons)


def _common(request: Call) -> dict[str, Any]:
    return {"may_change": request.user.role in SEGMENTERS}
