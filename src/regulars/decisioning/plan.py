"""A rulebook laid out for quick decisions; the same for all that are taken by it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from regulars.model.contact import Cap
from regulars.model.decision import Action, Rulebook, permit_name


class Lane(msgspec.Struct, frozen=True):
    """A channel for one purpose and topic: what consent and budget say to one action here they say to all."""

    channel: str
    permit: str
    service: bool


class Line(msgspec.Struct, frozen=True):
    """An action with the numbers of its lanes, by channel, so that the order of its channels does not show."""

    action: Action
    lanes: tuple[int, ...]
    cap: Cap | None
    inside: frozenset[str]
    outside: frozenset[str]


class Plan(msgspec.Struct, frozen=True):
    """The lanes, the actions as lines in the order of their names, the actions by name, and what consent is asked for.

    `kinds` are channel, purpose and topic.
    """

    lanes: tuple[Lane, ...]
    lines: tuple[Line, ...]
    actions: Mapping[str, Action]
    kinds: tuple[tuple[str, str, str], ...]


_MOST: Final = 256
_plans: dict[str, Plan] = {}


def plan_of(book: Rulebook) -> Plan:
    """The plan of a rulebook; the last ones are kept, by their version, which names all that is in them."""
    found = _plans.get(book.version)
    if found is None:
        if len(_plans) >= _MOST:
            _plans.clear()
        found = _plans[book.version] = _plan(book)
    return found


def _plan(book: Rulebook) -> Plan:
    numbers: dict[Lane, int] = {}
    lines = []
    for each in book.actions:
        lanes = (Lane(c, permit_name(c, each.purpose, each.topic), each.is_service) for c in sorted(each.channels))
        taken = tuple(numbers.setdefault(lane, len(numbers)) for lane in lanes)
        cap = Cap(each.most, each.per_days) if each.most else None
        lines.append(Line(each, taken, cap, frozenset(each.segments_in), frozenset(each.segments_out)))
    kinds = {(channel, each.purpose, each.topic) for each in book.actions for channel in each.channels}
    return Plan(tuple(numbers), tuple(lines), {each.name: each for each in book.actions}, tuple(sorted(kinds)))
