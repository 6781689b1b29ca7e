"""What is known of what a campaign, a journey or an action changed, as it was last measured."""

from typing import Final

import msgspec

from regulars.measurement.lift import Interval

CAMPAIGN: Final = "campaign"
JOURNEY: Final = "journey"
ACTION: Final = "action"
KINDS: Final = (CAMPAIGN, JOURNEY, ACTION)

WINDOW_DAYS: Final = 14
"""So long after she was first chosen what a person buys counts."""
BEFORE_DAYS: Final = 91
"""So far back it is looked what people had spent beforehand: thirteen weeks."""

SALES: Final = "sales"
PEOPLE: Final = "people"
PURCHASES: Final = "purchases"
OUTCOMES: Final = (SALES, PEOPLE, PURCHASES)
"""Money spent in minor units of the result's currency, whether anything was bought, and how many orders."""

FAIR: Final = "fair"
EARLY: Final = "early"
NOBODY_HELD: Final = "nobody_held"
NOT_RANDOM: Final = "not_random"
UNEVEN: Final = "uneven"


class Group(msgspec.Struct, frozen=True):
    """People, what they spent on average in the days before, and each outcome's mean a person since."""

    people: int = 0
    before: float = 0.0
    means: tuple[float, float, float] = (0.0, 0.0, 0.0)


class Point(msgspec.Struct, frozen=True, array_like=True):
    """How it looked at the end of a day (days since 1970 UTC): people in both groups, an interval for each outcome."""

    day: int
    treated: int
    held: int
    lifts: tuple[Interval | None, Interval | None, Interval | None]


class Chosen(msgspec.Struct, frozen=True):
    """Who got a mailing that nobody drew lots for, against the others, by what they had spent before on average.

    `ever` are those whom any mailing of this sender went to, `never` those to whom none did.
    """

    got: int
    got_before: float
    others: int
    others_before: float
    ever: int
    ever_before: float
    never: int
    never_before: float


class Way(msgspec.Struct, frozen=True):
    """How far its messages came; those opened and followed by people, and with what machines may have done.

    For what others sent, people are counted instead of messages. `visited` and `bought` are people who were treated.
    """

    sent: int = 0
    stopped: int = 0
    failed: int = 0
    opened: int = 0
    opened_any: int = 0
    clicked: int = 0
    clicked_any: int = 0
    shown: int = 0
    dismissed: int = 0
    visited: int = 0
    bought: int = 0


class VariantResult(msgspec.Struct, frozen=True):
    """One variant of a campaign: its letter and message, those who got it, how far it came, and it against the first.

    `lifts` are what a person who got it did more than one who got the first, by `OUTCOMES`; of the first itself there
    is none, and its `verdict` is `nobody_held`.
    """

    letter: str
    message: str
    group: Group = Group()
    way: Way = Way()
    verdict: str = NOBODY_HELD
    lifts: tuple[Interval | None, Interval | None, Interval | None] = (None, None, None)

    def extra(self, outcome: str) -> Interval | None:
        """What all who got it did more than they would have done with the first."""
        found = self.lifts[OUTCOMES.index(outcome)]
        return None if found is None else found.times(self.group.people)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign, journey or action.

    `source` is who told of it, '' for what we decided. Times in microseconds since 1970 UTC. `verdict` is `fair` or why
    it is no fair test; only where it is fair, or `early`, is there a comparison at all. `held_by` is `own` where people
    were held back from this alone, `global` where from everything. `lifts` are a person's, by `OUTCOMES`.
    """

    kind: str
    name: str
    source: str = ""
    title: str = ""
    example: bool = False
    first: int = 0
    last: int = 0
    at: int = 0
    currency: str = ""
    verdict: str = NOBODY_HELD
    held_by: str = ""
    share: float | None = None
    treated: Group = Group()
    held: Group = Group()
    lifts: tuple[Interval | None, Interval | None, Interval | None] = (None, None, None)
    points: tuple[Point, ...] = ()
    chosen: Chosen | None = None
    way: Way = Way()
    variants: tuple[VariantResult, ...] = ()

    def extra(self, outcome: str) -> Interval | None:
        """What all people who got it did more than they would have done without."""
        found = self.lifts[OUTCOMES.index(outcome)]
        return None if found is None else found.times(self.treated.people)
