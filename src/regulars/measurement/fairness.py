"""Whether two groups may be compared: only where a lot, and nothing else, decided who is in which."""

from collections.abc import Iterable
from math import sqrt
from typing import Final

from regulars.measurement.lift import LEAST, Stratum
from regulars.measurement.result import EARLY, FAIR, NOBODY_HELD, UNEVEN

UNLIKELY: Final = 4.5
"""So many standard deviations from the share that was to be held back are no chance any more, at whatever look."""


def verdict(strata: Iterable[tuple[Stratum, float | None]]) -> str:
    """What may be said of strata whose lots are trusted, each with the share that was to be held back (None: unsaid).

    More people held back than a lot explains, or fewer, is the sign of a test gone wrong ("sample ratio mismatch").
    """
    given = list(strata)
    held = sum(each.held.people for each, _ in given)
    if not held:
        return NOBODY_HELD
    expected = variance = counted = 0.0
    for each, share in given:
        if share is not None and 0 < share < 1:
            people = each.treated.people + each.held.people
            expected += people * share
            variance += people * share * (1 - share)
            counted += each.held.people
    if variance and abs(counted - expected) > UNLIKELY * sqrt(variance) + 1:
        return UNEVEN
    buyers = sum(each.treated.some for each, _ in given), sum(each.held.some for each, _ in given)
    return FAIR if min(buyers) >= LEAST else EARLY
