"""Which values are shared by too many to say who somebody is; settled value by value, before any closure."""

from collections import defaultdict

from regulars.identity.graph import FAN_OUT, Node, Region
from regulars.identity.rules import Rules
from regulars.model.identifier import Tier

Crowd = tuple[str, int, int]
"""Of which strong type a value has too many neighbours, how many, and how many its own type allows."""


def is_shared(region: Region, node: Node, rules: Rules) -> bool:
    """Whether a value with all its counting bundles loaded has more distinct neighbours than its type allows.

    A strong value counts the distinct unique-tier neighbours of one space; a weak one those of its most numerous
    strong type. Any strong value with more than `rules.hub` neighbours of one strong type is a hub and shared too.
    """
    return crowd(region, node, rules) is not None


def crowd(region: Region, node: Node, rules: Rules) -> Crowd | None:
    """By what a value is shared (see `is_shared`), of several the most numerous; None where it is not."""
    neighbours: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    unique: set[tuple[str, str]] = set()
    for tie in region.evidence(node.key):
        for key in tie.members:
            other = region.node[key]
            if key != node.key and other.strong:
                kind = (other.identifier.type, other.identifier.space)
                neighbours[kind].add(_first_of(region, other) if other.tier == Tier.UNIQUE else key)
                if other.tier == Tier.UNIQUE:
                    unique.add(kind)
    _count_ghosts(region, node, rules, neighbours, unique)
    limit = rules.rule_of(node.identifier.type).fan_out
    beyond: list[tuple[int, str, int]] = []
    for kind, keys in neighbours.items():
        counts = limit is not None and (not node.strong or kind in unique)
        bounds = [each for each in (limit if counts else None, rules.hub if node.strong else None) if each is not None]
        if bounds and len(keys) > min(bounds):
            beyond.append((len(keys), kind[0], min(bounds)))
    if not beyond:
        return None
    n, type_, most = max(beyond)
    return type_, n, most


def _count_ghosts(
    region: Region,
    node: Node,
    rules: Rules,
    neighbours: dict[tuple[str, str], set[bytes]],
    unique: set[tuple[str, str]],
) -> None:
    """Add the neighbours that were erased: forgetting one person must not join those she shared a value with."""
    ghosts = region.ghosts.get(node.key)
    for type_, space, key, server in ghosts.neighbours if ghosts is not None else ():
        if server or not node.server:
            neighbours[type_, space].add(key)
            if rules.rule_of(type_).tier == Tier.UNIQUE:
                unique.add((type_, space))


def same_by_word(region: Region, node: Node) -> set[bytes]:
    """The unique identifiers which servers' must-links declare to be the same as this one, itself among them."""
    seen = {node.key}
    frontier = [node.key] if node.tier == Tier.UNIQUE else []
    while frontier:
        region.load_links(frontier)
        reached = {
            end
            for key in frontier
            for link in region.links(key)
            if link.must and link.server
            for end in (link.a, link.b)
            if end not in seen and region.node[end].tier == Tier.UNIQUE
        }
        seen |= reached
        frontier = list(reached)
    return seen


def _first_of(region: Region, node: Node) -> bytes:
    same = same_by_word(region, node)
    return node.key if len(same) == 1 else min(same, key=lambda key: region.node[key].identifier)


def was_shared(node: Node) -> bool:
    """Whether it stood as shared by fan-out; new events alone never change that."""
    return node.standing == FAN_OUT
