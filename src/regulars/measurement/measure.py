"""Measures everything that was decided or told of, over the lake's present state."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from regulars.decisioning.campaigns.campaign import Variant
from regulars.decisioning.campaigns.store import all_campaigns
from regulars.measurement import queries
from regulars.measurement.fairness import verdict
from regulars.measurement.lift import ALPHA, Stratum, lift
from regulars.measurement.result import (
    BEFORE_DAYS,
    EARLY,
    FAIR,
    NOBODY_HELD,
    NOT_RANDOM,
    OUTCOMES,
    WINDOW_DAYS,
    Chosen,
    Group,
    Result,
    VariantResult,
    Way,
)
from regulars.measurement.subjects import OWN, Subject, enter_own, enter_told
from regulars.measurement.sums import TREATED, Days
from regulars.model.decision import GLOBAL
from regulars.storage.database import Connection
from regulars.storage.engine import open_lake

DAY: Final = 86_400_000_000
MEMORY: Final = "1GB"
THREADS: Final = 2


def measure(connection: Connection, lake: Path, now: int) -> list[Result]:
    """Every result as of now (microseconds since 1970 UTC). Raises LakeError where there is no lake."""
    database = open_lake(lake, threads=THREADS, memory=MEMORY)
    try:
        database.execute(queries.ENTERED)
        database.execute(queries.TOLD)
        told = enter_told(database, 0)
        own = enter_own(connection, database, len(told))
        # Read before the lake is asked: decisions go on coming, and whoever is in none of these is in no group.
        ways = {kind: {row[0]: row[1:] for row in connection.execute(query)} for kind, query in queries.WAY.items()}
        written = {
            (each.name, action.name): variant
            for each in all_campaigns(connection)
            for action, variant in zip(each.actions(), each.variants, strict=True)
        }
        return list(_Lake(database, now, written).results([*told, *own], ways))
    finally:
        database.close()


class _Lake:
    """What the lake says of those who have entered."""

    def __init__(
        self, database: duckdb.DuckDBPyConnection, now: int, written: Mapping[tuple[str, str], Variant]
    ) -> None:
        self._database = database
        self._now = now
        self._written = written
        database.execute(queries.CURRENCIES)
        self._currency: dict[int, str] = dict(self._all(queries.MAIN))
        database.execute(queries.BOUGHT, [WINDOW_DAYS])
        self._sums: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for subject, *row in self._all(queries.SUMS):
            self._sums[subject].append(tuple(row))
        self._before = {(subject, side): row for subject, side, *row in self._all(queries.BEFORE, BEFORE_DAYS)}
        self._starts = {subject: (first, last) for subject, first, last in self._all(queries.STARTS)}
        self._visited: dict[int, int] = dict(self._all(queries.VISITED, WINDOW_DAYS))
        self._told = {(campaign, source, name): row for campaign, source, name, *row in self._all(queries.WAY_TOLD)}

    def results(self, subjects: Iterable[Subject], ways: dict[str, dict[str, tuple[Any, ...]]]) -> Iterator[Result]:
        """The result of each; of one in which nobody is left, none."""
        for subject in subjects:
            if subject.number in self._starts:
                way = self._way_told(subject) if subject.source else _way(ways[subject.kind].get(subject.name, ()))
                result = self._result(subject, way)
                yield msgspec.structs.replace(result, variants=tuple(self._variants(subject, ways["variant"])))

    def _result(self, subject: Subject, way: Way) -> Result:
        days = Days(self._sums[subject.number])
        held = OWN if OWN in days.sides else GLOBAL
        first, last = self._starts[subject.number]
        # Once everybody's days are over nothing is added any more.
        until = min(self._now, last + WINDOW_DAYS * DAY) // DAY
        points, strata = days.points(held, until)
        by_outcome = [[each[n] for each in strata.values()] for n in range(len(OUTCOMES))]
        said = NOT_RANDOM
        if subject.random:
            shares = [subject.shares.get((name, held), subject.share) for name in strata]
            said = verdict(zip(by_outcome[1], shares, strict=True))
        elif not subject.source:
            said = NOBODY_HELD
        fair = said in (FAIR, EARLY)
        one, two, three = (lift(each) if said == FAIR else None for each in by_outcome)
        bought = sum(each.treated.some for each in by_outcome[1])
        return Result(
            kind=subject.kind, name=subject.name, source=subject.source, title=subject.title, example=subject.example,
            first=first, last=last, at=self._now, currency=self._currency.get(subject.number, ""), verdict=said,
            held_by=held if fair else "", share=subject.share, treated=self._group(subject.number, TREATED, by_outcome),
            held=self._group(subject.number, held, by_outcome), lifts=(one, two, three),
            points=tuple(points) if fair else (),
            chosen=None if fair or not subject.source else self._chosen(subject, first),
            way=msgspec.structs.replace(way, visited=self._visited.get(subject.number, 0), bought=bought),
        )  # fmt: skip

    def _variants(self, subject: Subject, ways: dict[str, tuple[Any, ...]]) -> Iterator[VariantResult]:
        """Each variant of a campaign against the first."""
        written = [self._written.get((subject.name, action), Variant(action, 0)) for action in subject.variants]
        # Of many comparisons one is more easily wrong, so each is held to more.
        alpha = ALPHA / max(1, len(written) - 1)
        for variant, (action, number) in zip(written, subject.variants.items(), strict=True):
            days = Days(self._sums[number])
            _, strata = days.points(OWN, self._now // DAY)
            by_outcome = [[each[n] for each in strata.values()] for n in range(len(OUTCOMES))]
            together = written[0].share + variant.share
            share = written[0].share / together if together else None
            said = verdict((each, share) for each in by_outcome[1])
            one, two, three = (lift(each, alpha) if said == FAIR else None for each in by_outcome)
            way = _way(ways.get(f"{subject.name} {action}", ()))
            bought = sum(each.treated.some for each in by_outcome[1])
            yield VariantResult(
                action.rpartition("-")[2], variant.message, self._group(number, TREATED, by_outcome),
                msgspec.structs.replace(way, visited=self._visited.get(number, 0), bought=bought),
                said, (one, two, three),
            )  # fmt: skip

    def _group(self, number: int, side: str, by_outcome: list[list[Stratum]]) -> Group:
        people, spent = self._before.get((number, side), (0, 0.0))
        means = []
        for strata in by_outcome:
            arms = [each.treated if side == TREATED else each.held for each in strata]
            means.append(sum(arm.total for arm in arms) / people if people else 0.0)
        one, two, three = means
        return Group(people, spent / people if people else 0.0, (one, two, three))

    def _chosen(self, subject: Subject, start: int) -> Chosen:
        currency = self._currency.get(subject.number, "")
        rows = self._all(queries.OTHERS, start, subject.source, subject.name, currency, BEFORE_DAYS)
        return Chosen(*rows[0])

    def _way_told(self, subject: Subject) -> Way:
        def count(name: str, which: int) -> int:
            row = self._told.get((subject.name, subject.source, name))
            return 0 if row is None else int(row[which])

        return Way(
            sent=count("Message Sent", 1), failed=count("Message Bounced", 1), opened=count("Message Opened", 0),
            opened_any=count("Message Opened", 1), clicked=count("Message Clicked", 0),
            clicked_any=count("Message Clicked", 1),
        )  # fmt: skip

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(query, list(values)).fetchall()


def _way(row: tuple[Any, ...]) -> Way:
    return Way(*row) if row else Way()
