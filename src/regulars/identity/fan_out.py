"""Which values are shared by too many to say who somebody is; settled value by value, before any closure."""

from collections import defaultdict

from regulars.identity.graph import FAN_OUT, Node, Region
from regulars.identity.rules import Rules
from regulars.model.identifier import Tier


def is_shared(region: Region, node: Node, rules: Rules) -> bool:
    """Whether a value with all its counting bundles loaded has more distinct neighbours than its type allows.

    A strong value counts the distinct unique-tier neighbours of one space; a weak one those of its most numerous
    strong type. Any strong value with more than `rules.hub` neighbours of one strong type is a hub and shared too.
    """
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
    limit = rules.rule_of(node.identifier.type).fan_out
    if not node.strong:
        return limit is not None and any(len(keys) > limit for keys in neighbours.values())
    if any(len(keys) > rules.hub for keys in neighbours.values()):
        return True
    return limit is not None and any(len(neighbours[kind]) > limit for kind in unique)


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
