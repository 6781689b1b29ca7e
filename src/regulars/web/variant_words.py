"""A campaign's variants against each other in words: which did better and how sure that is, or that none can tell."""

from typing import Final

from regulars.measurement.lift import LEAST, Interval
from regulars.measurement.result import EARLY, FAIR, PEOPLE, PURCHASES, SALES, UNEVEN, Result, VariantResult
from regulars.web.formats import Formats
from regulars.web.result_words import OUTCOMES, amount, between

_MORE: Final = {
    SALES: ("sold {0} more", "sold {0} less"),
    PEOPLE: ("made {0} more people buy", "made {0} fewer people buy"),
    PURCHASES: ("brought {0} more orders", "brought {0} fewer orders"),
}  # fmt: skip
_NONE: Final = {SALES: "sales", PEOPLE: "how many people bought", PURCHASES: "orders"}


def letter(variant: VariantResult) -> str:
    """What a variant is called."""
    return variant.letter.upper()


def sentences(result: Result, variant: VariantResult, fmt: Formats) -> list[str]:
    """What a variant changed against the first, one sentence an outcome."""
    first, mine = letter(result.variants[0]), letter(variant)
    if variant.verdict == UNEVEN:
        return [f"{first} and {mine} cannot be compared: far more people got one of them than the lot meant."]
    if variant.verdict != FAIR:
        return [
            f"Between {first} and {mine} no difference can be told yet: it takes at least {LEAST} people "
            "who bought with each of them."
        ]
    return [_sentence(result, variant, each, fmt) for each in OUTCOMES]


def _sentence(result: Result, variant: VariantResult, outcome: str, fmt: Formats) -> str:
    found = variant.extra(outcome)
    assert found is not None, "a fair test has an interval of each outcome"
    first, mine = letter(result.variants[0]), letter(variant)
    if not found.sign:
        either = between(found, outcome, result, fmt)
        what = f"In {_NONE[outcome]} no difference between {first} and {mine} can be told yet"
        return f"{what}: anything from {either} fits."
    more, less = _MORE[outcome]
    ends = found if found.sign > 0 else Interval(-found.middle, -found.high, -found.low)
    words = (more if found.sign > 0 else less).format(amount(ends.middle, outcome, result, fmt))
    low, high = (amount(each, outcome, result, fmt) for each in (ends.low, ends.high))
    return f"{mine} {words} than {first} would have with the same people: between {low} and {high}."


def short(result: Result) -> str:
    """The comparison in a few words, for a list; '' where there is one message only."""
    if len(result.variants) < 2:
        return ""
    told = [(each, found.sign) for each in result.variants[1:] if (found := each.extra(SALES)) is not None]
    first = letter(result.variants[0])
    said = [f"{letter(each)} sold {'more' if sign > 0 else 'less'} than {first}" for each, sign in told if sign]
    names = ", ".join(map(letter, result.variants[:-1])) + f" and {letter(result.variants[-1])}"
    return "; ".join(said) or f"{names}: no difference can be told yet"


def why(result: Result) -> str:
    """How the comparison was made."""
    if all(each.verdict == EARLY for each in result.variants[1:]):
        return "A lot decided who gets which, and always the same for the same person."
    return (
        "A lot decided who gets which. The range is made so that in 95 of 100 such tests it holds the truth however "
        "often somebody looks: you may look early, and stop when you please."
    )
