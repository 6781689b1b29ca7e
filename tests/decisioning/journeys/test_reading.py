"""A journey as YAML: what cannot be taken is refused with its place; the shipped ones can."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.decisioning.journeys.journey import DAY, HOUR, Ask, BadJourney, Begin, Condition, Did, Wait
from regulars.decisioning.journeys.reading import MAX_BYTES, read_journey
from regulars.decisioning.journeys.store import shipped

GOOD = """
title: A word
purpose: marketing
topic: reminders
begins: [{event: Product Added, where: {channel: [web, app], express: true, level: 2.0}}]
leaves_on: [Order Completed]
again_after: 1 week
steps:
  - wait: 4 hours
  - condition: [{cart: filled}, {did_not: Order Completed, within: 2 days, same: true}]
    otherwise: skip
  - message: abandoned-cart
    channels: email
    patience: 90 minutes
"""


def test_a_good_one() -> None:
    made = read_journey(GOOD)
    where = (("channel", ("web", "app")), ("express", ("true",)), ("level", ("2",)))
    assert made.begins == (Begin("Product Added", where),)
    assert made.again_after == 7 * DAY and made.looks_back() == 30 * DAY
    wait, condition, ask = made.steps
    assert wait == Wait(4 * HOUR) and isinstance(condition, Condition) and condition.otherwise == "skip"
    assert condition.checks[1] == Did("Order Completed", within=2 * DAY, same=True, negated=True)
    assert ask == Ask(("abandoned-cart",), ("email",), 90 * 60_000_000)
    assert {"Product Added", "Cart Viewed", "Order Completed"} <= made.events()


BAD = {
    "": "file must be a mapping",
    "[1]": "file must be a mapping",
    "title: [": "line 1 is no YAML",
    "a: &x [1]\nb: *x": "file must have no",
    "x: " + "[" * 3000 + "]" * 3000: "file is nested too deep",
    "x: " + "y" * MAX_BYTES: "file is longer",
    GOOD.replace("title: A word", "titel: A word"): "file knows no `titel`",
    GOOD.replace("title: A word\n", ""): "file must say `title`",
    GOOD.replace("A word", "' '"): "title must be a text",
    GOOD.replace("A word", "x" * 101): "title must be a text",
    GOOD.replace("marketing", "spam"): "purpose must be one of",
    GOOD.replace("reminders", "Re Minders"): "topic must be up to 60",
    GOOD.replace("4 hours", "4 years"): "steps[1].wait must be a time",
    GOOD.replace("4 hours", "0 hours"): "steps[1].wait must be a time",
    GOOD.replace("4 hours", "401 days"): "steps[1].wait must be a time",
    GOOD.replace("4 hours", "{until: due again}"): "steps[1].wait must say `at_least`",
    GOOD.replace("4 hours", "{until: due again, at_least: 3 days, at_most: 1 day}"): "steps[1].wait must wait at least",
    GOOD.replace("cart: filled", "cart: full"): "steps[2].condition.cart must be one of",
    GOOD.replace("cart: filled", "karma: good"): "steps[2].condition must be one of",
    GOOD.replace("otherwise: skip", "otherwise: jump"): "steps[2].otherwise must be one of",
    GOOD.replace("same: true", "same: 1"): "steps[2].condition.same must be true or false",
    GOOD.replace("same: true", "at_least: 0"): "steps[2].condition.at_least must be a number",
    GOOD.replace("message: abandoned-cart", "message: 7"): "steps[3].message must be up to 60",
    GOOD.replace("channels: email", "channels: [pigeon]"): "steps[3].channels must be one of",
    GOOD.replace("message: abandoned-cart", "mesage: abandoned-cart"): "steps[3] must be exactly one of",
    GOOD.replace("Product Added, where", "1, where"): "begins[1].event must be the name",
    GOOD.replace("channel: [web, app]", "channel: {a: 1}"): "begins[1].where.channel must be",
    GOOD.replace("event: Product Added, where", "segment: x, where"): "begins[1] must have nothing beside",
    GOOD.split("  - condition")[0]: "steps need at least one",
    GOOD + "  - condition: {cart: empty}\n    otherwise: skip\n": "steps[4] has no next",
}


@pytest.mark.parametrize(("text", "says"), BAD.items(), ids=range(len(BAD)))
def test_a_bad_one(text: str, says: str) -> None:
    with pytest.raises(BadJourney) as caught:
        read_journey(text)
    assert str(caught.value).startswith(says)


@given(st.text(max_size=200))
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadJourney):
        read_journey(text)


def test_the_shipped_ones() -> None:
    found = {name: read_journey(text) for name, text in shipped().items()}
    assert set(found) == {
        "abandoned-cart", "abandoned-browse", "due-again", "back-in-store", "welcome", "how-to", "delay-notice",
        "win-back",
    }  # fmt: skip
    assert found["delay-notice"].purpose == "service"
    assert found["win-back"].messages() == ("win-back", "win-back-2")
    guide = Path(__file__).resolve().parents[3] / "docs" / "guides" / "journeys.md"
    assert all(f"`{name}`" in guide.read_text("utf-8") for name in found)
