"""Journeys: the list, and one of them as steps with who is where, switched on and off, tried and replayed."""

from collections import Counter
from typing import Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.decisioning.journeys import counts, store
from regulars.decisioning.journeys.journey import NAME, BadJourney
from regulars.decisioning.journeys.store import Version
from regulars.decisioning.journeys.words import journey_words, outcome_words
from regulars.storage.database import Connection
from regulars.web.access import FIGURES, SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.flash import Flash, Undo
from regulars.web.journeying import found_journey, missing, readable_journey
from regulars.web.page_errors import PageError
from regulars.web.pages import journey_trying
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

START = """title: A word after a purchase
about: What it is for, in one sentence.
purpose: marketing
topic: tips
begins:
  - event: Order Completed
again_after: 30 days
leaves_on: [Order Refunded]
steps:
  - wait: 3 days
  - condition:
      did_not: Order Completed
  - message: how-to
    patience: 2 days
"""
"""What the editor begins with."""


class Shown(msgspec.Struct, frozen=True):
    """One step as the page shows it: in words, how many stand there, and what happened there."""

    words: str
    kind: str
    here: int
    done: list[tuple[str, int]]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file and of trying out."""

    @page("/journeys", "journeys", FIGURES)
    async def show(request: Call) -> Answer:
        return site.render(request, "journeys.html", **await aside(site, _list), **_common(request))

    @page("/journeys/new", "journey.new", SEGMENTERS)
    async def new(request: Call) -> Answer:
        return site.render(request, "journey_change.html", name="", body=START, fault="", known=False)

    @page("/journeys/{name:str}", "journey", FIGURES)
    async def one(request: Call, name: FromPath[str]) -> Answer:
        return site.render(
            request, "journey.html", **await aside(site, lambda connection: _read(connection, name)), **_common(request)
        )

    @page("/journeys/{name:str}/change", "journey.change", SEGMENTERS)
    async def change(request: Call, name: FromPath[str]) -> Answer:
        kept = await aside(site, lambda connection: found_journey(connection, name))
        return site.render(request, "journey_change.html", name=kept.name, body=kept.body, fault="", known=True)

    return [show, new, one, change, *_changes(site), *journey_trying.pages(site)]


def _changes(site: Site) -> list[HTTPRouteHandler]:
    @action("/journeys", "journey.save", SEGMENTERS)
    async def save(request: Call) -> Answer:
        said = await fields(request)
        name, body = said.get("name", ""), said.get("body", "").replace("\r\n", "\n") + "\n"

        def keep(connection: Connection) -> Version:
            if said.get("known") != "yes" and NAME.fullmatch(name) and store.find(connection, name) is not None:
                raise BadJourney("name", "is taken by another journey")
            return store.put(connection, request.user.actor, name, body)

        try:
            made = await aside(site, keep)
        except BadJourney as error:
            context: dict[str, Any] = {
                "name": name,
                "body": body,
                "fault": f"{error}.",
                "known": said.get("known") == "yes",
            }
            return site.render(request, "journey_change.html", 422, **context)
        words = f"{made.title} is kept as version {made.version}. Who is in goes on by the version she came in by."
        return site.see_other(request, f"/journeys/{made.name}", Flash(words))

    @action("/journeys/{name:str}/on", "journey.on", SEGMENTERS)
    async def on(request: Call, name: FromPath[str]) -> Answer:
        made = await aside(site, lambda connection: _switch(connection, request, name, True))
        flash = Flash(f"{made.title} is on: from now on people come in.", undo=Undo(f"/journeys/{name}/off"))
        return site.see_other(request, f"/journeys/{made.name}", flash)

    @action("/journeys/{name:str}/off", "journey.off", SEGMENTERS)
    async def off(request: Call, name: FromPath[str]) -> Answer:
        made = await aside(site, lambda connection: _switch(connection, request, name, False))
        words = f"{made.title} is off: nothing more goes out by it. Who is in it stands still."
        return site.see_other(request, f"/journeys/{made.name}", Flash(words, undo=Undo(f"/journeys/{name}/on")))

    return [save, on, off]


def _switch(connection: Connection, request: Call, name: str, on: bool) -> Version:
    kept = found_journey(connection, name)
    lacking = missing(connection, readable_journey(kept).messages()) if on else []
    if lacking:
        words = f"Write {' and '.join(f'“{each}”' for each in lacking)} under Messages first."
        raise PageError(409, "A message of this journey is not written", words)
    store.switch(connection, request.user.actor, kept.name, on)
    return kept


def _list(connection: Connection) -> dict[str, Any]:
    here, totals = counts.here(connection), counts.totals(connection)
    switches = store.switches(connection)
    rows = []
    for each in store.all_journeys(connection):
        said: Counter[str] = Counter()
        for (_, _, what), n in totals.get(each.name, Counter()).items():
            said[what] += n
        switch = switches.get(each.name)
        try:
            about = each.journey().about
        except BadJourney:
            about = "Written by another version of this program."
        within = here[each.name].total() if each.name in here else 0
        rows.append((each, about, switch is not None and switch.running, within, said["entered"], said["sent"]))
    return {"journeys": rows}


def _read(connection: Connection, name: str) -> dict[str, Any]:
    kept = found_journey(connection, name)
    journey = readable_journey(kept)
    told = journey_words(journey)
    here = counts.here(connection).get(kept.name, Counter())
    totals = counts.totals(connection).get(kept.name, Counter())
    steps = [
        Shown(words, kind, here[kept.version, number], _done(totals, kept.version, number))
        for number, (words, kind) in enumerate(zip(told.steps, told.kinds, strict=True))
    ]
    return {
        "kept": kept, "journey": journey, "told": told, "steps": steps,
        "switch": store.switches(connection).get(kept.name), "versions": store.versions(connection, kept.name, 20),
        "entered": sum(n for (_, _, what), n in totals.items() if what == "entered"),
        "within": here.total(), "sent": sum(n for (_, _, what), n in totals.items() if what == "sent"),
        "held": sum(n for (_, _, what), n in totals.items() if what == "held"),
        "older": sum(n for (version, _), n in here.items() if version != kept.version),
        "missing": missing(connection, journey.messages()),
    }  # fmt: skip


def _done(totals: Counter[tuple[int, int, str]], version: int, number: int) -> list[tuple[str, int]]:
    return [
        (outcome_words(what), n)
        for (of, step, what), n in sorted(totals.items())
        if of == version and step == number and what != "entered"
    ]


def _common(request: Call) -> dict[str, Any]:
    return {"may_change": request.user.role in SEGMENTERS}
