"""Results in words: what a message changed, how sure that is, and why some cannot be told at all."""

from typing import Final

from regulars.measurement.lift import LEAST, Interval
from regulars.measurement.result import (
    BEFORE_DAYS,
    EARLY,
    FAIR,
    NOBODY_HELD,
    NOT_RANDOM,
    PEOPLE,
    PURCHASES,
    SALES,
    UNEVEN,
    WINDOW_DAYS,
    Result,
)
from regulars.web.formats import Formats

KINDS: Final = {"campaign": "Campaign", "journey": "Journey", "action": "Next step"}
OUTCOMES: Final = {SALES: "Extra sales", PEOPLE: "More people who bought", PURCHASES: "Extra orders"}
MARKS: Final = {
    FAIR: ("Fair test", "good"), EARLY: ("Too early to say", "neutral"), NOBODY_HELD: ("Not a fair test", "warning"),
    NOT_RANDOM: ("Not a fair test", "warning"), UNEVEN: ("Not a fair test", "warning"),
}  # fmt: skip
"""The mark beside each verdict, and its kind."""
_MORE: Final = {
    SALES: ("It sold {0} more", "It sold {0} less"),
    PEOPLE: ("{0} more people bought", "{0} fewer people bought"),
    PURCHASES: ("{0} more orders were placed", "{0} fewer orders were placed"),
}  # fmt: skip


def title(result: Result) -> str:
    """What a result is called; a mere number is told what it is."""
    name = result.title or result.name
    return f"{KINDS[result.kind]} {name}" if name.isdecimal() else name


def amount(value: float, outcome: str, result: Result, fmt: Formats) -> str:
    """A value of an outcome: money, people or orders, rounded for reading."""
    return fmt.money(round(value), result.currency) if outcome == SALES else fmt.number(round(value))


def mean(value: float, outcome: str, result: Result, fmt: Formats) -> str:
    """A person's mean of an outcome."""
    if outcome == SALES:
        return fmt.money(round(value), result.currency)
    return fmt.percent(value, 1) if outcome == PEOPLE else fmt.number(round(value, 3))


def between(found: Interval, outcome: str, result: Result, fmt: Formats) -> str:
    """The two ends of an interval."""
    low, high = (amount(each, outcome, result, fmt) for each in (found.low, found.high))
    return f"{low} to {high}"


def sentence(result: Result, outcome: str, fmt: Formats) -> str:
    """What it changed, in one sentence; '' where that is not measured."""
    found = result.extra(outcome)
    if found is None:
        return ""
    if not found.sign:
        ends = between(found, outcome, result, fmt)
        return f"{OUTCOMES[outcome]}: it cannot be told yet. Anything from {ends} fits what was seen."
    more, less = _MORE[outcome]
    words = (more if found.sign > 0 else less).format(amount(abs(found.middle), outcome, result, fmt))
    low, high = (amount(each, outcome, result, fmt) for each in _ends(found))
    return f"{words} than it would have been without: between {low} and {high}."


def _ends(found: Interval) -> tuple[float, float]:
    """The ends as a sentence says them: of what became less, without the sign."""
    return (found.low, found.high) if found.sign > 0 else (-found.high, -found.low)


def why(result: Result, fmt: Formats) -> str:
    """Why a result says what it says, or why nothing is said."""
    if result.verdict == FAIR:
        return (
            f"A lot decided who got it and who was held back to compare, {_held(result)}. Everybody counts from the "
            f"moment at which it was decided, with all that was bought in the {WINDOW_DAYS} days since."
        )
    if result.verdict == EARLY:
        return (
            f"A lot decided who got it and who was held back, {_held(result)}. What it changed can be told once at "
            f"least {LEAST} people of each group have bought."
        )
    if result.verdict == UNEVEN:
        return (
            "It was meant to be drawn by lot, but the two groups are not as a lot would have made them: far more or "
            "far fewer were held back than should have been. Something else decided, so no extra sales are shown."
        )
    if result.verdict == NOT_RANDOM:
        return f"Nobody drew lots: whoever sent it chose who gets it.{_chosen(result, fmt)} No extra sales are shown."
    return "Everybody got it, and nobody was held back to compare. So nobody knows what would have been without it."


def _held(result: Result) -> str:
    return "from this alone" if result.held_by == "own" else "from everything that persuades"


def _chosen(result: Result, fmt: Formats) -> str:
    found = result.chosen
    if found is None or not found.others:
        return ""

    def spent(value: float) -> str:
        return fmt.money(round(value), result.currency)

    words = (
        f" In the {BEFORE_DAYS} days before, those it went to had spent {spent(found.got_before)} on average, and the "
        f"others {spent(found.others_before)}."
    )
    if found.never and found.ever != found.got:
        words += (
            f" Those whom any of these mailings ever went to had spent {spent(found.ever_before)}, those to whom none "
            f"went {spent(found.never_before)}."
        )
    return f"{words} They would have bought differently anyway, so a difference now says nothing about the mailing."
