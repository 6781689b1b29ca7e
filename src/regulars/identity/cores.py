"""Strong identifiers become cores: server evidence first, then what only clients claim, each cluster at one place."""

from collections.abc import Container, Iterable
from itertools import combinations

import msgspec

from regulars.identity.graph import Node, Region, Tie
from regulars.identity.rules import Rules
from regulars.identity.unions import Unions
from regulars.model.identifier import Tier

Pair = tuple[bytes, bytes]


class Edge(msgspec.Struct):
    """Evidence that two strong identifiers are one person's; n distinct messages, the first at `first` (µs)."""

    a: Node
    b: Node
    server: bool
    must: bool = False
    n: int = 0
    first: int = 2**63


class Cores(msgspec.Struct):
    """The cores found; `left_out` belongs to nobody (too large a component), `elsewhere` was not decided here."""

    unions: Unions
    left_out: set[bytes]
    elsewhere: set[bytes]


def edge_order(edge: Edge, rules: Rules) -> tuple[object, ...]:
    """The order in which unions are tried; it knows nothing of arrival."""
    ends = sorted((edge.a.identifier, edge.b.identifier))
    tiers = sorted((edge.a.tier, edge.b.tier))
    weight = (-edge.n, tiers) if rules.edge_order == "messages" else (edge.first, -edge.n, tiers)
    return (not edge.must, not edge.server, *weight, ends)


def edges_among(region: Region, keys: Iterable[bytes], strangers: bool = False) -> list[Edge]:
    """The usable edges at these strong nodes: a client's word counts only while at most one end has server evidence.

    With `strangers`, edges to strong nodes outside `keys` are given too.
    """
    inside = set(keys)
    found: dict[Pair, Edge] = {}
    for tie in {tie.key: tie for key in inside for tie in region.ties(key)}.values():
        strong = [region.node[key] for key in tie.members if region.node[key].strong]
        for a, b in combinations(strong, 2):
            reach = (a.key in inside) + (b.key in inside)
            if reach == 2 or (strangers and reach == 1):
                _weigh(found, a, b, tie.server, tie)
    for key in inside:
        for link in region.links(key):
            a, b = region.node[link.a], region.node[link.b]
            if link.must and (strangers or (a.key in inside and b.key in inside)):
                _weigh(found, a, b, link.server, None)
    return list(found.values())


def _weigh(found: dict[Pair, Edge], a: Node, b: Node, server: bool, tie: Tie | None) -> None:
    if not (a.strong and b.strong) or (a.server and b.server and not server):
        return
    pair = (a.key, b.key) if a.key < b.key else (b.key, a.key)
    edge = found.get(pair)
    if edge is None:
        edge = found[pair] = Edge(a, b, server)
    edge.server = edge.server or server
    if tie is None:
        edge.must = True
    else:
        edge.n += tie.n
        edge.first = min(edge.first, tie.first)


def strong_cores(region: Region, keys: set[bytes], shared: Container[bytes], rules: Rules) -> Cores:
    """Resolve closed strong nodes into cores; the result does not depend on any order of arrival."""
    inner = edges_among(region, keys)
    left_out = _too_large(region, keys, inner, rules)
    standing = keys - left_out
    unions = Unions((region.node[key] for key in standing), rules)
    for key in standing:
        for link in region.links(key):
            if not link.must:
                unions.forbid(link.a, link.b)
    usable = [e for e in inner if e.a.key in standing and e.b.key in standing]
    same_side = [e for e in usable if e.a.server == e.b.server or (e.must and e.server)]
    for edge in sorted(same_side, key=lambda e: edge_order(e, rules)):
        unions.join(edge.a.key, edge.b.key, forced=edge.must and edge.server)
    return Cores(unions, left_out, _attach(region, unions, standing, shared, left_out, rules))


def _attach(
    region: Region, unions: Unions, keys: set[bytes], shared: Container[bytes], left_out: set[bytes], rules: Rules
) -> set[bytes]:
    """Let each cluster that only clients claim join the one server core its best edge leads to, limits permitting."""
    best: dict[bytes, tuple[tuple[object, ...], Node, Node]] = {}
    claimed = [key for key in keys if not region.node[key].server]
    for edge in edges_among(region, claimed, strangers=True):
        claim, proven = (edge.a, edge.b) if edge.b.server else (edge.b, edge.a)
        if claim.server or not proven.server or proven.key in shared or proven.key in left_out:
            continue
        root, order = unions.root(claim.key), edge_order(edge, rules)
        if not unions.server(root) and (root not in best or order < best[root][0]):
            best[root] = (order, claim, proven)
    elsewhere: set[bytes] = set()
    for root, (_, claim, proven) in sorted(best.items(), key=lambda item: item[1][0]):
        if proven.key in unions:
            unions.join(claim.key, proven.key)
        else:
            elsewhere.update(node.key for node in unions.members(unions.root(root)))
    return elsewhere


def _too_large(region: Region, keys: set[bytes], edges: list[Edge], rules: Rules) -> set[bytes]:
    """The nodes of the weakest tiers of components beyond the bound, left out so that joining stays bounded."""
    out: set[bytes] = set()
    if len(keys) <= rules.component_bound:
        return out
    for tier in (Tier.STRONG, Tier.UNIQUE):
        for component in _components(keys - out, [e for e in edges if e.a.server == e.b.server]):
            if len(component) > rules.component_bound:
                out.update(key for key in component if region.node[key].tier == tier)
    return out


def _components(keys: set[bytes], edges: list[Edge]) -> list[list[bytes]]:
    parent = {key: key for key in keys}

    def root(key: bytes) -> bytes:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for edge in edges:
        if edge.a.key in parent and edge.b.key in parent:
            parent[root(edge.a.key)] = root(edge.b.key)
    groups: dict[bytes, list[bytes]] = {}
    for key in keys:
        groups.setdefault(root(key), []).append(key)
    return list(groups.values())
