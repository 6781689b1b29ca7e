"""A journey tried on one customer: step by step what would happen, and nothing is written or sent."""

from collections.abc import Sequence

import msgspec

from regulars.decisioning.deciding import Deciding, what_came_of
from regulars.decisioning.journeys.asking import actions_of, context_of
from regulars.decisioning.journeys.events import histories
from regulars.decisioning.journeys.happened import Happened, begins
from regulars.decisioning.journeys.journey import DAY, Ask, Journey
from regulars.decisioning.journeys.machine import Entry, Passed, World, decided, enter, subjects, turn
from regulars.decisioning.words import CHANNELS, why_not
from regulars.model.decision import Decision, Occasion, occasion_id
from regulars.storage.database import Connection

MOST = 100
BACK = 30 * DAY


class Tried(msgspec.Struct, frozen=True):
    """One step as it would go: at which time (microseconds since 1970 UTC), what there is (`code`), and in words."""

    step: int
    at: int
    code: str
    words: str


class Trial(msgspec.Struct, frozen=True):
    """The steps in their order. `began` is what would have begun it; None where nothing of 30 days would have."""

    began: Happened | None
    steps: tuple[Tried, ...]


def try_on(
    connection: Connection, deciding: Deciding, world: World, name: str, journey: Journey, customer: bytes, now: int
) -> Trial:
    """Take a customer through by what happened to her; where nothing began it, as if it began now."""
    back = max(BACK, journey.looks_back())
    history = histories(connection, {customer: now - back}, journey.events()).get(customer, [])
    began = [
        each
        for each in history
        if each.time > now - BACK and any(begins(begin, each) for begin in journey.begins) and subjects(journey, each)
    ]
    event = began[-1] if began else _as_if(journey, history, now)
    subject = next(iter(subjects(journey, event)), "")
    move = enter(journey, bytes(16), customer, event, subject, world)
    steps: list[Tried] = []
    while not move.outcome and len(steps) < MOST:
        at = move.entry.wake
        if move.ask is None:
            move = turn(journey, move.entry, history, at, world)
            steps += _gone_by(move.passed, at)
            continue
        decision = _decision(connection, deciding, world, name, journey, move.entry, move.ask, max(at, now), now)
        steps.append(Tried(move.entry.step, at, what_came_of(decision), _said(decision)))
        move = decided(journey, move.entry, what_came_of(decision), 0, at, world)
        steps += _gone_by(move.passed[1:], at)
    return Trial(began[-1] if began else None, tuple(steps))


def _as_if(journey: Journey, history: Sequence[Happened], now: int) -> Happened:
    """An event that would begin it now, about what she last had to do with."""
    begin = journey.begins[0]
    last = next((each for each in reversed(history) if each.products or each.order), None)
    properties = {name: words[0] for name, words in begin.where}
    products = last.products if last else ()
    order = (last.order if last else "") or ("-" if journey.subject == "order" else "")
    return Happened(now, begin.event, "", products or (("-",) if journey.subject else ()), order, properties)


def _gone_by(passed: Sequence[Passed], at: int) -> list[Tried]:
    words = {
        "done": "Goes on.", "skipped": "Passed over.", "did": "She leaves: she did what ends it.",
        "not so": "She leaves: this does not hold for her now.", "unsent": "She leaves: nothing was sent.",
        "finished": "She is through.", "too late": "She leaves: too late.",
    }  # fmt: skip
    return [Tried(each.step, at, each.what, words.get(each.what, each.what)) for each in passed]


def _decision(
    connection: Connection, deciding: Deciding, world: World, name: str, journey: Journey, entry: Entry, ask: Ask,
    at: int, now: int,
) -> Decision:  # fmt: skip
    key = f"try/{name}/{entry.customer.hex()}/{entry.step}"
    occasion = Occasion(
        id=occasion_id(deciding.secret, key), key=key, kind="journey", name=name, actions=ask.messages,
        channels=ask.channels, context=context_of(journey, entry, world), not_before=at,
    )  # fmt: skip
    book = deciding.book(connection, actions_of(journey, 0))
    return deciding.decide(connection, [(entry.customer, occasion)], book, now)[0]


def _said(decision: Decision) -> str:
    did = decision.did
    if did is None:
        return why_not(decision)
    return f"“{did.action}” would go by {CHANNELS.get(did.channel, did.channel)}."
