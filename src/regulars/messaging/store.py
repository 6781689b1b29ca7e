"""Messages in the truth: the present version of each, and its history."""

import time
from typing import Final

import msgspec

from regulars.messaging import queries
from regulars.messaging.check import ERROR, check
from regulars.messaging.file import BadMessage, decode, encode
from regulars.messaging.message import Message
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

MAX_MESSAGES: Final = 1_000


class Kept(msgspec.Struct, frozen=True):
    """One version of a message as it is kept: who made it when (microseconds since 1970); `ended` is sent no more."""

    name: str
    version: int
    at: int
    actor: str
    title: str
    body: str
    ended: bool

    def message(self) -> Message:
        """The message. Raises BadMessage for one that a later version of the program wrote."""
        return decode(self.body, self.name, self.version)


def message(connection: Connection, name: str, version: int | None = None) -> Message | None:
    """The present version of a message, or the one asked for, ended or not; None where there is none."""
    found = find(connection, name) if version is None else _one(connection, queries.VERSION, (name, version))
    return None if found is None else found.message()


def find(connection: Connection, name: str) -> Kept | None:
    """The present version of a message as it is kept."""
    return _one(connection, queries.VERSIONS, (name, 1))


def all_messages(connection: Connection, ended: bool = False) -> list[Kept]:
    """The present version of every message by name; with `ended` also of those that are over."""
    found = [Kept(*row) for row in connection.execute(queries.ALL_MESSAGES)]
    return [each for each in found if ended or not each.ended]


def versions(connection: Connection, name: str, most: int = 50) -> list[Kept]:
    """The versions of one message, the present one first."""
    return [Kept(*row) for row in connection.execute(queries.VERSIONS, (name, most))]


def put_message(connection: Connection, actor: str, said: Message, ended: bool = False) -> Message:
    """Make this the present version, audited; where nothing differs, the present one stays. Raises BadMessage."""
    for each in check(said):
        if each.level == ERROR:
            raise BadMessage(" ".join(filter(None, (each.channel, each.field))) or "$", each.words)
    body = encode(said)
    with connection.transaction():
        connection.execute(queries.LOCK)
        now = find(connection, said.name)
        if now is not None and (now.body, now.ended) == (body, ended):
            return now.message()
        if now is None and len(all_messages(connection, True)) >= MAX_MESSAGES:
            raise BadMessage("$", f"there are {MAX_MESSAGES:,} messages already")
        at = max(time.time_ns() // 1000, 0 if now is None else now.at + 1)
        row = connection.execute(
            queries.PUT, (said.name, at, actor, said.title, body, ended, said.name)
        ).fetchone()  # fmt: skip
        action = "end message" if ended else "make message" if now is None else "change message"
        finish(audit.record(awaited(connection), actor, action, (), said.name))
    assert row is not None
    return msgspec.structs.replace(said, version=int(row[0]))


def _one(connection: Connection, query: str, values: tuple[object, ...]) -> Kept | None:
    row = connection.execute(query.encode(), values).fetchone()
    return None if row is None else Kept(*row)
