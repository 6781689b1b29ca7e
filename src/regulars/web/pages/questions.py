"""Questions that customers asked by replying: who looks after each, and the answer, which goes out in their thread."""

import time
from typing import Annotated, Any

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from regulars.decisioning.facts import Means
from regulars.identity.lookup import current_id
from regulars.messaging import answers
from regulars.messaging.answers import By, CannotAnswer
from regulars.messaging.delivery import questions
from regulars.messaging.delivery.questions import Question
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection
from regulars.storage.users import all_users
from regulars.web.access import PEOPLE
from regulars.web.correcting import aside
from regulars.web.flash import Flash, Undo
from regulars.web.page_errors import PageError
from regulars.web.routes import Answer, Call, action, fields, page
from regulars.web.site import Site

MOST = 50
WORDS = {questions.OPEN: "Open", questions.ANSWERED: "Answered", questions.CLOSED: "Closed"}
_State = Annotated[str, QueryParameter(max_length=20)]
_Before = Annotated[int, QueryParameter(ge=0, le=2**62)]


def pages(site: Site) -> list[HTTPRouteHandler]:
    """The routes of this file."""

    @page("/questions", "questions", PEOPLE)
    async def show(request: Call, which: _State = questions.OPEN, mine: _State = "", before: _Before = 0) -> Answer:
        def read(connection: Connection) -> dict[str, Any]:
            owner = request.user.id if mine else None
            chosen = which if which in WORDS else questions.OPEN
            found = questions.questions(connection, chosen, MOST + 1, owner, before)
            looked = sorted({each.customer for each in found if each.customer is not None})
            finish(audit.record(awaited(connection), request.user.actor, "look at questions", looked))
            older = found[MOST - 1].changed if len(found) > MOST else 0
            return {"questions": found[:MOST], "counts": questions.counts(connection), "state": chosen,
                    "names": _names(connection), "older": older}  # fmt: skip

        return site.render(request, "questions.html", words=WORDS, mine=bool(mine), **await aside(site, read))

    @page("/questions/{id:int}", "question", PEOPLE)
    async def one(request: Call, id: FromPath[int]) -> Answer:
        return await _one(site, request, id)

    return [show, one, *_changes(site)]


def _changes(site: Site) -> list[HTTPRouteHandler]:
    @action("/questions/{id:int}/answer", "question.answer", PEOPLE)
    async def answer(request: Call, id: FromPath[int]) -> Answer:
        text = (await fields(request)).get("answer", "").replace("\r\n", "\n")
        by = _by(site)

        def change(connection: Connection) -> None:
            with connection.transaction():
                answers.answer(connection, id, request.user.actor, text, by, _now())
                finish(audit.record(awaited(connection), request.user.actor, "answer question", (), str(id)))

        await _require(site, id)
        try:
            await aside(site, change)
        except CannotAnswer as error:
            return await _one(site, request, id, 422, fault=str(error), draft=text)
        return site.see_other(request, f"/questions/{id}", Flash("The answer is on its way."))

    @action("/questions/{id:int}/take", "question.take", PEOPLE)
    async def take(request: Call, id: FromPath[int]) -> Answer:
        return await _give(site, request, id, request.user.id, "You look after it now.")

    @action("/questions/{id:int}/give-back", "question.give-back", PEOPLE)
    async def give_back(request: Call, id: FromPath[int]) -> Answer:
        return await _give(site, request, id, None, "Nobody looks after it now.")

    @action("/questions/{id:int}/close", "question.close", PEOPLE)
    async def close(request: Call, id: FromPath[int]) -> Answer:
        await _require(site, id)
        await aside(site, lambda connection: answers.close(connection, id, _now()))
        await _note(site, request, "close question", id)
        undo = Undo(f"/questions/{id}/open")
        return site.see_other(request, "/questions", Flash("The question is closed.", undo=undo))

    @action("/questions/{id:int}/open", "question.open", PEOPLE)
    async def open_again(request: Call, id: FromPath[int]) -> Answer:
        await _require(site, id)
        await aside(site, lambda connection: answers.open_again(connection, id, _now()))
        await _note(site, request, "open question", id)
        return site.see_other(request, f"/questions/{id}", Flash("The question is open again."))

    return [answer, take, give_back, close, open_again]


async def _one(site: Site, request: Call, id: int, status: int = 200, **context: Any) -> Answer:
    def read(connection: Connection) -> dict[str, Any]:
        question = _found(connection, id)
        customer = None
        if question.customer is not None:
            customer = finish(current_id(awaited(connection), question.customer, site.secret))
        looked = () if customer is None else (customer,)
        finish(audit.record(awaited(connection), request.user.actor, "look at question", looked, str(id)))
        return {
            "question": question,
            "customer": "" if customer is None else customer.hex(),
            "names": _names(connection),
        }

    found = await aside(site, read)
    said = {"fault": "", "draft": "", **context}
    return site.render(request, "question.html", status, words=WORDS, longest=answers.LONGEST, **found, **said)


async def _give(site: Site, request: Call, id: int, owner: int | None, words: str) -> Answer:
    await _require(site, id)
    await aside(site, lambda connection: questions.give(connection, id, owner, _now()))
    await _note(site, request, "give question", id)
    return site.see_other(request, f"/questions/{id}", Flash(words))


async def _require(site: Site, id: int) -> None:
    await aside(site, lambda connection: _found(connection, id))


def _found(connection: Connection, id: int) -> Question:
    question = questions.find(connection, id) if id < 2**62 else None
    if question is None:
        raise PageError(404, "There is no such question")
    return question


async def _note(site: Site, request: Call, words: str, id: int) -> None:
    async with site.writing() as connection:
        await site.audit(connection, request.user, words, str(id))


def _by(site: Site) -> By:
    said = site.options
    return By(Means(site.rules, site.secret), site.composed.contact, said.timezone, said.currency)


def _names(connection: Connection) -> dict[int, str]:
    return {each.id: each.name for each in finish(all_users(awaited(connection)))}


def _now() -> int:
    return time.time_ns() // 1000
