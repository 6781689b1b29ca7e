"""Answers to customers' questions: decided, put into the outbox and sent like everything else, in the same thread."""

from typing import Final

import msgspec

from regulars.consent import holds
from regulars.decisioning import ledger
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, gather
from regulars.decisioning.words import why
from regulars.identity.lookup import current_id
from regulars.messaging.delivery import questions
from regulars.messaging.delivery.questions import Question, Turn
from regulars.messaging.rendered import Rendered
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Action, Occasion, occasion_id, rulebook
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

ANSWER: Final = "answer"
"""The message by which an answer stands in the outbox; its words stand with the question."""
LONGEST: Final = 20_000
WORTH: Final = 100_000
"""Minor units: who asked is answered, whatever else might be done."""
_ACTION: Final = Action(
    ANSWER, title="Answer", purpose="service", topic="", message=ANSWER, channels=("email",), worth=WORTH, base_rate=1.0
)
_QUOTED_LINES: Final = 200


class CannotAnswer(Exception):
    """An answer cannot be sent; the message says why in words for whoever wrote it."""


class By(msgspec.Struct, frozen=True):
    """What answers are decided by: identity, contact policy, and the shop's zone and currency."""

    means: Means
    policy: ContactPolicy
    zone: str = "UTC"
    currency: str = ""


def answer(connection: Connection, id: int, actor: str, text: str, by: By, now: int) -> bytes:
    """Decide to send an answer, and keep it; promotions go on. Returns the decision's id. Raises CannotAnswer."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise CannotAnswer(f"Write an answer of 1 to {LONGEST:,} characters.")
    with connection.transaction():
        question = questions.lock(connection, id)
        if question is None:
            raise CannotAnswer("The question is gone.")
        customer = _customer(connection, question, by)
        book = rulebook(by.policy, (_ACTION,), by.zone, by.currency)
        known = gather(connection, [customer], book, by.means, now)[customer]
        key = f"{ANSWER}:{id}:{len(question.turns) + 1}"
        occasion = Occasion(
            id=occasion_id(by.means.secret, key), key=key, kind="api", name=ANSWER, actions=(ANSWER,),
            context={"question": id},
        )  # fmt: skip
        decision = decide(known, occasion, book, now)
        made = ledger.record(connection, [decision], book).get(occasion.id)
        if made is None or made.did is None:
            raise CannotAnswer(why(made or decision, book) or "This was answered already.")
        questions.answer(connection, id, actor, text, occasion.id, "", now)
        holds.release(connection, holds.QUESTION, str(id))
    return occasion.id


def _customer(connection: Connection, question: Question, by: By) -> bytes:
    found = None
    if question.customer is not None:
        found = finish(current_id(awaited(connection), question.customer, by.means.secret))
    if found is None:
        raise CannotAnswer(
            "Nobody is known by this address, so nothing can be decided; answer by your own mail program."
        )
    return found


def close(connection: Connection, id: int, now: int) -> None:
    """A question needs no answer: promotions go on."""
    with connection.transaction():
        questions.set_state(connection, id, questions.CLOSED, now)
        holds.release(connection, holds.QUESTION, str(id))


def open_again(connection: Connection, id: int, now: int) -> None:
    """A question is open after all: promotions wait once more."""
    with connection.transaction():
        question = questions.lock(connection, id)
        if question is not None:
            questions.set_state(connection, id, questions.OPEN, now)
            if question.customer is not None:
                holds.hold(connection, question.customer, holds.QUESTION, str(id), now)


def rendered(question: Question, turn: Turn) -> Rendered:
    """An answer as an e-mail says it: the words, and what is answered, quoted."""
    subject = question.subject or "Your question"
    subject = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    before = [each for each in question.turns if each.number < turn.number and not each.ours]
    text = turn.text
    if before:
        lines = before[-1].text.split("\n")[:_QUOTED_LINES]
        text += "\n\n" + "\n".join(f"> {line}".rstrip() for line in lines)
    return Rendered(ANSWER, 0, "email", subject, text=text)


def thread(question: Question, turn: Turn) -> tuple[str, ...]:
    """The Message-IDs of what was said before, oldest first."""
    return tuple(each.message_id for each in question.turns if each.number < turn.number and each.message_id)
