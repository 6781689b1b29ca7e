"""The builder of segments: a form that works by posts alone, with a live count where there is JavaScript."""

from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from regulars.profiles.search import CustomerSummary
from regulars.segments import store, vocabulary
from regulars.segments.compiled import kind_of, require_insight
from regulars.segments.rule import NAME, All, BadRule, Group, decode, encode
from regulars.segments.why import Why
from regulars.segments.words import DONE, MEASURES, OPS, TRAITS
from regulars.storage import audit
from regulars.storage.lake.in_memory import INSIGHTS
from regulars.storage.lake.insight_files import columns
from regulars.web.access import SEGMENTERS
from regulars.web.correcting import aside
from regulars.web.customers import meant
from regulars.web.flash import Flash
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.segment_form import NEW, Block, Fields, Form, changed, checked, form_of, read, rule_of
from regulars.web.segmenting import CHANNELS, Counted, counted, explained, named
from regulars.web.site import Connection, Site

START = Form("all", (Block("all", (NEW,)),))


class Draft:
    """What the builder shows: a segment as it is being written; `fault` says what is wrong with it."""

    def __init__(self, name: str = "", title: str = "", about: str = "", fault: str = "") -> None:
        self.name = name
        self.title = title
        self.about = about
        self.fault = fault
        self.form: Form | None = START
        self.rule: Group = rule_of(START)
        self.text = encode(self.rule)
        self.counted: Counted | None = None
        self.who: CustomerSummary | None = None
        self.why: Why | None = None


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/segments/new", "segment.new", SEGMENTERS)
    async def new(request: Call) -> Answer:
        return _show(site, request, Draft())

    @page("/segments/{name:str}/change", "segment.change", SEGMENTERS)
    async def change(request: Call, name: FromPath[str]) -> Answer:
        found = None
        if NAME.fullmatch(name):
            found = await aside(site, lambda connection: store.find(connection, name))
        if found is None:
            raise PageError(404, "There is no such segment")
        draft = Draft(found.name, found.title, found.about)
        _take_text(draft, found.rule)
        return _show(site, request, draft)

    @action("/segments/draft", "segment.draft", SEGMENTERS)
    async def redraw(request: Call) -> Answer:
        said = await fields(request)
        draft, do = _drafted(said), said.get("do", "")
        if draft.fault:
            return _show(site, request, draft, 422)
        await _count(site, request, draft, do)
        return _show(site, request, draft)

    @action("/segments", "segment.save", SEGMENTERS)
    async def save(request: Call) -> Answer:
        draft = _drafted(await fields(request))
        if not draft.fault:
            draft.fault = await aside(site, lambda connection: _keep(connection, request, draft))
        if draft.fault:
            return _show(site, request, draft, 422)
        words = f"{draft.title} is kept. Its members are found in a moment."
        return site.see_other(request, f"/segments/{draft.name}", Flash(words))

    return [new, change, redraw, save]


async def looked_at(connection: Connection, site: Site, request: Call, id: str) -> CustomerSummary:
    """Whom an id means, audited. Raises PageError."""
    customer = await meant(connection, site, id)
    await audit.record(connection, request.user.actor, "look why in segment", [customer])
    return (await named(connection, site, [customer]))[0]


def _drafted(said: Fields) -> Draft:
    """What was sent, after the button that sent it."""
    draft = Draft(said.get("name", ""), said.get("title", ""), said.get("about", ""))
    do = said.get("do", "")
    try:
        if do == "json" or "match" not in said:
            _take_text(draft, said.get("rule", ""))
        else:
            draft.form = changed(read(said), do)
            draft.rule = rule_of(draft.form)
            draft.text = encode(draft.rule)
            require_insight(checked(draft.form), columns()[INSIGHTS])
    except BadRule as error:
        draft.fault = f"{error.path}: {error.message}."
    return draft


def _take_text(draft: Draft, text: str) -> None:
    draft.text = text
    draft.rule = decode(text)
    draft.text, draft.form = encode(draft.rule), form_of(draft.rule)
    require_insight(draft.rule, columns()[INSIGHTS])


def _keep(connection: Any, request: Call, draft: Draft) -> str:
    """Keep it; returns what is wrong, '' for nothing."""
    draft.name = draft.name or _name_of(draft.title)
    try:
        store.put(connection, request.user.actor, draft.name, draft.title, draft.about, draft.rule)
    except BadRule as error:
        return f"The {error.path if error.path != '$' else 'rule'} {error.message}."
    return ""


def _name_of(title: str) -> str:
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in title.lower())
    return "-".join(part for part in plain.split("-") if part)[:60].strip("-")


async def _count(site: Site, request: Call, draft: Draft, do: str) -> None:
    if isinstance(draft.rule, All) and not draft.rule.of:
        return
    draft.counted = await counted(site, draft.rule, True)
    seen = [bytes.fromhex(each.id) for each in draft.counted.sample]
    async with site.writing() as connection:
        await audit.record(connection, request.user.actor, "preview segment", seen)
        if do.startswith("why:"):
            draft.who = await looked_at(connection, site, request, do.removeprefix("why:"))
    if draft.who is not None:
        draft.why = await explained(site, draft.rule, draft.who.id)


def _show(site: Site, request: Call, draft: Draft, status: int = 200) -> Answer:
    partial = request.headers.get("hx-request-type") == "partial"
    template = "_segment_builder.html" if partial else "segment_builder.html"
    return site.render(request, template, 200 if partial else status, draft=draft, **_WORDS)


def _insights() -> dict[str, str]:
    types = columns()[INSIGHTS]
    return {name: kind_of(type_) for name, type_ in types.items() if name not in ("customer", "person")}


_WORDS: dict[str, Any] = {
    "done": DONE, "measures": MEASURES, "ops": OPS, "traits": TRAITS, "channels": CHANNELS,
    "whats": vocabulary.WHATS, "ops_of": vocabulary.OPS_OF, "trait_kinds": vocabulary.TRAITS,
    "kinds": vocabulary.FIELDS, "followed": ("bought", "removed", "returned"),
    "insights": {name: kind for name, kind in _insights().items() if kind != "other"},
    "consent_words": {"given": "said yes", "withdrawn": "said no", "none": "said nothing"},
}  # fmt: skip
