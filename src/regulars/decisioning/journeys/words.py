"""A journey as people say it."""

from typing import Final

import msgspec

from regulars.decisioning.journeys.journey import (
    DAY,
    HOUR,
    LEAVE,
    MINUTE,
    Begin,
    Cart,
    Check,
    Condition,
    Did,
    InSegment,
    Journey,
    Step,
    Wait,
)
from regulars.decisioning.words import CHANNELS

EVENTS: Final = {
    "Product Added": "puts something into the cart",
    "Wishlist Product Added to Cart": "puts something from the wish list into the cart",
    "Product Viewed": "looks at a product",
    "Order Completed": "orders",
    "Order Delayed": "has an order that is late",
    "Order Delivered": "has an order delivered",
    "Order Cancelled": "has an order called off",
    "Order Canceled": "has an order called off",
    "Order Refunded": "gets money back",
    "Consent Given": "says that we may write to her",
    "Loyalty Joined": "joins the loyalty programme",
    "Cart Cleared": "empties the cart",
}
"""Events, as what she does."""

DONE: Final = {
    "Order Completed": ("has ordered", "has not ordered"),
    "Product Viewed": ("has looked at it", "has not looked at it"),
    "Product Added": ("has put something into the cart", "has put nothing into the cart"),
}
"""Events, as what she has done and has not done."""

OUTCOMES: Final = {
    "entered": "came in", "done": "went on", "skipped": "passed it over", "sent": "sent",
    "held": "held back to compare", "unsent": "not sent", "again": "asked again later", "finished": "are through",
    "did": "left: did what ends it", "not so": "left: no longer so", "too late": "left: too late",
    "gone": "left: no longer there",
}  # fmt: skip
"""What happened at a step, after a number."""


class Told(msgspec.Struct, frozen=True):
    """A journey in words: what it begins with, its rules, its steps, and of each step what it is."""

    begins: tuple[str, ...]
    rules: tuple[str, ...]
    steps: tuple[str, ...]
    kinds: tuple[str, ...]


def journey_words(journey: Journey) -> Told:
    """A journey in words."""
    rules = []
    if journey.restart:
        rules.append("Whenever that happens again while she waits, it begins anew.")
    if journey.again_after:
        rules.append(f"Whoever heard of it does not come in again for {time_words(journey.again_after)}.")
    if journey.leaves_on:
        rules.append(f"It ends at once when she {_either([event_words(each) for each in journey.leaves_on])}.")
    if journey.purpose == "service":
        rules.append("A service message: it needs no consent to marketing, and minds no night.")
    return Told(
        tuple(_begin(each) for each in journey.begins),
        tuple(rules),
        tuple(_step(each, journey) for each in journey.steps),
        tuple("wait" if isinstance(each, Wait) else "if" if isinstance(each, Condition) else "message"
              for each in journey.steps),
    )  # fmt: skip


def outcome_words(what: str) -> str:
    """What happened at a step, as it stands after a number."""
    return OUTCOMES.get(what, what)


def event_words(name: str) -> str:
    """An event as what she does."""
    return EVENTS.get(name, f"does “{name}”")


def time_words(time: int) -> str:
    """A time in microseconds as people say it."""
    for unit, word in ((7 * DAY, "week"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if time >= unit and time % unit == 0:
            count = time // unit
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{time // MINUTE} minutes"


def _begin(begin: Begin) -> str:
    if begin.back:
        return (
            f"a product lies on a shelf again that she looked at, saved or wished for within {begin.back} days, "
            "and has not bought"
        )
    if begin.event == "Segment Joined" and begin.where:
        return f"she comes into the segment “{begin.where[0][1][0]}”"
    where = [f"{name} is {_either(list(words))}" for name, words in begin.where]
    return f"she {event_words(begin.event)}{', where ' + ' and '.join(where) if where else ''}"


def _step(step: Step, journey: Journey) -> str:
    if isinstance(step, Wait):
        if step.until:
            return (
                f"Wait until what she bought is usually bought again, {time_words(step.least)} at least and "
                f"{time_words(step.most)} at most"
            )
        return f"Wait {time_words(step.time)}"
    if isinstance(step, Condition):
        otherwise = "else she leaves" if step.otherwise == LEAVE else "else the next step is passed over"
        return f"Only if {', and '.join(_check(each, journey) for each in step.checks)}; {otherwise}"
    named = _either([f"“{each}”" for each in step.messages])
    choice = f"Decide whether to send {named}" if len(step.messages) == 1 else f"Decide which to send of {named}"
    by = f" by {_either([CHANNELS.get(each, each) for each in step.channels])}" if step.channels else ""
    wait = f"; where she was contacted enough or it is night, ask again for {time_words(step.patience)}"
    leave = ", and let her go where nothing was sent" if step.otherwise == LEAVE else ""
    return f"{choice}{by}{wait if step.patience else ''}{leave}"


def _check(check: Check, journey: Journey) -> str:
    if isinstance(check, Did):
        done = DONE.get(check.event, (f"has done “{check.event}”", f"has not done “{check.event}”"))[check.negated]
        often = f" {check.at_least} times or more" if check.at_least > 1 else ""
        since = f"within {time_words(check.within)}" if check.within else "since she came in"
        return f"she {done}{often} {'before, ' if check.before else ''}{since}"
    if isinstance(check, Cart):
        return "something lies in her cart" if check.filled else "nothing of it lies in her cart"
    if isinstance(check, InSegment):
        return f"she is {'not ' if check.negated else ''}in the segment “{check.segment}”"
    return "there is an article about it" if check.what == "article" else "it lies on a shelf, as far as we know"


def _either(words: list[str]) -> str:
    unique = list(dict.fromkeys(words))
    return " or ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)
