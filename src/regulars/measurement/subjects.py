"""Who was in what: from the ledger of our own decisions, and from campaigns that others tell of."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

import duckdb
import msgspec

from regulars.decisioning.ledger import book_of
from regulars.measurement import queries
from regulars.measurement.result import ACTION, CAMPAIGN, KINDS
from regulars.model.decision import GLOBAL
from regulars.storage.database import Connection

AT_ONCE: Final = 10_000
OWN: Final = "own"

_Row = tuple[int, str, str, str, int, str]


class Subject(msgspec.Struct):
    """One campaign, journey or action that is measured; `random`: a lot decided, or who sent it says so.

    `shares` are those to be held back of each stratum and side of comparison, where known. `variants` are those of a
    campaign, each with the number under which those who got it have entered against those who got the first.
    """

    number: int
    kind: str
    name: str
    source: str = ""
    title: str = ""
    random: bool = True
    example: bool = False
    share: float | None = None
    shares: dict[tuple[str, str], float] = {}
    variants: dict[str, int] = {}


class Books:
    """By which lots people were held back, as each decision's rulebook says."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shares: dict[tuple[str, str], tuple[float, float]] = {}
        self.titles: dict[str, str] = {}

    def shares(self, policy: str, action: str) -> tuple[float, float]:
        """The share held back from everything, and of the others that held back from this action.

        What was asked for has its title in `titles` from then on.
        """
        found = self._shares.get((policy, action))
        if found is None:
            book = book_of(self._connection, policy)
            held = 0.0 if book is None else book.policy.holdout
            actions = () if book is None else book.actions
            own = next((each.holdout for each in actions if each.name == action), 0.0)
            found = self._shares[policy, action] = (held, own)
            self.titles |= {each.name: each.title for each in actions if each.name == action and each.title}
        return found


def enter_own(connection: Connection, database: duckdb.DuckDBPyConnection, first: int) -> list[Subject]:
    """Fill `entered` from the ledger; returns the subjects, numbered from `first` on."""
    books = Books(connection)
    found: dict[tuple[str, str], Subject] = {}
    for kind in KINDS:
        rows: list[_Row] = []
        for name, who, at, done, held_by, action, policy, simulated in _stream(connection, queries.FIRST[kind]):
            subject = found.setdefault((kind, name), Subject(first + len(found), kind, name, shares={}))
            subject.example = subject.example or simulated
            held, own = books.shares(policy, action)
            if kind == ACTION:
                subject.title = books.titles.get(action, "")
            stratum = f"{held:g} {own:g}"
            subject.shares[stratum, OWN] = own
            subject.shares[stratum, GLOBAL] = held / (held + (1 - held) * (1 - own)) if held else 0.0
            side = "treated" if done else GLOBAL if held_by == GLOBAL else OWN
            rows.append((subject.number, who.hex(), side, stratum, at, action if kind == CAMPAIGN else ""))
            if len(rows) == AT_ONCE:
                _enter(database, rows)
                rows = []
        _enter(database, rows)
    _enter_variants(database, found.values())
    return list(found.values())


def _enter_variants(database: duckdb.DuckDBPyConnection, subjects: Iterable[Subject]) -> None:
    """Let those who got each variant of a campaign that has several enter against those who got the first."""
    by_number = {each.number: each for each in subjects}
    number = max(by_number, default=0)
    found: dict[int, list[str]] = defaultdict(list)
    for subject, variant in database.execute(queries.VARIANTS).fetchall():
        found[subject].append(variant)
    for subject, variants in found.items():
        if len(variants) > 1:
            by_number[subject].variants = {name: number + n for n, name in enumerate(variants, 1)}
            number += len(variants)
            for name, of in by_number[subject].variants.items():
                database.execute(queries.ENTER_VARIANT, [of, subject, name, variants[0]])


def enter_told(database: duckdb.DuckDBPyConnection, first: int) -> list[Subject]:
    """Fill `entered` from campaigns that sources tell of in events; needs the table `told`."""
    found: list[Subject] = []
    for source, name, title, chosen, random, share, example in database.execute(queries.CAMPAIGNS).fetchall():
        number = first + len(found)
        database.execute(queries.ENTER_TOLD, [number, source, name])
        drawn = bool(random) and not chosen
        found.append(Subject(number, CAMPAIGN, name, source, title or "", drawn, bool(example), share))
    return found


def _stream(connection: Connection, query: str) -> Iterator[tuple[Any, ...]]:
    with connection.transaction(), connection.cursor("subjects", binary=True) as cursor:
        cursor.execute(query.encode())
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows


def _enter(database: duckdb.DuckDBPyConnection, rows: list[_Row]) -> None:
    if rows:
        database.execute(queries.ENTER, [list(column) for column in zip(*rows, strict=True)])
