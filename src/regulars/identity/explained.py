"""An explanation with what stands behind each step: which source said so, how often and when, and who said a link."""

from datetime import UTC, datetime, timedelta

import msgspec

from regulars.identity import queries
from regulars.identity.explain import Explanation, Hop
from regulars.identity.queries import HAND
from regulars.model.identifier import Identifier
from regulars.storage.database import Connection
from regulars.storage.reading import frames_of

_TRUST = ("client", "server")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SourceWord(msgspec.Struct, frozen=True):
    """What one source showed, `server` or `client`: in how many distinct messages, first and last."""

    source: str
    trust: str
    n: int
    first: datetime
    last: datetime


class SaidLink(msgspec.Struct, frozen=True):
    """A link: its `word`, whether said by `hand` or `alias`, `by` whom (a name, or the source), and when."""

    word: str
    origin: str
    by: str
    time: datetime


class Step(msgspec.Struct, frozen=True):
    """One step of the path: two identifiers, the trust of what ties them, the sources that showed it, the links."""

    one: Identifier
    two: Identifier
    trust: str
    messages: int
    sources: tuple[SourceWord, ...]
    links: tuple[SaidLink, ...]


class Explained(msgspec.Struct, frozen=True):
    """An explanation (see `explain.Explanation`) ready to be shown; `customers` are hex ids, '' for nobody."""

    one: Identifier
    two: Identifier
    customers: tuple[str, str]
    joined: bool
    reason: str
    words: str
    path: tuple[Step, ...]
    rules_version: int


def explained(connection: Connection, why: Explanation, one: bytes | None, two: bytes | None) -> Explained:
    """The explanation with its sources; `one` and `two` are the customers who hold the two."""
    path = tuple(_step(connection, hop) for hop in why.path)
    customers = (one.hex() if one else "", two.hex() if two else "")
    return Explained(why.one, why.two, customers, why.joined, why.reason, why.words, path, why.version)


def _step(connection: Connection, hop: Hop) -> Step:
    cursor = connection.cursor(binary=True)
    rows = cursor.execute(queries.SOURCES, (list(hop.bundles),)).fetchall()
    sources = tuple(
        SourceWord(source, _TRUST[trust], n, _moment(first), _moment(last)) for source, trust, n, first, last in rows
    )
    return Step(hop.one, hop.two, _TRUST[hop.server], hop.n, sources, _links(connection, hop) if hop.link else ())


def _links(connection: Connection, hop: Hop) -> tuple[SaidLink, ...]:
    """The words in force about a pair: by hand that one alone stands, else every alias counts."""
    ends = ([hop.a], [hop.b])
    rows = connection.cursor(binary=True).execute(queries.SAID, (*ends, *ends)).fetchall()
    standing = [row for row in rows if row[3] != "none"]
    by_hand = [row for row in standing if row[2] == HAND]
    return tuple(_said(connection, row) for row in by_hand or standing)


def _said(connection: Connection, row: tuple[object, ...]) -> SaidLink:
    _, _, origin, word, _, time, place = row
    kind, _, source = str(origin).partition(":")
    by = _who(connection, str(place)) if origin == HAND else source
    return SaidLink(str(word), kind, by, _moment(int(str(time))))


def _who(connection: Connection, place: str) -> str:
    """Who said a link by hand, as its control record in the log (`ROW:FRAME`) names them."""
    seq, _, number = place.partition(":")
    frames = frames_of(connection, int(seq)) if seq.isdecimal() and number.isdecimal() else []
    if len(frames) <= int(number or 0) or frames[int(number)].call != "control":
        return ""
    return str(msgspec.json.decode(frames[int(number)].body).get("by", ""))


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
