"""What the items of one bundle say together, put into a prepared piece of the log."""

from collections.abc import Sequence

import msgspec

from regulars.identity.bundle import Bundle
from regulars.prepared import Filed, Item, Prepared, Together, encode_together
from regulars.profiles.facts import Facts
from regulars.profiles.fragment import EMPTY, Bounds, Fragment, decode, encode, merge_all
from regulars.profiles.interactions import add_up
from regulars.profiles.names import search_name


class Group(msgspec.Struct, frozen=True):
    """The items of one bundle with the facts of each; `members` are the keys of its unblocked identifiers, sorted."""

    bundle: Bundle
    members: tuple[bytes, ...]
    items: list[Item]
    facts: list[Facts]


def file_together(prepared: Prepared, groups: Sequence[Group], bounds: Bounds) -> None:
    """Put the bundles of a piece into it."""
    names = [name for name, _ in prepared.sources]
    for group in groups:
        trust, fallback = group.bundle.trust, group.bundle.fallback
        together = encode_together(_together(group, names, bounds))
        spelt = "" if fallback is None else f"{fallback.type}:{fallback.space}:{fallback.value}"
        prepared.bundles[group.bundle.key] = Filed(trust, group.members, spelt, len(group.items), together)


def _together(group: Group, names: Sequence[str], bounds: Bounds) -> Together:
    if len(group.items) > 1:
        return _say(group.items, [facts.fragment for facts in group.facts], names, bounds)
    item = group.items[0]
    name = search_name(group.facts[0].fragment)
    alone = Together({names[item.source]: (1, item.time, item.time)}, item.fragment, name, item.interactions)
    item.fragment, item.interactions = b"", ()
    return alone


def part_of(items: Sequence[Item], names: Sequence[str], bounds: Bounds) -> Together:
    """What some, but not all, of a bundle's items say together; `names` are those of the sources."""
    return _say(items, [decode(item.fragment) if item.fragment else EMPTY for item in items], names, bounds)


def _say(items: Sequence[Item], fragments: Sequence[Fragment], names: Sequence[str], bounds: Bounds) -> Together:
    times: dict[str, tuple[int, int, int]] = {}
    for item in items:
        source, time = names[item.source], item.time
        known = times.get(source)
        times[source] = (1, time, time) if known is None else (known[0] + 1, min(known[1], time), max(known[2], time))
    fragment = merge_all([each for each in fragments if each is not EMPTY], bounds)
    shown = add_up([each for item in items for each in item.interactions])
    if fragment is EMPTY:
        return Together(times, interactions=shown)
    return Together(times, encode(fragment), search_name(fragment), shown)
