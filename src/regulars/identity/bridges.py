"""A phone, token or device seen with exactly two persons may join them, where what they have completes each other."""

from collections.abc import Container, Iterable

from regulars.identity.cores import Cores, Edge, edge_order
from regulars.identity.graph import Region
from regulars.identity.rules import Rules
from regulars.identity.unions import Unions
from regulars.model.identifier import Tier


def bridging_neighbours(region: Region, keys: Iterable[bytes], shared: Container[bytes]) -> set[bytes]:
    """The unshared identifiers next to these strong ones that may bridge persons."""
    return {
        m
        for key in keys
        for tie in region.ties(key)
        for m in tie.members
        if region.node[m].tier == Tier.BRIDGING and m not in shared and not _haunted(region, m)
    }


def _haunted(region: Region, key: bytes) -> bool:
    """Whether an erased person had it too: then those who are left are not the only two, and it joins nobody."""
    ghosts = region.ghosts.get(key)
    return ghosts is not None and bool(ghosts.neighbours)


def adjacent_cores(region: Region, cores: Cores, key: bytes, kept: bool = False) -> dict[bytes, Edge]:
    """The cores that a weak identifier was seen with, by root, each with the weight of that evidence.

    Cores that a cannot-link keeps it from are left out, except where they are `kept`.
    """
    found: dict[bytes, Edge] = {}
    node = region.node[key]
    for tie in region.evidence(key):
        met: set[bytes] = set()
        for m in tie.members:
            if m != key and m in cores.unions:
                root = cores.unions.root(m)
                if root not in met:
                    met.add(root)
                    edge = found.setdefault(root, Edge(node, region.node[m], node.server))
                    edge.n += tie.n
                    edge.first = min(edge.first, tie.first)
    if kept:
        return found
    apart = {end for link in region.links(key) if not link.must for end in (link.a, link.b) if end in cores.unions}
    enemies = {cores.unions.root(end) for end in apart}
    return {root: edge for root, edge in found.items() if root not in enemies}


def complement(unions: Unions, a: bytes, b: bytes) -> bool:
    """Whether two persons' strong types complete each other: they have none in common."""
    return not unions.kinds(a) & unions.kinds(b)


def bridge(region: Region, cores: Cores, interior: set[bytes], bridging: Iterable[bytes], rules: Rules) -> None:
    """Join interior cores over their bridges, strongest first; a client's word never joins two proven persons."""
    unions = cores.unions
    candidates: list[tuple[tuple[object, ...], Edge, Edge]] = []
    inside = {unions.root(key) for key in interior if key in unions}
    for key in bridging:
        found = adjacent_cores(region, cores, key)
        if len(found) == 2 and all(root in inside for root in found):
            one, two = sorted(found.values(), key=lambda edge: edge_order(edge, rules))
            weaker = edge_order(two, rules)
            if complement(unions, unions.root(one.b.key), unions.root(two.b.key)):
                candidates.append(((weaker, region.node[key].identifier), one, two))
    for _, one, two in sorted(candidates, key=lambda item: item[0]):
        a, b = unions.root(one.b.key), unions.root(two.b.key)
        proven = unions.server(a) and unions.server(b)
        if a != b and complement(unions, a, b) and (one.server or not proven):
            unions.join(a, b)
