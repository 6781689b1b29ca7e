"""What a message changed: the difference between who got it and who was held back, safe to look at early.

The estimate is the difference of the two means. Around it lies an *asymptotic confidence sequence* (Waudby-Smith,
Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals of
Statistics 52(6), 2024, theorem 2.2, with Robbins' normal mixture): the chance that it ever, at any look, misses the
truth is about `ALPHA`, however often somebody looks and whenever she stops. With t observations it is

    mean ± sd · √( 2 (t ρ² + 1) / (t² ρ²) · log( √(t ρ² + 1) / α ) ).

As sd / √t is the standard error of the mean, that is

    difference ± standard error · √( 2 (t ρ² + 1) / (t ρ²) · log( √(t ρ² + 1) / α ) )

with Welch's standard error of a difference. The clock t counts buyers, since what comes in while one looks is
purchases: of a and b buyers in the two groups it is 4 a b / (a + b), which is a + b where the groups are alike and less
where one is small, as the information is.
"""

from collections.abc import Iterable
from math import log, sqrt
from typing import Final

import msgspec

ALPHA: Final = 0.05
PLANNED: Final = 100
"""The number of buyers at which the interval is tightest; it is valid at any."""
LEAST: Final = 20
"""Buyers that each group must have: with fewer, sums are not yet anything like normal."""


class Arm(msgspec.Struct, frozen=True):
    """One group, summed up: people, the sum of their outcomes and of the squares, and how many are not nought."""

    people: int = 0
    total: float = 0.0
    squares: float = 0.0
    some: int = 0

    @property
    def mean(self) -> float:
        """The mean outcome of a person; 0 where there is nobody."""
        return self.total / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        """The sample variance of the outcomes; 0 for fewer than two people."""
        if self.people < 2:
            return 0.0
        return max(0.0, (self.squares - self.total * self.mean) / (self.people - 1))

    def __add__(self, other: "Arm") -> "Arm":
        return Arm(
            self.people + other.people, self.total + other.total, self.squares + other.squares, self.some + other.some
        )


class Stratum(msgspec.Struct, frozen=True):
    """Those for whom one lot was drawn: who got it and who was held back."""

    treated: Arm
    held: Arm


class Interval(msgspec.Struct, frozen=True):
    """The extra outcome of a person who got it, and between what it lies."""

    middle: float
    low: float
    high: float

    def times(self, many: float) -> "Interval":
        """The same for so many people."""
        return Interval(self.middle * many, self.low * many, self.high * many)

    @property
    def sign(self) -> int:
        """1 where it is more for certain, -1 where it is less, 0 where it cannot be told."""
        return (self.low > 0) - (self.high < 0)


def boundary(clock: float, planned: float = PLANNED, alpha: float = ALPHA) -> float:
    """How many standard errors wide the sequence is on either side at this clock.

    ρ² is (−2 log α + log(−2 log α) + 1) / planned, the paper's choice for the tightest interval at `planned`.
    """
    reach = -2.0 * log(alpha)
    variance = clock * (reach + log(reach) + 1.0) / planned
    return sqrt(2.0 * (variance + 1.0) / variance * log(sqrt(variance + 1.0) / alpha))


def difference(strata: Iterable[Stratum]) -> tuple[float, float, Arm, Arm]:
    """The mean difference, its standard error, and both groups.

    Each stratum's difference counts by its people, so that a share which was changed meanwhile does not mislead; one
    with fewer than two people in either group is left out.
    """
    used = [each for each in strata if min(each.treated.people, each.held.people) >= 2]
    people = sum(each.treated.people + each.held.people for each in used)
    middle = variance = 0.0
    treated, held = Arm(), Arm()
    for each in used:
        weight = (each.treated.people + each.held.people) / people
        middle += weight * (each.treated.mean - each.held.mean)
        spread = each.treated.variance / each.treated.people + each.held.variance / each.held.people
        variance += weight * weight * spread
        treated, held = treated + each.treated, held + each.held
    return middle, sqrt(variance), treated, held


def lift(strata: Iterable[Stratum], alpha: float = ALPHA) -> Interval | None:
    """The extra outcome of a person; None while either group has fewer than `LEAST` buyers."""
    middle, error, treated, held = difference(strata)
    if min(treated.some, held.some) < LEAST:
        return None
    clock = 4 * treated.some * held.some / (treated.some + held.some)
    width = error * boundary(clock, alpha=alpha)
    return Interval(middle, middle - width, middle + width)
