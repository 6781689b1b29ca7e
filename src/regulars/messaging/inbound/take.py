"""Takes an e-mail in: the event, the suppression and the question that follow from it, in one transaction, once."""

from typing import Final

import msgspec

from regulars.consent import holds
from regulars.consent.suppress import BOUNCE, COMPLAINT, suppress
from regulars.decisioning import outbox
from regulars.decisioning.outbox import OutboxRow
from regulars.identity.blocked import Policy
from regulars.identity.lookup import current_id
from regulars.identity.normalise import normalise
from regulars.identity.rules import Rules
from regulars.identity.saying import Word, say
from regulars.messaging import soft
from regulars.messaging.channels.settings import Mail
from regulars.messaging.delivery import queries, questions
from regulars.messaging.delivery.questions import Asked
from regulars.messaging.inbound.judge import Came, Judged, judge
from regulars.messaging.inbound.letter import Letter, Unreadable, open_letter
from regulars.messaging.inbound.reports import HARD, SOFT
from regulars.messaging.soft import Soft
from regulars.messaging.told_events import SOURCE, message_event
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

ACTOR: Final = "mail"
_EVENTS: Final = {
    Came.BOUNCED: "Message Bounced", Came.COMPLAINED: "Message Complained", Came.DELIVERED: "Message Delivered",
}  # fmt: skip


class Means(msgspec.Struct, frozen=True):
    """What e-mails are taken in by."""

    secret: Secret
    rules: Rules
    policy: Policy
    mail: Mail


class Taken(msgspec.Struct, frozen=True):
    """What came of an e-mail. `again`: it was taken in before, and nothing follows."""

    came: Came
    why: str = ""
    question: int = 0
    again: bool = False


def take(connection: Connection, means: Means, raw: bytes, now: int, recipient: str = "", envelope: str = "") -> Taken:
    """Take an e-mail in, as the bytes that came; safe to repeat. `now` in microseconds since 1970 UTC."""
    key = means.secret.mac_bytes("inbound", raw)
    try:
        letter = open_letter(raw, recipient, envelope)
        judged = judge(letter, means.secret, _own(means.mail))
    except Unreadable as error:
        letter, judged = None, Judged(Came.UNREADABLE, why=str(error))
    with connection.transaction():
        # One at a time, so that a copy which comes in beside it waits and is then known.
        connection.execute(queries.LOCK_INBOUND)
        known = connection.execute(queries.HAS_INBOUND, (key,)).fetchone()
        if known is not None:
            return Taken(Came(known[0]), again=True)
        row = _row(connection, judged)
        customer = _customer(connection, means, row)
        taken = Taken(judged.came, judged.why)
        if judged.came in _EVENTS:
            taken = _told(connection, means, judged, row, customer, now)
        elif letter is not None and judged.came is Came.REPLIED:
            taken, customer = _asked(connection, means, letter, row, customer, now)
        decision = None if row is None else row.decision
        connection.execute(queries.PUT_INBOUND, (key, now, taken.came, decision, customer or None, taken.why[:500]))
        return taken


def _own(mail: Mail) -> frozenset[str]:
    return frozenset(each.lower() for each in (mail.address, mail.reply_to, mail.bounces) if each)


def _row(connection: Connection, judged: Judged) -> OutboxRow | None:
    found = (outbox.find(connection, each) for each in judged.decisions[:10])
    return next((each for each in found if each is not None), None)


def _customer(connection: Connection, means: Means, row: OutboxRow | None) -> bytes:
    if row is None:
        return b""
    return finish(current_id(awaited(connection), row.customer, means.secret)) or b""


def _told(
    connection: Connection, means: Means, judged: Judged, row: OutboxRow | None, customer: bytes, now: int
) -> Taken:
    """What a machine said of a message: told once, and an address that is gone or complained is written to no more."""
    if row is None:
        return Taken(Came.UNKNOWN, f"{judged.came}: no message of ours is named")
    kind = judged.failure.kind if judged.failure is not None else ""
    kind = kind if judged.came is Came.BOUNCED else ""
    why = f"{kind} {judged.why}".strip()
    address = address_of(row, means.policy)
    if judged.came is Came.COMPLAINED:
        suppress(connection, means.secret, address, COMPLAINT, now, ACTOR, "email", "feedback report")
    elif kind == HARD:
        suppress(connection, means.secret, address, BOUNCE, now, ACTOR, "email", judged.why)
    (before,) = connection.execute(queries.TOLD_BEFORE, (row.decision, judged.came)).fetchone() or (False,)
    if judged.came is Came.DELIVERED:
        soft.arrived(connection, means.secret, address)
    elif kind == SOFT and not before:
        limit = Soft(means.mail.soft_bounces, means.mail.soft_days)
        soft.bounced(connection, means.secret, address, limit, now, ACTOR)
    if not before:
        more = {"kind": kind, "status": judged.why} if judged.came is Came.BOUNCED else {}
        word = message_event(_EVENTS[judged.came], row, now, customer=customer, more=more)
        say(connection, [word], means.rules, SOURCE, now)
    return Taken(judged.came, why)


def address_of(row: OutboxRow, policy: Policy) -> Identifier:
    """The identifier that a row's address is; an e-mail address has one id space."""
    type_, _, value = row.address.partition(":")
    return Identifier(type_, "", normalise(type_, value, policy).value)


def _asked(
    connection: Connection, means: Means, letter: Letter, row: OutboxRow | None, customer: bytes, now: int
) -> tuple[Taken, bytes]:
    """A reply opens a question, or goes on with one; promotions wait until it is answered."""
    address = normalise("email", letter.sender, means.policy).value
    if not customer:
        found = connection.cursor(binary=True).execute(queries.ADDRESS_HOLDER, (address,)).fetchone()
        customer = b"" if found is None else bytes(found[1])
    asked = Asked(
        customer, address, letter.name, letter.subject, letter.text, letter.cut, letter.message_id, letter.thread,
        None if row is None else row.decision, now,
    )  # fmt: skip
    opened = questions.ask(connection, asked)
    if not opened.kept:
        return Taken(Came.AUTOMATIC, "too many from one address within a day", opened.id), customer
    if row is not None:
        soft.arrived(connection, means.secret, address_of(row, means.policy))
    if customer:
        holds.hold(connection, customer, holds.QUESTION, str(opened.id), now)
        say(connection, [_reply(row, letter, opened.id, customer, now)], means.rules, SOURCE, now)
    return Taken(Came.REPLIED, "" if customer else "nobody is known by its address", opened.id), customer


def _reply(row: OutboxRow | None, letter: Letter, question: int, customer: bytes, now: int) -> Word:
    """The words themselves stay with the question, which an erasure empties; the log says that there were some."""
    said = {"question": question, "subject": letter.subject}
    if row is None:
        id = f"replied:{question}:{now}"
        return Word(
            event="Message Replied", message_id=id, at=now, properties={"channel": "email", **said}, customer=customer
        )
    return message_event("Message Replied", row, now, customer=customer, part=f"{question}:{now}", more=said)
