"""What must hold of every decision, whatever the facts."""

import random
from hashlib import sha256
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.consent.quiet import quiet_until
from regulars.decisioning.arbitrate import LATER, decide
from regulars.decisioning.caps import day_of, midnight
from regulars.decisioning.replay import replay
from regulars.decisioning.words import why
from regulars.model.contact import DAY, FULL, HOUR, TOTAL, Cap, ContactPolicy
from regulars.model.decision import (
    GLOBAL,
    HELD_BACK,
    NOTHING,
    TREATED,
    Action,
    Contact,
    Decision,
    Known,
    Need,
    Occasion,
    Permitted,
    permit_name,
    rulebook,
)

NOON = 1_773_489_600_000_000  # 2026-03-14T12:00:00Z
CHANNELS = ("email", "sms", "webhook", "onsite")
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")


def unit(n: int) -> bytes:
    return sha256(str(n).encode()).digest()[:16]


def known(n: int = 0, **said: Any) -> Known:
    purposes = ("marketing", "service")
    free = {permit_name(channel, purpose, ""): Permitted("") for channel in CHANNELS for purpose in purposes}
    return Known(**{"customer": unit(n), "unit": unit(n), "permits": free, **said})


def asked(key: str = "k", **said: Any) -> Occasion:
    return Occasion(**{"id": sha256(key.encode()).digest()[:16], "key": key, "kind": "api", "name": "test", **said})


def free(**said: Any) -> ContactPolicy:
    """A policy that forbids nothing, with this said over it."""
    none: dict[str, Any] = {
        "caps": {}, "service": {}, "hours_between": 0, "quiet_from": 0, "quiet_to": 0, "holdout": 0.0, "pressure": 0,
    }  # fmt: skip
    return ContactPolicy(**{**none, **said})


def action(name: str = "a", **said: Any) -> Action:
    return Action(name, **{"title": name, "worth": 1000, "base_rate": 0.5, **said})


def one(policy: ContactPolicy, *actions: Action, now: int = NOON, who: Known | None = None, **said: Any) -> Decision:
    return decide(who or known(), asked(**said), rulebook(policy, actions), now)


def moments() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(NOON, NOON + 40 * DAY), min_size=1, max_size=40).map(sorted)


def caps() -> st.SearchStrategy[tuple[Cap, ...]]:
    return st.lists(st.builds(Cap, st.integers(0, 4), st.integers(1, 20)), max_size=3).map(tuple)


def policies() -> st.SearchStrategy[ContactPolicy]:
    return st.builds(
        free,
        caps=st.dictionaries(st.sampled_from([TOTAL, *CHANNELS]), caps(), max_size=4),
        weights=st.dictionaries(st.sampled_from(CHANNELS), st.integers(0, FULL), max_size=4),
        hours_between=st.integers(0, 60),
        quiet_from=st.integers(0, 1439),
        quiet_to=st.integers(0, 1439),
    )


@settings(max_examples=60, deadline=None)
@given(policies(), moments(), st.sampled_from(ZONES), st.booleans(), st.randoms(use_true_random=False))
def test_no_cap_distance_or_quiet_hour_is_ever_passed(
    policy: ContactPolicy, times: list[int], zone: str, less: bool, draw: random.Random
) -> None:
    contacts: list[Contact] = []
    for n, now in enumerate(times):
        offered = action(channels=(draw.choice(CHANNELS),))
        who = known(contacts=tuple(sorted(contacts)), zone=zone, less_often=less)
        did = one(policy, offered, now=now, who=who, key=str(n)).did
        if did is not None:
            contacts.append(Contact(now, did.channel, False, did.action))
    for name, of in policy.caps.items():
        for cap in of:
            for each in contacts:
                last = day_of(each.at, zone)
                days = cap.days * 2 if less and cap.days <= 45 else cap.days
                begin, end = midnight(last - days + 1, zone), midnight(last + 1, zone)
                within = [c for c in contacts if begin <= c.at < end and name in (TOTAL, c.channel)]
                weight = sum(policy.weights.get(c.channel, FULL) if name == TOTAL else FULL for c in within)
                # A contact that weighs nothing takes no room, and one that takes some had it when it was made.
                assert weight <= cap.most * FULL
    reaching = [each.at for each in contacts if each.channel in policy.reaching]
    assert all(b - a >= policy.hours_between * HOUR for a, b in pairwise(reaching))
    assert not any(quiet_until(at, policy.quiet_from, policy.quiet_to, zone) for at in reaching)


@settings(max_examples=60, deadline=None)
@given(policies(), moments(), st.sampled_from(ZONES), st.integers(0, 60))
def test_what_must_wait_is_told_when_and_then_has_room(
    policy: ContactPolicy, times: list[int], zone: str, later: int
) -> None:
    contacts = tuple(Contact(at, "email", False, "a") for at in times)
    who, now = known(contacts=contacts, zone=zone), times[-1] + later * HOUR
    decision = one(policy, action(), now=now, who=who)
    first = decision.candidates[0]
    if first.dropped in LATER and decision.again:
        assert decision.again > now and decision.chosen == NOTHING
        after = one(policy, action(), now=decision.again, who=who, key="again")
        # Another cap may still hold her back, but time goes on and at last there is room.
        for _ in range(12):
            if after.did is not None or not after.again:
                break
            assert after.again > after.at
            after = one(policy, action(), now=after.again, who=who, key="again")
        assert after.did is not None or any(cap.most == 0 for of in policy.caps.values() for cap in of)


def actions() -> st.SearchStrategy[list[Action]]:
    made = st.builds(
        action,
        name=st.sampled_from([f"a{n}" for n in range(12)]),
        purpose=st.sampled_from(["marketing", "service"]),
        channels=st.permutations(CHANNELS).flatmap(lambda all: st.integers(1, 4).map(lambda n: tuple(all[:n]))),
        segments_in=st.sampled_from([(), ("s",), ("t",)]),
        segments_out=st.sampled_from([(), ("s",), ("t",)]),
        cost=st.integers(0, 500),
        worth=st.integers(0, 1000),
        base_rate=st.floats(0, 1),
        holdout=st.sampled_from([0.0, 0.3]),
        lever=st.floats(0, 3),
        enabled=st.booleans(),
    )
    return st.lists(made, max_size=8, unique_by=lambda each: each.name)


@settings(max_examples=80, deadline=None)
@given(actions(), st.integers(0, 50), st.floats(0, 1), st.floats(0, 1), st.randoms(use_true_random=False))
def test_order_is_nothing_and_doing_nothing_is_always_there(
    offered: list[Action], who: int, holdout: float, explore: float, draw: random.Random
) -> None:
    policy = ContactPolicy(holdout=holdout, explore=explore)
    person = known(who, segments=("s",), contacts=(Contact(NOON - 3 * DAY, "email", False, "a1"),))
    book = rulebook(policy, tuple(offered))
    decision = decide(person, asked(), book, NOON)
    shuffled = list(offered)
    draw.shuffle(shuffled)
    assert decide(person, asked(), rulebook(policy, tuple(shuffled)), NOON) == decision
    assert decision.candidates[-1].action == "" and decision.candidates[-1].score == 0
    assert [each.action for each in decision.candidates].count("") == 1
    assert 0 < decision.probability <= 1
    if decision.did is not None:
        assert not decision.did.dropped and decision.arm in ("", TREATED)
    if decision.arm == HELD_BACK:
        assert decision.chosen == NOTHING and decision.about is not None and decision.held_by
    assert replay(decision, book).differs == ()
    copied = msgspec.msgpack.decode(msgspec.msgpack.encode(decision), type=Decision)
    assert replay(copied, msgspec.json.decode(msgspec.json.encode(book), type=type(book))).differs == ()
    assert why(decision, book)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), actions(), st.integers(0, 40))
def test_who_is_held_back_stays_held_back(n: int, offered: list[Action], days: int) -> None:
    arms = set()
    for more in ([], offered):
        book = rulebook(free(holdout=0.5), (action("mine", worth=10**9, base_rate=1.0), *more))
        decision = decide(known(n), asked(str(days)), book, NOON + days * DAY)
        assert decision.about is not None and decision.about.action == "mine"
        arms.add((decision.arm, decision.held_by, decision.probability))
    assert len(arms) == 1


def test_holdouts_take_their_share_and_are_independent() -> None:
    book = rulebook(free(holdout=0.1), (action("x", holdout=0.2),))
    by: dict[str, int] = {}
    for n in range(4000):
        decision = decide(known(n), asked(str(n)), book, NOON)
        by[decision.held_by] = by.get(decision.held_by, 0) + 1
        assert decision.probability == pytest.approx({GLOBAL: 0.1, "x": 0.18, "": 0.72}[decision.held_by])
    assert 330 < by[GLOBAL] < 470 and 640 < by["x"] < 800


def test_exploring_draws_as_often_as_it_says() -> None:
    book = rulebook(free(explore=0.4), (action("best", worth=2000), action("next", worth=100)))
    found: dict[str, int] = {}
    for n in range(4000):
        decision = decide(known(n), asked(str(n)), book, NOON)
        name = "" if decision.did is None else decision.did.action
        found[name] = found.get(name, 0) + 1
        assert decision.probability == pytest.approx(0.6 + 0.4 / 3 if name == "best" else 0.4 / 3)
    assert 450 < found["next"] < 620 and 450 < found[""] < 620


@pytest.mark.parametrize(
    ("said", "context", "dropped"),
    [
        ({"enabled": False}, {}, "switched_off"),
        ({"from_": NOON + 1}, {}, "not_yet"),
        ({"until": NOON}, {}, "over"),
        ({"placements": ("home",)}, {}, "placement"),
        ({"needs": (Need("stock", "at_least", 1),)}, {"stock": 0}, "fact"),
        ({"needs": (Need("stock", "at_least", 1),)}, {"stock": "many"}, "fact"),
        ({"needs": (Need("stock", "at_least", 1),)}, {"stock": 3}, ""),
        ({"needs": (Need("stage", "is", "active"),)}, {}, "fact"),
        ({"needs": (Need("stage", "is", "active"),)}, {"stage": "active"}, ""),
        ({"needs": (Need("cart"),)}, {}, "fact"),
        ({"needs": (Need("product"),)}, {"product": ""}, "fact"),
        ({"segments_in": ("s", "t")}, {}, "not_in_segment"),
        ({"segments_out": ("v",)}, {}, "in_segment"),
        ({"topic": "news"}, {}, "no_consent"),
        ({"most": 1, "per_days": 30}, {}, "action_cap"),
    ],
)
def test_what_an_action_is_dropped_by(said: dict[str, Any], context: dict[str, Any], dropped: str) -> None:
    who = known(segments=("v",), contacts=(Contact(NOON - 20 * DAY, "email", False, "a"),))
    decision = one(free(), action(**said), who=who, context=context)
    assert decision.candidates[0].dropped == dropped
    assert (decision.did is None) == bool(dropped)


def test_doing_nothing_beats_what_is_worth_less_than_its_price() -> None:
    assert one(free(costs={"email": 500}), action()).chosen == NOTHING
    pressed = known(contacts=tuple(Contact(NOON - n * DAY, "email", False, "b") for n in range(1, 6)))
    assert one(free(pressure=400), action(), who=pressed).chosen == NOTHING
    assert one(free(pressure=400), action()).did is not None
    assert one(free(levers={"news": 0.0}), action()).did is not None


def test_service_has_its_own_budget_and_neither_night_nor_holdout() -> None:
    night = NOON + 11 * HOUR
    policy = ContactPolicy(holdout=1.0)
    late = action("late", purpose="service", base_rate=1.0)
    full = known(contacts=tuple(Contact(NOON - n * HOUR, "email", False, "b") for n in range(5)))
    decision = one(policy, late, action("news"), now=night, who=full)
    assert decision.did is not None and decision.did.action == "late" and decision.arm == ""
    many = known(contacts=tuple(Contact(NOON - n, "email", True, "b") for n in range(1, 9)))
    assert one(policy, late, who=many).candidates[0].dropped == "capped"


def test_slots_show_on_site_and_journeys_deliver() -> None:
    offered = action(channels=("email", "onsite"))
    assert [each.dropped for each in one(free(), offered, kind="slot").candidates] == ["channel", "", ""]
    assert [each.dropped for each in one(free(), offered, kind="journey").candidates] == ["", "channel", ""]
    assert one(free(), offered, channels=("onsite",)).candidates[0].dropped == "channel"
