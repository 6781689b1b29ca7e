"""Segments in the truth: the present version of each, its history, and how it was last evaluated."""

import time
from collections.abc import Iterator
from typing import Final

import msgspec

from regulars.segments import queries
from regulars.segments.rule import NAME, BadRule, Group, decode, encode
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

MAX_SEGMENTS: Final = 500
LONGEST_TITLE: Final = 100
LONGEST_ABOUT: Final = 500


class Segment(msgspec.Struct, frozen=True):
    """One version of a segment: its rule as JSON, what people call it, who made it when (microseconds since 1970).

    An `ended` one is evaluated no more and has no members.
    """

    name: str
    version: int
    at: int
    actor: str
    title: str
    about: str
    rule: str
    ended: bool

    def group(self) -> Group:
        """The rule. Raises BadRule for one that a later version of the program wrote."""
        return decode(self.rule)


class Evaluation(msgspec.Struct, frozen=True):
    """How a segment was last evaluated as a whole: of which version, when, as of when, and what came of it.

    `reach` is JSON: `[[channel, members who may be written to there], …]`. `error` says why it could not be.
    """

    segment: str
    version: int
    at: int
    as_of: int
    members: int
    joined: int
    gone: int
    reach: str
    error: str

    def channels(self) -> list[tuple[str, int]]:
        """How many can be reached by each channel."""
        return msgspec.json.decode(self.reach, type=list[tuple[str, int]])


def all_segments(connection: Connection, ended: bool = False) -> list[Segment]:
    """The present version of every segment by name; with `ended` also of those that are over."""
    found = [Segment(*row) for row in connection.execute(queries.ALL_SEGMENTS)]
    return [each for each in found if ended or not each.ended]


def versions(connection: Connection, name: str, most: int = 100) -> list[Segment]:
    """The versions of one segment, the present one first."""
    return [Segment(*row) for row in connection.execute(queries.VERSIONS, (name, most))]


def find(connection: Connection, name: str) -> Segment | None:
    """The present version of a segment, ended or not."""
    return next(iter(versions(connection, name, 1)), None)


def evaluations(connection: Connection) -> dict[str, Evaluation]:
    """The last evaluation of each segment that had one."""
    return {row[0]: Evaluation(*row) for row in connection.execute(queries.EVALUATIONS)}


def counts(connection: Connection) -> dict[str, int]:
    """How many members each segment has now."""
    return {str(name): int(count) for name, count in connection.execute(queries.COUNTS)}


def put(
    connection: Connection, actor: str, name: str, title: str, about: str, rule: Group, ended: bool = False
) -> Segment:
    """Make this the present version of a segment, audited; where nothing differs, the present one stays.

    Raises BadRule where a word is too long, or there are too many segments.
    """
    _require(name, title, about)
    text = encode(rule)
    with connection.transaction():
        connection.execute(queries.LOCK_MEMBERSHIPS)
        now = find(connection, name)
        if now is not None and (now.title, now.about, now.rule, now.ended) == (title, about, text, ended):
            return now
        if now is None and len(all_segments(connection)) >= MAX_SEGMENTS:
            raise BadRule("$", f"there are {MAX_SEGMENTS} segments already; end one that is not needed")
        at = max(time.time_ns() // 1000, 0 if now is None else now.at + 1)
        connection.execute(queries.PUT, (name, at, actor, title, about, text, ended, name))
        action = "end segment" if ended else "make segment" if now is None else "change segment"
        finish(audit.record(awaited(connection), actor, action, (), name))
        found = find(connection, name)
    assert found is not None
    return found


def _require(name: str, title: str, about: str) -> None:
    if not NAME.fullmatch(name):
        raise BadRule("name", "must be up to 60 small letters, digits and -, such as slipping-regulars")
    if not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
        raise BadRule("title", f"must be one line of 1 to {LONGEST_TITLE} characters")
    if len(about) > LONGEST_ABOUT or "\0" in about:
        raise BadRule("about", f"must be at most {LONGEST_ABOUT} characters")


def put_evaluation(connection: Connection, done: Evaluation) -> None:
    """Keep how an evaluation went."""
    connection.execute(queries.PUT_EVALUATION, msgspec.structs.astuple(done))


def failed(connection: Connection, segment: Segment, why: str) -> Evaluation:
    """Keep why a segment could not be evaluated; its members stay as they are."""
    now = time.time_ns() // 1000
    connection.execute(queries.FAILED, (segment.name, segment.version, now, why[:500]))
    return Evaluation(segment.name, segment.version, now, 0, 0, 0, 0, "[]", why[:500])


def newest_seen(connection: Connection) -> int | None:
    """When anybody was last seen, in microseconds since 1970 UTC; None where nobody was."""
    row = connection.execute(queries.NEWEST_SEEN).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def members(connection: Connection, name: str, part: int = 10_000) -> Iterator[bytes]:
    """The customers who are in a segment, in the order of their ids, so many read at once."""
    last = b""
    while rows := some_members(connection, name, last, part):
        yield from rows
        last = rows[-1]


def some_members(connection: Connection, name: str, after: bytes, most: int) -> list[bytes]:
    """The members behind an id, in the order of ids."""
    rows = connection.cursor(binary=True).execute(queries.MEMBERS, (name, after, most))
    return [row[0] for row in rows]


def newest_members(connection: Connection, name: str, most: int) -> list[tuple[bytes, int]]:
    """Who joined last, and when (microseconds since 1970 UTC)."""
    rows = connection.execute(queries.NEWEST_MEMBERS, (name, most))
    return [(bytes(customer), int(joined)) for customer, joined in rows]
