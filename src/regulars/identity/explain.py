"""Why two identifiers are one person's: the path of evidence; or why they are not (`apart.py`)."""

from collections.abc import Callable, Iterable

import msgspec

from regulars.identity.apart import why_apart, why_nobody
from regulars.identity.graph import HOP, PERSON, SHARED, Graph, Link, Node, Region, Tie
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier, Tier


class Hop(msgspec.Struct, frozen=True):
    """One step of a path: what ties two identifiers.

    Evidence names its `bundles`, its `n` distinct messages, the `first` time (µs), and whether a server's word is
    among it. Of a step by a link, `link` is set, and `bundles` are those that also hold both.
    """

    a: bytes
    b: bytes
    one: Identifier
    two: Identifier
    link: bool
    server: bool
    n: int
    first: int
    bundles: tuple[bytes, ...]


class Explanation(msgspec.Struct, frozen=True):
    """Whether two identifiers are one person's, by which path, and in plain words why (not).

    `reason` is `evidence` or `same` where they are, else one of `shared`, `contested`, `left_out`, `cannot_link`,
    `limit`, `claim`, `weak`, `none`. Of `cannot_link` the path is that link. `version` is that of the rules.
    """

    one: Identifier
    two: Identifier
    joined: bool
    reason: str
    words: str
    path: tuple[Hop, ...]
    version: int


def explain(graph: Graph, a: bytes, b: bytes, rules: Rules) -> Explanation:
    """Explain two identifiers that are known to the graph, by their keys."""
    region = Region(graph)
    region.load({a, b}, joining=False)
    one, two = region.node[a], region.node[b]

    def told(joined: bool, reason: str, words: str, path: Iterable[Hop] = ()) -> Explanation:
        return Explanation(one.identifier, two.identifier, joined, reason, words, tuple(path), rules.version)

    if a == b:
        return told(True, "same", "It is one and the same identifier.")
    for node in (one, two):
        if node.standing in SHARED or node.customer is None:
            return told(False, *why_nobody(region, node, rules))
    if one.customer == two.customer:
        path = path_between(region, one, two)
        return told(True, "evidence", _joined(path), path)
    sides = (members(region, one), members(region, two))
    reason, words, link = why_apart(region, one, two, sides, rules)
    return told(False, reason, words, () if link is None else (_hop(region, link.a, link.b, (), link),))


def members(region: Region, node: Node) -> set[bytes]:
    """All identifiers of the person who holds this one, found along what counts; they are loaded afterwards."""
    found, frontier = {node.key}, [node.key]
    while frontier:
        region.load(frontier, joining=False)
        near = {other for key in frontier for other, _, _ in _steps(region, region.node[key])}
        frontier = sorted(near - found)
        found.update(frontier)
    return found


def path_between(region: Region, one: Node, two: Node) -> tuple[Hop, ...]:
    """A shortest path between two identifiers of one person.

    It leads over strong identifiers where it can, then over what may bridge, and over cookies only as a last resort:
    having met one cookie is not what makes two accounts one person's.
    """
    ranks: tuple[Callable[[Node], bool], ...] = (
        lambda node: node.strong,
        lambda node: node.tier <= Tier.BRIDGING,
        lambda node: True,
    )
    for may_pass in ranks:
        path = _search(region, one, two, may_pass)
        if path:
            return path
    return ()


def _search(region: Region, one: Node, two: Node, may_pass: Callable[[Node], bool]) -> tuple[Hop, ...]:
    came: dict[bytes, tuple[bytes, Hop] | None] = {one.key: None}
    frontier = [one.key]
    while frontier and two.key not in came:
        region.load(frontier, joining=False)
        following: list[bytes] = []
        for key in frontier:
            steps = [
                (other, _hop(region, key, other, ties, link)) for other, ties, link in _steps(region, region.node[key])
            ]
            for other, hop in sorted(steps, key=lambda step: (not step[1].server, -step[1].n, step[1].two)):
                if other not in came and (other == two.key or may_pass(region.node[other])):
                    came[other] = (key, hop)
                    following.append(other)
        frontier = following
    path: list[Hop] = []
    step = came.get(two.key)
    while step is not None:
        path.append(step[1])
        step = came[step[0]]
    return tuple(reversed(path))


def _steps(region: Region, node: Node) -> list[tuple[bytes, list[Tie], Link | None]]:
    """The identifiers of the same person that evidence which counts, or a must-link, leads to from this one."""
    ties: dict[bytes, list[Tie]] = {}
    links: dict[bytes, Link] = {}
    for tie in region.ties(node.key):
        for key in tie.members:
            if key != node.key and _together(node, region.node[key], tie):
                ties.setdefault(key, []).append(tie)
    for link in region.links(node.key):
        other = region.node[link.b if link.a == node.key else link.a]
        if link.must and other.customer == node.customer and _link_counts(node, other, link):
            links[other.key] = link
    return [(key, ties.get(key, []), links.get(key)) for key in {**ties, **links}]


def _together(one: Node, two: Node, tie: Tie) -> bool:
    """Whether a bundle counted in making these two one person's: see docs/concepts/identity.md for the stages."""
    if one.customer is None or one.customer != two.customer:
        return False
    if one.strong and two.strong:
        return tie.server or not (one.server and two.server)
    if one.strong or two.strong:
        weak = two if one.strong else one
        return tie.server or not weak.server
    for hopped, at in ((one, two), (two, one)):
        if hopped.standing == HOP and at.standing == PERSON and (tie.server or not hopped.server):
            return True
    return False


def _link_counts(one: Node, two: Node, link: Link) -> bool:
    if one.strong and two.strong:
        return link.server or not (one.server and two.server)
    return link.server or one.strong or two.strong


def _hop(region: Region, a: bytes, b: bytes, ties: Iterable[Tie], link: Link | None) -> Hop:
    found = sorted(ties, key=lambda tie: tie.key)
    server = any(tie.server for tie in found) or (link is not None and link.server)
    n, first = sum(tie.n for tie in found), min((tie.first for tie in found), default=0)
    one, two = region.node[a].identifier, region.node[b].identifier
    return Hop(a, b, one, two, link is not None, server, n, first, tuple(tie.key for tie in found))


def _joined(path: tuple[Hop, ...]) -> str:
    if len(path) == 1:
        hop = path[0]
        if hop.link and not hop.bundles:
            return "They were said to be one person's."
        return f"They came together in {hop.n} message{'s' if hop.n != 1 else ''}."
    return f"A chain of {len(path)} steps joins them."
