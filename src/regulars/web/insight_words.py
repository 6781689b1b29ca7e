"""What insight says in words: three sentences about all customers, and what stands out about one."""

from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import urlencode

from regulars.insights.insight import Insight, Totals, Understood
from regulars.web.formats import Formats

DAY: Final = 86_400_000_000
STAGES: Final = {
    "new": "New", "active": "Active", "slipping": "Slipping", "lapsed": "Lapsed", "won back": "Won back",
}  # fmt: skip
"""What the stages of life are called on pages."""
KINDS: Final = {"new": "info", "active": "good", "slipping": "warning", "lapsed": "bad", "won back": "good"}
WAYS: Final = {"store": "Only in stores", "online": "Only online", "both": "Both ways"}
FULL_PRICE, ON_SALE, RETURNING = 0.02, 0.3, 0.3
"""Shares from which buying at full price, on discount, or giving back is said of somebody."""


class Sentence(NamedTuple):
    """Something said of customers, and the address of the list of these people."""

    words: str
    link: str


class Reason(NamedTuple):
    """One thing that stands out about a customer, and how much: times as much as with others."""

    words: str
    strength: float


def people(**asked: str) -> str:
    """The address of a list of customers, whatever they are known by."""
    return f"/customers?{urlencode({'kind': 'all', **asked})}"


def sentences(found: Understood, fmt: Formats) -> list[Sentence]:
    """What Home opens with: who is slipping, who buys both ways, how many till sales have a name."""
    totals = found.totals
    if not totals.insight_stages:
        return []
    slipping = [each for each in totals.insight_stages if each.stage == "slipping" and each.regular]
    count = sum(each.customers for each in slipping)
    spent = " + ".join(fmt.money_short(each.spend_year, each.currency) for each in slipping[:3] if each.spend_year > 0)
    words = f"{fmt.number(count)} {'regular is' if count == 1 else 'regulars are'} slipping"
    if spent:
        words += f"; {'that one' if count == 1 else 'they'} spent {spent} in the last year"
    said = [Sentence(f"{words}.", people(stage="slipping", regular="yes"))]
    both = both_ways(totals)
    words = f"{fmt.number(both)} {'person buys' if both == 1 else 'people buy'} both ways, in stores and elsewhere."
    said.append(Sentence(words, people(ways="both")))
    [(sales, named)] = totals.insight_till or [(0, 0)]
    if sales:
        # Never all of them where one is missing.
        share = named / sales if named in (0, sales) else min(max(named / sales, 0.01), 0.99)
        said.append(Sentence(f"{fmt.percent(share)} of till sales have a name.", people(channel="store")))
    return said


def both_ways(totals: Totals) -> int:
    """How many bought in a store and elsewhere."""
    sets = totals.insight_channels
    return sum(each.customers for each in sets if "store" in each.channels and len(each.channels) > 1)


def as_of_words(found: Understood, fmt: Formats) -> str:
    """Which day figures are looked at from."""
    return fmt.date(found.as_of * DAY + DAY // 2)


def life(found: Insight, as_of: int, fmt: Formats) -> str:
    """Why somebody is in a stage, in one sentence."""
    if found.stage is None or found.rhythm is None:
        return "Never bought anything yet."
    quiet = found.recency(as_of)
    rhythm = f"a rhythm of {fmt.number(round(found.rhythm))} days"
    if not found.regular:
        rhythm += ", mostly that of all customers, since there are few purchases so far"
    last = "the last purchase was that day" if quiet == 0 else f"the last purchase is {_days(quiet, fmt)} ago"
    return {
        "new": f"First bought {_days(found.since_first(as_of), fmt)} ago; {last}.",
        "active": f"In {rhythm}, {last}.",
        "slipping": f"In {rhythm}, {last}: more than three times as long.",
        "lapsed": f"In {rhythm}, {last}: more than six times as long.",
        "won back": f"Came back after more than six times {rhythm}; {last}.",
    }[found.stage]


def reasons(found: Insight, fmt: Formats) -> list[Reason]:
    """What stands out, the strongest first."""
    return sorted(_reasons(found, fmt), key=lambda each: (-each.strength, each.words))


def short(name: str) -> str:
    """The last step of a category."""
    return name.rpartition(" > ")[2]


def _reasons(found: Insight, fmt: Formats) -> Iterator[Reason]:
    for like in (*found.categories, *found.brands):
        often = f"{fmt.number(like.lift)} times as often as others"
        yield Reason(f"Buys {short(like.name)} {often}, on {_days(like.days, fmt)}.", like.lift)
    for look in (*found.viewed_categories, *found.viewed_brands):
        many = f"{fmt.number(look.products)} product{'' if look.products == 1 else 's'} of {short(look.name)}"
        yield Reason(f"Looked at {many} without buying, {fmt.number(look.lift)} times others' share.", look.lift)
    if found.ways == "both":
        yield Reason("Buys both ways, in stores and elsewhere.", 1.2)
    if found.discount_share is not None and found.orders > 2:
        if found.discount_share <= FULL_PRICE:
            yield Reason("Buys at full price.", 1.4)
        elif found.discount_share >= ON_SALE:
            yield Reason(f"Discounts took {fmt.percent(found.discount_share)} off.", 1 + found.discount_share)
    if found.returns_share is not None and found.returns_share >= RETURNING:
        yield Reason(f"{fmt.percent(found.returns_share)} of what was paid was given back.", 2 + found.returns_share)


def _days(count: int, fmt: Formats) -> str:
    return f"{fmt.number(count)} day{'' if count == 1 else 's'}"
