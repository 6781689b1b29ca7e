"""The rule that keeps two identifiers apart, in plain words."""

from collections import Counter

from regulars.identity.fan_out import crowd
from regulars.identity.graph import FAN_OUT, HOP, LEFT_OUT, SHARED, VOTES, Link, Node, Region, Tie
from regulars.identity.owners import votes_for
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier, Tier

Sides = tuple[set[bytes], set[bytes]]
Meeting = tuple[Node, Node, Tie]


def why_nobody(region: Region, node: Node, rules: Rules) -> tuple[str, str]:
    """Why an identifier, whose bundles are loaded, belongs to nobody: the reason and its words."""
    name = named(node.identifier)
    if node.standing == FAN_OUT:
        found = crowd(region, node, rules)
        if found is None:
            return "shared", f"{name} was seen with too many, so it is shared and belongs to nobody."
        type_, n, most = found
        return "shared", (
            f"{name} is shared: it came with {n} different {type_} values (at most {most} may be one person's), so it "
            "belongs to nobody and joins nobody."
        )
    if node.standing == VOTES:
        votes = votes_for(region, (node.key,), lambda key: (region.node[key].standing, region.node[key].customer))
        told = ", ".join(f"{n} with {owner.hex()}" for owner, n in sorted(votes.items(), key=lambda v: (-v[1], v[0])))
        return "contested", (
            f"{name} is contested: its messages are {told}; it would be hers who has {rules.dominance:.0%} of at least "
            f"{rules.dominance_messages}."
        )
    if node.standing == LEFT_OUT:
        return "left_out", (
            f"{name} is in a web of more than {rules.component_bound} strong identifiers, too many for one person; the "
            f"{node.identifier.type} values of it are left out."
        )
    return "none", f"{name} is not resolved yet."


def why_apart(region: Region, one: Node, two: Node, sides: Sides, rules: Rules) -> tuple[str, str, Link | None]:
    """Why two identifiers of different persons are apart: the reason, its words, the cannot-link if it is one.

    `sides` are all identifiers of either person, loaded.
    """
    link = _kept_apart(region, one, two, sides)
    if link is not None:
        ends = sorted((region.node[link.a].identifier, region.node[link.b].identifier))
        return "cannot_link", f"By hand: {named(ends[0])} and {named(ends[1])} were said to be two people.", link
    met = _meetings(region, sides)
    strong = [each for each in met if each[0].strong and each[1].strong]
    counted = [each for each in strong if each[2].server or not (each[0].server and each[1].server)]
    if counted:
        return (*_refused(region, counted[0], sides, rules), None)
    if strong:
        return "claim", f"Only a client claims that {_both(strong[0])}; that joins no two proven persons.", None
    if met:
        return "weak", _weak(region, met[0], sides, rules), None
    between = _between(region, sides)
    if between is not None:
        region.load({between.key}, joining=False)
        reason, words = why_nobody(region, between, rules)
        return reason, f"Both were seen with {named(between.identifier)}, nothing else. {words}", None
    return "none", "No evidence joins them: they never came together, nor did anything of either person.", None


def named(identifier: Identifier) -> str:
    """An identifier as it is written in words."""
    return f"{identifier.type}:{identifier.value}"


def _kept_apart(region: Region, one: Node, two: Node, sides: Sides) -> Link | None:
    found = [
        link
        for key in sides[0]
        for link in region.links(key)
        if not link.must and (link.b if link.a == key else link.a) in sides[1]
    ]
    return min(
        found,
        default=None,
        key=lambda link: (
            {link.a, link.b} != {one.key, two.key},
            not {link.a, link.b} & {one.key, two.key},
            sorted((region.node[link.a].identifier, region.node[link.b].identifier)),
        ),
    )


def _meetings(region: Region, sides: Sides) -> list[Meeting]:
    """Where an identifier of the one came together with one of the other; a server's word first, then most messages."""
    found = [
        (region.node[key], region.node[other], tie)
        for key in sides[0]
        for tie in region.ties(key)
        for other in tie.members
        if other in sides[1]
    ]
    return sorted(found, key=lambda m: (not m[2].server, -m[2].n, m[0].identifier, m[1].identifier))


def _refused(region: Region, met: Meeting, sides: Sides, rules: Rules) -> tuple[str, str]:
    held = [
        Counter((i.type, i.space) for i in (region.node[key].identifier for key in side if region.node[key].strong))
        for side in sides
    ]
    for kind in sorted(held[0].keys() & held[1].keys()):
        limit, together = rules.rule_of(kind[0]).limit, held[0][kind] + held[1][kind]
        if limit is not None and together > limit:
            return "limit", (
                f"{_both(met)}, but as one person they would have {together} {kind[0]} values, and {limit} is the most."
            )
    return "claim", (
        f"Only a client claims that {_both(met)}. What is only claimed joins one person, by its best evidence, and "
        "that leads elsewhere."
    )


def _weak(region: Region, met: Meeting, sides: Sides, rules: Rules) -> str:
    proven = [any(region.node[key].strong for key in side) for side in sides]
    if not all(proven):
        hopped = next((node for node in met[:2] if node.standing == HOP), None)
        if hopped is not None:
            return f"{_both(met)}, but {named(hopped.identifier)} is itself hers by one hop, and no hop goes further."
        return f"{_both(met)}, but without a strong identifier between them that does not make them one person's."
    weak = met[1] if met[0].strong else met[0]
    if weak.tier != Tier.BRIDGING:
        return f"{_both(met)}, but a value of type {weak.identifier.type} never joins two persons."
    kinds = [{region.node[key].identifier.type for key in side if region.node[key].strong} for side in sides]
    common = sorted(kinds[0] & kinds[1])
    if common:
        return f"{_both(met)}, but it may join two persons only if they complete each other, and both have {common[0]}."
    return (
        f"{_both(met)}, but a value of type {weak.identifier.type} joins two persons only if it was seen with no third."
    )


def _between(region: Region, sides: Sides) -> Node | None:
    """The strongest of what belongs to nobody and came with both."""
    beside = [
        {m for key in side for tie in region.ties(key) for m in tie.members if region.node[m].standing in SHARED}
        for side in sides
    ]
    nodes = (region.node[key] for key in beside[0] & beside[1])
    return min(nodes, default=None, key=lambda node: (node.tier, node.identifier))


def _both(met: Meeting) -> str:
    return f"{named(met[0].identifier)} and {named(met[1].identifier)} came together"
