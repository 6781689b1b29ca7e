"""The decision itself: what may be done, what each would be worth, and the best of it or nothing; pure."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from regulars.decisioning.caps import Budget
from regulars.decisioning.plan import Lane, Line, plan_of
from regulars.model.contact import DELIVERED, ContactPolicy
from regulars.model.decision import (
    GLOBAL,
    HELD_BACK,
    NOTHING,
    TREATED,
    Action,
    Candidate,
    Decision,
    Known,
    Need,
    Occasion,
    Permitted,
    Rulebook,
)

LATER: Final = frozenset(("capped", "action_cap", "too_soon", "quiet_hours", "paused", "question_open"))
"""What an action is dropped by for a while only."""

Why = tuple[str, str, int]
"""By what something falls out, the detail, and when to ask again."""

_UNKNOWN: Final = Permitted("no_consent")
_KNOWN: Final = frozenset(("stage", "currency", "cart"))


def decide(known: Known, asked: Occasion, book: Rulebook, now: int) -> Decision:
    """What to do for a customer on an occasion; the same facts give the same decision. `now` in microseconds."""
    budget = Budget(known, book.policy, book.zone, max(now, asked.not_before))
    actions = plan_of(book).actions
    candidates = (*_weighed(known, asked, book, budget, max(now, asked.not_before)), Candidate("", 0, ""))
    would, probability = _chosen(candidates, actions, asked, book)
    arm, held_by, share = "", "", 1.0
    if would != NOTHING and not actions[candidates[would].action].is_service:
        arm, held_by, share = _arm(known.unit, actions[candidates[would].action], book.policy.holdout)
    chosen = NOTHING if arm == HELD_BACK else would
    return Decision(
        id=asked.id, occasion=asked.key, kind=asked.kind, name=asked.name, customer=known.customer, at=now,
        candidates=candidates, chosen=chosen, would=would, probability=round(probability * share, 9), arm=arm,
        held_by=held_by, policy=book.version, again=_again(candidates) if would == NOTHING else 0, known=known,
        asked=asked,
    )  # fmt: skip


def share_of(unit: bytes, name: str) -> float:
    """Where a customer stands from 0 to 1 in the comparison of this name; always the same."""
    return int.from_bytes(sha256(unit + name.encode()).digest()[:8], "big") / 2**64


def _weighed(known: Known, asked: Occasion, book: Rulebook, budget: Budget, at: int) -> list[Candidate]:
    plan, segments = plan_of(book), frozenset(known.segments)
    closed = [_closed(lane, known, asked, budget) for lane in plan.lanes]
    pressures = [0.0 if lane.service else budget.pressure(lane.channel) for lane in plan.lanes]
    found = []
    for line in plan.lines:
        action = line.action
        if asked.actions and action.name not in asked.actions:
            continue
        dropped = _ineligible(line, known, segments, asked, at)
        own = None if dropped else _used_up(line, budget)
        for number in line.lanes:
            lane = plan.lanes[number]
            withheld, full = closed[number]
            why = dropped or withheld or own or full
            if why:
                found.append(Candidate(action.name, action.version, lane.channel, *why))
            else:
                found.append(_scored(action, lane, known, asked, book.policy, pressures[number]))
    return found


def _ineligible(line: Line, known: Known, segments: frozenset[str], asked: Occasion, at: int) -> Why | None:
    """What stands against an action by whatever channel, and the detail."""
    action = line.action
    if not action.enabled:
        return "switched_off", "", 0
    if at < action.from_:
        return "not_yet", "", 0
    if action.until and at >= action.until:
        return "over", "", 0
    if action.placements and not {asked.placement, asked.kind}.intersection(action.placements):
        return "placement", ", ".join(action.placements), 0
    for need in action.needs:
        if not _holds(need, known, asked):
            return "fact", need.fact, 0
    if line.inside and segments.isdisjoint(line.inside):
        return "not_in_segment", ", ".join(action.segments_in), 0
    if line.outside and not segments.isdisjoint(line.outside):
        return "in_segment", ", ".join(sorted(segments & line.outside)), 0
    return None


def _closed(lane: Lane, known: Known, asked: Occasion, budget: Budget) -> tuple[Why | None, Why | None]:
    """What stands against everything by this channel, for this purpose and topic; and whether she got enough by it."""
    if (asked.channels and lane.channel not in asked.channels) or not _fits(asked.kind, lane.channel):
        return ("channel", "", 0), None
    permit = known.permits.get(lane.permit, _UNKNOWN)
    if permit.code:
        return (permit.code, permit.why, permit.again), None
    room = budget.room(lane.channel, lane.service)
    return None, room if room[0] else None


def _used_up(line: Line, budget: Budget) -> Why | None:
    """Whether she got enough of this action."""
    if line.cap is None:
        return None
    own = budget.own(line.action.name, line.cap)
    return own if own[0] else None


def _fits(kind: str, channel: str) -> bool:
    if kind == "api":
        return True
    return (channel in DELIVERED) != (kind == "slot")


def _holds(need: Need, known: Known, asked: Occasion) -> bool:
    value: Any = asked.context.get(need.fact)
    if value is None and need.fact in _KNOWN:
        value = getattr(known, need.fact)
    if need.op == "known":
        return bool(value)
    if need.op == "is":
        return bool(value == need.value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(need.value, int | float):
        return False
    return bool(value >= need.value if need.op == "at_least" else value <= need.value)


def _scored(
    action: Action, lane: Lane, known: Known, asked: Occasion, policy: ContactPolicy, pressure: float
) -> Candidate:
    rate = asked.rates.get(action.name)
    if rate is None:
        rate = action.base_rate * policy.stages.get(known.stage, 1.0)
    propensity = min(1.0, max(0.0, rate))
    value = propensity * action.worth * action.lever * policy.levers.get(action.topic, 1.0)
    cost = float(action.cost + policy.costs.get(lane.channel, 0))
    return Candidate(
        action.name, action.version, lane.channel, "", "", 0, propensity, value, cost, pressure, value - cost - pressure
    )  # fmt: skip


def _chosen(
    candidates: tuple[Candidate, ...], actions: Mapping[str, Action], asked: Occasion, book: Rulebook
) -> tuple[int, float]:
    """The place of the best candidate (-1 for nothing), or at times of one drawn by lot; and how likely that was."""

    def rank(place: int) -> tuple[float, int, str]:
        each = candidates[place]
        return -each.score, actions[each.action].channels.index(each.channel), each.action

    able = [place for place, each in enumerate(candidates[:-1]) if not each.dropped]
    best = min(able, key=rank, default=NOTHING)
    if best != NOTHING and candidates[best].score <= 0:
        best = NOTHING
    explore = book.policy.explore
    if not explore or not able or (best != NOTHING and actions[candidates[best].action].is_service):
        return best, 1.0
    lots = [place for place in able if not actions[candidates[place].action].is_service] + [NOTHING]
    drawn = best
    if share_of(asked.id, "explore") < explore:
        drawn = lots[int(share_of(asked.id, "which") * len(lots))]
    return drawn, explore / len(lots) + (1 - explore if drawn == best else 0.0)


def _arm(unit: bytes, action: Action, holdout: float) -> tuple[str, str, float]:
    """The arm, who holds her back, and how likely that was."""
    if share_of(unit, "") < holdout:
        return HELD_BACK, GLOBAL, holdout
    if share_of(unit, action.name) < action.holdout:
        return HELD_BACK, action.name, (1 - holdout) * action.holdout
    return TREATED, "", (1 - holdout) * (1 - action.holdout)


def _again(candidates: tuple[Candidate, ...]) -> int:
    """The first moment at which one of those that only must wait can be decided again."""
    return min((each.again for each in candidates if each.dropped in LATER and each.again), default=0)
