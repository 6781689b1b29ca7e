"""Questions: what customers asked by replying, who looks after each, and what was answered."""

from typing import Final

import msgspec

from regulars.messaging.delivery import queries
from regulars.storage.database import Connection

OPEN, ANSWERED, CLOSED = "open", "answered", "closed"
STATES: Final = (OPEN, ANSWERED, CLOSED)
TOGETHER: Final = 7 * 86_400_000_000
"""Whoever writes again without naming what to, within so long, goes on with the same question; in microseconds."""
MOST_A_DAY: Final = 50
"""Turns that one question takes within a day; somebody's machine may write back to ours for ever."""
_DAY: Final = 86_400_000_000


class Asked(msgspec.Struct, frozen=True):
    """What somebody wrote: from which address (normalised), in answer to which decision's message, if any.

    `thread` are the Message-IDs that it names; `customer` is b"" where nobody is known by the address.
    """

    customer: bytes
    address: str
    name: str
    subject: str
    text: str
    cut: bool
    message_id: str
    thread: tuple[str, ...]
    decision: bytes | None
    at: int


class Turn(msgspec.Struct, frozen=True):
    """One thing said; `actor` is who answered for us (`user:ID`). `cut`: there was more of it."""

    number: int
    at: int
    ours: bool
    actor: str
    text: str
    cut: bool
    message_id: str
    decision: bytes | None


class Question(msgspec.Struct, frozen=True):
    """A question as it stands; `owner` is the id of the user who looks after it. `text` is how the last one begins."""

    id: int
    customer: bytes | None
    address: str
    name: str
    subject: str
    decision: bytes | None
    at: int
    changed: int
    state: str
    owner: int | None
    text: str = ""
    turns: tuple[Turn, ...] = ()


class Opened(msgspec.Struct, frozen=True):
    """The question that a reply belongs to: whether it is `new`, and whether its words were `kept`."""

    id: int
    new: bool
    kept: bool


def ask(connection: Connection, asked: Asked) -> Opened:
    """Open a question, or go on with the one that it belongs to, in the caller's transaction."""
    id = _thread(connection, asked)
    new = id is None
    if id is None:
        values = (asked.customer or None, asked.address, asked.name, asked.subject, asked.decision, asked.at, asked.at)
        id = _one(connection, queries.PUT_QUESTION, values)
    assert id is not None
    connection.execute(queries.LOCK_QUESTION, (id,))
    many = _one(connection, queries.ASKED_SINCE, (asked.at - _DAY, id)) or 0
    if many >= MOST_A_DAY:
        return Opened(id, new, False)
    turn = (id, asked.at, False, "", asked.text, asked.cut, asked.message_id, None, id)
    connection.execute(queries.PUT_TURN, turn)
    connection.execute(queries.SET_STATE, (OPEN, asked.at, id))
    return Opened(id, new, True)


def _thread(connection: Connection, asked: Asked) -> int | None:
    """Only whoever asked goes on with a question: what others write in a thread is theirs."""
    found = _one(connection, queries.QUESTION_OF_THREAD, (list(asked.thread), asked.address)) if asked.thread else None
    if found is None and asked.decision is not None:
        return _one(connection, queries.QUESTION_OF_MESSAGE, (asked.decision, asked.address))
    if found is None:
        found = _one(connection, queries.OPEN_OF_ADDRESS, (asked.address, asked.at - TOGETHER))
    return found


def answer(connection: Connection, id: int, actor: str, text: str, decision: bytes, message_id: str, now: int) -> int:
    """Keep an answer that a decision is to deliver; the question is answered. Returns the turn's number."""
    number = _one(connection, queries.PUT_TURN, (id, now, True, actor, text, False, message_id, decision, id))
    connection.execute(queries.SET_STATE, (ANSWERED, now, id))
    assert number is not None
    return number


def set_state(connection: Connection, id: int, state: str, now: int) -> None:
    """Close a question, or open it again."""
    connection.execute(queries.SET_STATE, (state, now, id))


def give(connection: Connection, id: int, owner: int | None, now: int) -> None:
    """Give it to a user to look after, or to nobody."""
    connection.execute(queries.SET_OWNER, (owner, now, id))


def lock(connection: Connection, id: int) -> Question | None:
    """The question, whole, that nobody else changes until the transaction ends."""
    connection.execute(queries.LOCK_QUESTION, (id,))
    return find(connection, id)


def find(connection: Connection, id: int) -> Question | None:
    """A question with all its turns."""
    cursor = connection.cursor(binary=True)
    row = cursor.execute(queries.QUESTION, (id,)).fetchone()
    if row is None:
        return None
    turns = tuple(Turn(*each) for each in cursor.execute(queries.TURNS, (id,)))
    return msgspec.structs.replace(Question(*row), turns=turns)


def questions(
    connection: Connection, state: str, most: int, owner: int | None = None, before: int = 0
) -> list[Question]:
    """Questions in a state, those that changed last first; of one owner, or changed before a time."""
    values = {"state": state, "owner": owner, "before": before, "most": most}
    found = connection.cursor(binary=True).execute(queries.QUESTIONS, values)
    return [msgspec.structs.replace(Question(*row[:-1]), text=row[-1] or "") for row in found]


def counts(connection: Connection) -> dict[str, int]:
    """How many questions stand in each state."""
    return {state: 0 for state in STATES} | {
        str(state): int(n) for state, n in connection.execute(queries.QUESTION_COUNTS)
    }


def turn_of(connection: Connection, decision: bytes) -> tuple[int, Turn] | None:
    """The answer that a decision is to deliver, and of which question."""
    row = connection.cursor(binary=True).execute(queries.TURN_OF_DECISION, (decision,)).fetchone()
    return None if row is None else (int(row[0]), Turn(*row[1:]))


def _one(connection: Connection, query: str, values: tuple[object, ...]) -> int | None:
    row = connection.execute(query, values).fetchone()
    return None if row is None else int(row[0])
