"""Links: that two identifiers are, or are not, one person's; by hand, or by a source's alias call."""

import msgspec

from regulars.identity import queries
from regulars.identity.blocked import Policy
from regulars.identity.bundle import identifier_key
from regulars.identity.normalise import normalise
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.model.source import Trust
from regulars.storage.database import Connection

WORDS = ("must", "cannot", "none")


class LinkWord(msgspec.Struct, frozen=True):
    """One word about two identifiers: `must`, `cannot`, or `none` to take an earlier word back; time in µs."""

    a: Identifier
    b: Identifier
    word: str
    origin: str
    trust: int
    time: int
    message_id: str


def alias_words(event: Event, policy: Policy) -> list[LinkWord]:
    """An alias is its source's must-link from the user id to the previous id, be that a user's or an anonymous one."""
    if event.kind != "alias":
        return []
    group = event.source.group
    user = normalise("user_id", event.user_id, policy)
    words = []
    for type_ in ("user_id", "anonymous_id"):
        previous = normalise(type_, event.previous_id, policy)
        a, b = Identifier("user_id", group, user.value), Identifier(type_, group, previous.value)
        if not user.blocked and not previous.blocked and a != b:
            origin = f"alias:{event.source.name}"
            words.append(LinkWord(a, b, "must", origin, int(event.source.trust), event.time, event.message_id))
    return words


def link_words(frame: Frame, place: str) -> list[LinkWord]:
    """The link that a control frame says, if it says one."""
    control = msgspec.json.decode(frame.body)
    if control.get("control") != "link":
        return []
    a, b = (Identifier(end["type"], end["space"], end["value"]) for end in (control["a"], control["b"]))
    return [LinkWord(a, b, control["word"], queries.HAND, int(Trust.SERVER), frame.received, place)]


def put_links(connection: Connection, words: list[LinkWord], secret: Secret) -> set[bytes]:
    """Write these words, the latest per pair and origin staying; returns the keys of the identifiers they are about."""
    ends: set[bytes] = set()
    for word in words:
        a, b = sorted((identifier_key(word.a, secret), identifier_key(word.b, secret)))
        row = (a, b, word.origin, word.word, word.trust, word.time, word.message_id)
        connection.execute(queries.UPSERT_LINK, row)
        ends |= {a, b}
    return ends


def any_alias(connection: Connection) -> bool:
    """Whether there is any link by alias."""
    row = connection.execute(queries.ANY_ALIAS).fetchone()
    return bool(row and row[0])


def remake_aliases(connection: Connection, words: list[LinkWord], secret: Secret) -> set[bytes]:
    """Let these words be all that is linked by alias; returns the keys of the identifiers whose links have changed."""
    cursor = connection.cursor(binary=True)
    before = set(cursor.execute(queries.ALIASES).fetchall())
    cursor.execute(queries.FORGET_ALIASES)
    put_links(connection, words, secret)
    after = set(cursor.execute(queries.ALIASES).fetchall())
    return {end for row in before ^ after for end in row[:2]}
