"""Links by alias said again after an erasure: those of events that are gone go, what these had overruled returns."""

from collections.abc import Iterator

from regulars.collection.marked import message_key, read_frame
from regulars.identity.blocked import Policy
from regulars.identity.links import LinkWord, alias_words, any_alias, remake_aliases
from regulars.model.event import Event
from regulars.model.secret import Secret
from regulars.model.source import Trust
from regulars.storage import log
from regulars.storage.database import Connection
from regulars.storage.erasing import rows_before
from regulars.storage.queries import known_messages
from regulars.storage.sources import Sources

_ALIAS = b"alias"


def aliases_again(connection: Connection, secret: Secret, policy: Policy, sources: Sources, seq: int) -> set[bytes]:
    """Bring the links by alias in line with the log before a place; returns the keys whose links have changed."""
    if not any_alias(connection):
        return set()

    def words() -> Iterator[LinkWord]:
        for row in rows_before(connection, seq):
            said = dict(_said(row, secret, sources))
            known = known_messages(connection, list(said))
            for key, event in said.items():
                if known.get(key) == event.content:
                    yield from alias_words(event, policy)

    return remake_aliases(connection, list(words()), secret)


def _said(row: log.Row, secret: Secret, sources: Sources) -> Iterator[tuple[bytes, Event]]:
    """The alias events of a row, by the keyed names of their messages."""
    for number, frame in enumerate(row.frames):
        if frame.call != _ALIAS.decode() and (frame.call == "control" or _ALIAS not in frame.body):
            continue
        source = sources.of(frame.source, Trust(frame.trust))
        for _, what, mark in read_frame(frame, source, secret, f"{row.seq}:{number}"):
            if isinstance(what, Event) and what.kind == "alias":
                key = mark.key if mark else message_key(secret, source.name, source.trust, what.message_id)
                yield key, what
