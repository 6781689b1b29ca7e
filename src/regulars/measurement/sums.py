"""What each day added to the groups of a subject, and how the comparison looked at the end of each day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from regulars.measurement.lift import Arm, Stratum, lift
from regulars.measurement.result import OUTCOMES, Point

TREATED: Final = "treated"
MOST_POINTS: Final = 60

Sums = tuple[int, float, float, int, float, float, int]
"""People; amounts, their squares, buyers; orders, their squares, buyers."""
NOTHING: Final[Sums] = (0, 0.0, 0.0, 0, 0.0, 0.0, 0)


class Days:
    """The sums of one subject by stratum, side and day, cumulated in order."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """`rows` are `(side, stratum, day, *Sums)` in any order."""
        self._days: dict[int, list[tuple[str, str, Sums]]] = defaultdict(list)
        self._now: dict[tuple[str, str], Sums] = {}
        for side, stratum, day, *sums in rows:
            self._days[day].append((stratum, side, _sums(sums)))

    @property
    def sides(self) -> set[str]:
        """The sides that anybody is on."""
        return {side for rows in self._days.values() for _, side, sums in rows if sums[0]}

    def points(self, held: str, until: int) -> tuple[list[Point], Mapping[str, tuple[Stratum, ...]]]:
        """How it looked day by day up to `until` (days since 1970), and at the end each stratum by outcome.

        Of a long time some days are shown, the first and the last among them; all days count.
        """
        self._now = {}
        days = [day for day in sorted(self._days) if day <= until]
        shown = set(range(days[0], until + 1)) if days else set()
        if len(shown) > MOST_POINTS:
            step = (until - days[0]) / (MOST_POINTS - 1)
            shown = {days[0] + round(step * n) for n in range(MOST_POINTS)}
        found = []
        for day in range(days[0], until + 1) if days else ():
            for stratum, side, sums in self._days.get(day, ()):
                before = self._now.get((stratum, side), NOTHING)
                self._now[stratum, side] = _sums(a + b for a, b in zip(before, sums, strict=True))
            if day in shown:
                found.append(self._point(day, held))
        return found, self.strata(held)

    def strata(self, held: str) -> dict[str, tuple[Stratum, ...]]:
        """By stratum, what was summed up for each of `OUTCOMES`."""
        names = sorted({stratum for stratum, _ in self._now})
        return {name: tuple(self._stratum(name, held, n) for n in range(len(OUTCOMES))) for name in names}

    def _stratum(self, name: str, held: str, outcome: int) -> Stratum:
        return Stratum(
            _arm(self._now.get((name, TREATED), NOTHING), outcome), _arm(self._now.get((name, held), NOTHING), outcome)
        )

    def _point(self, day: int, held: str) -> Point:
        strata = self.strata(held)
        first, second, third = (lift([each[n] for each in strata.values()]) for n in range(len(OUTCOMES)))
        treated = sum(each[0].treated.people for each in strata.values())
        return Point(day, treated, sum(each[0].held.people for each in strata.values()), (first, second, third))


def _sums(values: Iterable[Any]) -> Sums:
    people, amount, amounts, spent, orders, squares, bought = values
    return (
        int(people), float(amount), float(amounts), int(spent), float(orders), float(squares), int(bought),
    )  # fmt: skip


def _arm(sums: Sums, outcome: int) -> Arm:
    """The arm for sales, people or purchases, as `OUTCOMES` has them."""
    people, amount, amounts, spent, orders, squares, bought = sums
    if outcome == 0:
        return Arm(people, amount, amounts, spent)
    return Arm(people, bought, bought, bought) if outcome == 1 else Arm(people, orders, squares, bought)
