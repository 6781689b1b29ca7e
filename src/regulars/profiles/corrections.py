"""Saying that two are one person, or two people, and taking it back: tried out first, then said and kept for good."""

import time

import msgspec

from regulars.identity.blocked import Policy
from regulars.identity.correct import CANNOT, MUST, NONE, End, Pair, Words, end_of, later, merged, split, undone
from regulars.identity.explain import Explanation, explain
from regulars.identity.lookup import BadLookup, wanted
from regulars.identity.queries import HAND, NODES, SAID_ABOUT, DatabaseGraph
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.profiles.preview import Preview, Resolving, preview
from regulars.storage import audit, log
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

SAYS = {"merge": MUST, "split": CANNOT, "undo": NONE}
"""What can be said of two, and the word that stands for it in the log."""

Ends = tuple[End, End]


class Correcting(msgspec.Struct, frozen=True):
    """What corrections go by: the secret, the settings, and the name under which the cursor knows these."""

    secret: Secret
    policy: Policy
    rules: Rules
    rules_name: str


def end(connection: Connection, by: Correcting, who: str) -> End:
    """The one that is meant by a customer id, TYPE:VALUE or TYPE:SPACE:VALUE. Raises BadLookup."""
    return finish(end_of(awaited(connection), wanted(who), by.policy, by.rules, by.secret))


def end_of_key(connection: Connection, by: Correcting, key: bytes) -> End:
    """The one that is meant by an identifier's keyed name. Raises BadLookup."""
    row = connection.cursor(binary=True).execute(NODES, ([key],)).fetchone()
    if row is None:
        raise BadLookup("nobody is known by that any more")
    identifier = Identifier(*row[1:4])
    return End(key, identifier, by.rules.rule_of(identifier.type).tier, row[7], False)


def explained_by(connection: Connection, by: Correcting, ends: Ends) -> Explanation:
    """Why the two are one person, or what keeps them apart."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return explain(DatabaseGraph(connection, by.rules), ends[0].key, ends[1].key, by.rules)


def words_of(connection: Connection, by: Correcting, action: str, ends: Ends, who: str) -> Words:
    """The words that say an action (a key of `SAYS`) of two, in somebody's name. Raises BadLookup."""
    reading = awaited(connection)
    pairs = _pairs(connection, by, action, ends)
    moment = finish(later(reading, pairs, by.secret, time.time_ns() // 1000))
    return Words(SAYS[action], tuple(pairs), who, moment)


def tried(connection: Connection, by: Correcting, action: str, words: Words, ends: Ends) -> Preview:
    """What the words would change. Raises BadLookup where they would not do what the action says, and why."""
    found = preview(
        connection, Resolving(by.rules, by.secret, by.rules_name), words.links(), (ends[0].key, ends[1].key)
    )
    then = found.then
    if action == "merge" and not then.joined:
        raise BadLookup(f"it would not make them one person: {then.words.rstrip('.')}")
    if action == "split" and then.joined and then.reason != "same":
        raise BadLookup(f"it would not make them two people: {then.words.rstrip('.')}")
    return found


def say(connection: Connection, action: str, words: Words, ends: Ends) -> int:
    """Audit it and append the words to the log, in one transaction; returns the place that the pipeline must reach."""
    with connection.transaction():
        note(connection, words.by, action, ends)
        log.append(connection, [words.frames()])
    return log.last(connection)


class SaidByHand(msgspec.Struct, frozen=True):
    """A word that stands by hand about two identifiers (`must` or `cannot`), when (microseconds), and their keys."""

    word: str
    one: Identifier
    two: Identifier
    keys: tuple[bytes, bytes]
    time: int


def said_about(connection: Connection, keys: list[bytes]) -> list[SaidByHand]:
    """What stands by hand about any of these identifiers, newest first."""
    cursor = connection.cursor(binary=True)
    rows = cursor.execute(SAID_ABOUT, (HAND, NONE, keys, keys)).fetchall()
    ends = sorted({key for row in rows for key in row[:2]})
    named = {row[0]: Identifier(*row[1:4]) for row in cursor.execute(NODES, (ends,)).fetchall()}
    return [
        SaidByHand(word, named[a], named[b], (a, b), time) for a, b, word, time, _ in rows if a in named and b in named
    ]


def note(connection: Connection, who: str, action: str, ends: Ends) -> None:
    """Write into the audit log that somebody asked for, or looked at, something about these two."""
    concerned = sorted({each.customer for each in ends if each.customer is not None})
    finish(audit.record(awaited(connection), who, action, concerned))


def _pairs(connection: Connection, by: Correcting, action: str, ends: Ends) -> list[Pair]:
    reading = awaited(connection)
    if action == "merge":
        return finish(merged(reading, *ends, by.rules))
    if action == "split":
        return finish(split(reading, *ends, by.rules))
    return finish(undone(reading, *ends, explained_by(connection, by, ends)))
