"""A journey tried out: on one customer step by step, and over the last month; nothing is written or sent."""

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.decisioning.campaigns.words import reason_words
from regulars.decisioning.journeys.words import event_words, journey_words, outcome_words
from regulars.identity.lookup import BadLookup
from regulars.storage import audit
from regulars.web.access import SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.journeying import found_journey, readable_journey, replayed, tried, whom
from regulars.web.routes import Answer, Call, page
from regulars.web.segmenting import named
from regulars.web.site import Site


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/journeys/{name:str}/replay", "journey.replay", SEGMENTERS)
    async def replay(request: Call, name: FromPath[str]) -> Answer:
        kept = await aside(site, lambda connection: found_journey(connection, name))
        journey = readable_journey(kept)
        done = await replayed(site, kept.name, journey)
        async with site.writing() as connection:
            await site.audit(connection, request.user, "replay journey", kept.name)
        told = journey_words(journey)
        steps = [
            (words, [(outcome_words(what), n) for (step, what), n in sorted(done.passed.items()) if step == number])
            for number, words in enumerate(told.steps)
        ]
        reasons = sorted(((reason_words(code), n) for code, n in done.reasons.items()), key=lambda each: -each[1])
        return site.render(request, "journey_replay.html", kept=kept, done=done, steps=steps, reasons=reasons)

    @page("/journeys/{name:str}/try", "journey.try", SEGMENTERS)
    async def attempt(request: Call, name: FromPath[str]) -> Answer:
        kept = await aside(site, lambda connection: found_journey(connection, name))
        journey = readable_journey(kept)
        asked = request.query_params.get("who", "").strip()
        who, trial, fault = None, None, ""
        if asked:
            try:
                async with site.reading() as connection:
                    customer = await whom(connection, site, asked)
                    await audit.record(connection, request.user.actor, "try journey", [customer], kept.name)
                    who = (await named(connection, site, [customer]))[0]
                trial = await tried(site, kept.name, journey, customer)
            except BadLookup as error:
                fault = f"{str(error)[:1].upper()}{str(error)[1:]}."
        told = journey_words(journey)
        began = event_words(trial.began.name) if trial and trial.began else ""
        return site.render(
            request, "journey_try.html", 422 if fault else 200, kept=kept, told=told, who=who, trial=trial, asked=asked,
            began=began, fault=fault,
        )  # fmt: skip

    return [replay, attempt]
