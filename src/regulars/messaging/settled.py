"""What became of a batch, written down: states of the outbox and events of the log, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Final

from regulars.consent.suppress import BOUNCE, suppress
from regulars.decisioning import outbox
from regulars.identity.rules import Rules
from regulars.identity.saying import Word, say
from regulars.messaging import answers, soft
from regulars.messaging.channels.channel import Outcome, State
from regulars.messaging.delivery import queries
from regulars.messaging.letters import Ready
from regulars.messaging.message import EMAIL
from regulars.messaging.soft import USUAL, Soft
from regulars.messaging.told_events import SOURCE, message_event
from regulars.model.secret import Secret
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

SECOND: Final = 1_000_000
FIRST_WAIT: Final = 60 * SECOND
LONGEST_WAIT: Final = 4 * 3600 * SECOND
GIVE_UP: Final = 3 * 86_400 * SECOND
"""So long it is tried; what is older says nothing to anybody any more."""
ACTOR: Final = "mail"


def settle(
    connection: Connection,
    secret: Secret,
    rules: Rules,
    ready: Sequence[Ready],
    outcomes: Mapping[bytes, Outcome],
    now: int,
    limit: Soft = USUAL,
) -> None:
    """Mark every row, and say what happened of those that were sent or bounced; past `limit` their addresses rest."""
    words = []
    with connection.transaction():
        sent, reached = {}, []
        for each in ready:
            outcome = outcomes[each.row.decision]
            if outcome.state is State.SENT:
                sent[outcome.decision] = outcome.message_id
                words.append(_word("Message Sent", each, outcome, now))
                reached += [each.address] if each.row.channel == EMAIL else []
            else:
                words += _not_sent(connection, secret, each, outcome, now, limit)
        outbox.done(connection, sent, now)
        soft.handed_over(connection, secret, reached, now)
        _name_answers(connection, ready, sent)
        doubtful = [each.decision for each in outcomes.values() if each.doubtful]
        connection.execute(queries.DOUBTED, (byteas(doubtful),))
        say(connection, words, rules, SOURCE, now)


def _not_sent(
    connection: Connection, secret: Secret, each: Ready, outcome: Outcome, now: int, limit: Soft
) -> list[Word]:  # fmt: skip
    row, state = each.row, outcome.state
    if state is State.LATER and now - row.at < GIVE_UP:
        outbox.give_back(connection, row.decision, now + wait(row.attempts), outcome.why, now)
        return []
    outbox.fail(connection, row.decision, outcome.why, now)
    if state is State.BOUNCED:
        suppress(connection, secret, each.address, BOUNCE, now, ACTOR, row.channel, outcome.why)
    elif row.channel == EMAIL:
        soft.bounced(connection, secret, each.address, limit, now, ACTOR)
    if row.message == answers.ANSWER:
        answers.open_again(connection, int(row.context["question"]), now)
    return [_word("Message Bounced", each, outcome, now)]


def wait(attempts: int) -> int:
    """How long to wait after so many attempts, in microseconds: twice as long each time."""
    return int(min(FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 20), LONGEST_WAIT))


def _word(event: str, each: Ready, outcome: Outcome, now: int) -> Word:
    row = each.row
    more = {"message_id": outcome.message_id, "subject": each.parcel.rendered.subject}
    if event != "Message Sent":
        kind = "hard" if outcome.state is State.BOUNCED else "soft"
        more = {"kind": kind, "status": outcome.why}
    named = each.address if each.address.type == "email" else None
    return message_event(
        event, row, now, customer=each.parcel.customer, identifier=named, simulated=each.simulated, more=more
    )


def _name_answers(connection: Connection, ready: Sequence[Ready], sent: Mapping[bytes, str]) -> None:
    """An answer's Message-ID stands with it, so that what comes back to it finds its question."""
    for each in ready:
        if each.row.message == answers.ANSWER and each.row.decision in sent:
            connection.execute(queries.SET_TURN_SENT, (sent[each.row.decision], each.row.decision))
