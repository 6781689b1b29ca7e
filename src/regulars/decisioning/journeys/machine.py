"""How an entry goes through its journey: pure, so that what is live, a dry run and a replay are the same."""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from regulars.decisioning.journeys.happened import Happened, in_cart, in_segment, said_of
from regulars.decisioning.journeys.journey import (
    DAY,
    GO_ON,
    LEAVE,
    Ask,
    Cart,
    Check,
    Condition,
    Did,
    InSegment,
    Journey,
    Known,
    Wait,
)

FINISHED: Final = "finished"
DID: Final = "did"
"""Left since she did one of `leaves_on`."""
NOT_SO: Final = "not so"
"""Left since a condition did not hold."""
UNSENT: Final = "unsent"
"""Left since no message went."""
TOO_LATE: Final = "too late"
"""Left since her turn came only long after it was due, such as after the journey was switched off for a while."""
GONE: Final = "gone"
"""Left since she is nobody any more, or since somebody whom she turned out to be is in already."""
OUTCOMES: Final = (FINISHED, DID, NOT_SO, UNSENT, TOO_LATE, GONE)
STALE: Final = 2 * DAY
"""A turn that comes so long after it was due is not taken."""


class Entry(msgspec.Struct, frozen=True):
    """Where one customer stands in a journey.

    `key` (16 bytes) is the entry's own. `subject` is the product or order that it is about, `products` those of the
    event she came in by, and `said` what else of it messages tell. She stands at the step `step` (from 0) until `wake`;
    where a message is asked for, since `asked`, and for the `tries`-th time. Times in microseconds since 1970 UTC.
    """

    key: bytes
    customer: bytes
    started: int
    step: int
    wake: int
    subject: str = ""
    products: tuple[str, ...] = ()
    order: str = ""
    said: dict[str, str] = {}
    asked: int = 0
    tries: int = 0
    simulated: bool = False


class Passed(msgspec.Struct, frozen=True):
    """A step gone by: `what` is done, skipped, sent, held, unsent or again; or the outcome by which she left."""

    step: int
    what: str


class Move(msgspec.Struct, frozen=True):
    """What comes of a turn: where she then stands, or how she left (`outcome`), or what is to be decided (`ask`)."""

    entry: Entry
    passed: tuple[Passed, ...] = ()
    outcome: str = ""
    ask: Ask | None = None


class World(Protocol):
    """What journeys ask of the shop rather than of her."""

    def gap(self, product: str) -> float | None:
        """The typical days between two purchases of a product, None where it is not known to be bought again."""

    def article(self, products: Sequence[str]) -> str:
        """The id of an article about any of these, '' where there is none."""

    def in_stock(self, products: Sequence[str]) -> bool:
        """Whether any of these lies somewhere, as far as stock is told."""


def subjects(journey: Journey, event: Happened) -> list[str]:
    """What entries by this event would be about: one each; none where the event does not say what."""
    if journey.subject == "product":
        return list(event.products)
    if journey.subject == "order":
        return [event.order] if event.order else []
    return [""]


def enter(journey: Journey, key: bytes, customer: bytes, event: Happened, subject: str, world: World) -> Move:
    """Come in by an event; she then stands at the first step."""
    products = (subject,) if journey.subject == "product" else event.products
    entry = Entry(
        key, customer, event.time, 0, event.time, subject, products[:100], event.order, said_of(event),
        simulated=event.simulated,
    )  # fmt: skip
    return _arrive(journey, entry, 0, event.time, (), world)


def turn(journey: Journey, entry: Entry, history: Sequence[Happened], now: int, world: World) -> Move:
    """Take a turn that is due; `history` is what happened to her, in the order of time."""
    if any(entry.started < each.time <= now and each.name in journey.leaves_on for each in history):
        return Move(entry, (Passed(entry.step, DID),), DID)
    if now - entry.wake > STALE:
        return Move(entry, (Passed(entry.step, TOO_LATE),), TOO_LATE)
    at, passed = entry.step, list[Passed]()
    if isinstance(journey.steps[at], Wait):
        passed.append(Passed(at, "done"))
        at += 1
    while at < len(journey.steps):
        step = journey.steps[at]
        if not isinstance(step, Condition):
            break
        holds = all(_holds(each, entry, history, now, world) for each in step.checks)
        if not holds and step.otherwise == LEAVE:
            return Move(entry, (*passed, Passed(at, NOT_SO)), NOT_SO)
        passed.append(Passed(at, "done"))
        if not holds:
            passed.append(Passed(at + 1, "skipped"))
        at += 1 if holds else 2
    return _arrive(journey, entry, at, now, tuple(passed), world)


def decided(
    journey: Journey, entry: Entry, what: str, again: int, now: int, world: World, passed: tuple[Passed, ...] = ()
) -> Move:
    """Go on after a decision: `what` is sent, held or unsent; `again` (microseconds) says when to ask again, or 0."""
    step = journey.steps[entry.step]
    assert isinstance(step, Ask)
    if what == "unsent" and again > now and again <= entry.asked + step.patience:
        later = msgspec.structs.replace(entry, wake=again, tries=entry.tries + 1)
        return Move(later, (*passed, Passed(entry.step, "again")))
    passed = (*passed, Passed(entry.step, what))
    if what == "unsent" and step.otherwise != GO_ON:
        return Move(entry, (*passed, Passed(entry.step, UNSENT)), UNSENT)
    return _arrive(journey, entry, entry.step + 1, now, passed, world)


def _arrive(journey: Journey, entry: Entry, at: int, now: int, passed: tuple[Passed, ...], world: World) -> Move:
    """Stand before a step: wait there, ask there, or be through."""
    if at >= len(journey.steps):
        return Move(entry, (*passed, Passed(len(journey.steps) - 1, FINISHED)), FINISHED)
    step = journey.steps[at]
    if isinstance(step, Wait):
        return Move(_standing(entry, at, now + _time(step, entry, world)), passed)
    if isinstance(step, Ask) and entry.step == at and entry.asked:
        return Move(entry, passed, ask=step)
    stands = _standing(entry, at, now)
    if isinstance(step, Ask):
        return Move(msgspec.structs.replace(stands, asked=now), passed, ask=step)
    return Move(stands, passed)


def _standing(entry: Entry, at: int, wake: int) -> Entry:
    return msgspec.structs.replace(entry, step=at, wake=wake, asked=0, tries=0)


def _time(step: Wait, entry: Entry, world: World) -> int:
    if not step.until:
        return step.time
    gaps = [gap for gap in map(world.gap, entry.products) if gap is not None]
    return min(max(int(min(gaps) * DAY) if gaps else step.most, step.least), step.most)


def _holds(check: Check, entry: Entry, history: Sequence[Happened], now: int, world: World) -> bool:
    if isinstance(check, Did):
        return _often(check, entry, history, now) != check.negated
    if isinstance(check, Cart):
        lying = in_cart(history, now)
        about = lying & set(entry.products) if entry.subject else lying
        return bool(about) == check.filled
    if isinstance(check, InSegment):
        return in_segment(history, check.segment, now) != check.negated
    assert isinstance(check, Known)
    return bool(world.article(entry.products)) if check.what == "article" else world.in_stock(entry.products)


def _often(check: Did, entry: Entry, history: Sequence[Happened], now: int) -> bool:
    if check.before:
        first, last = (entry.started - check.within if check.within else 0), entry.started - 1
    else:
        first, last = (now - check.within if check.within else entry.started), now
    about, count = set(entry.products), 0
    for each in history:
        if (
            each.name == check.event
            and first <= each.time <= last
            and not (check.same and about.isdisjoint(each.products))
        ):
            count += 1
    return count >= check.at_least
