"""Weak identifiers that were said by hand to be one person's: they are resolved as one."""

from collections.abc import Container, Iterable

from regulars.identity.graph import Link, Region
from regulars.identity.rules import Rules
from regulars.identity.unions import Unions
from regulars.model.identifier import Identifier

Group = tuple[bytes, ...]


def groups_of(region: Region, keys: Iterable[bytes], shared: Container[bytes], rules: Rules) -> list[Group]:
    """These weak, unshared identifiers and all that must-links join to them, as groups; one alone is a group of one.

    A cannot-link between two of a chain parts it: must-links are tried in the order of their identifiers, and one that
    would bring the two together is refused.
    """
    found, links = _joined(region, set(keys), shared)
    unions = Unions((region.node[key] for key in found), rules)
    for link in links:
        if not link.must:
            unions.forbid(link.a, link.b)
    for link in sorted((link for link in links if link.must), key=lambda link: _order(region, link)):
        unions.join(link.a, link.b, forced=True)
    return [tuple(sorted(node.key for node in unions.members(root))) for root in unions.roots()]


def _joined(region: Region, keys: set[bytes], shared: Container[bytes]) -> tuple[set[bytes], list[Link]]:
    """The keys with all that a chain of must-links leads to, and the links among them."""
    found, frontier = set(keys), set(keys)
    links: dict[tuple[bytes, bytes], Link] = {}
    while frontier:
        region.load_links(frontier)
        following: set[bytes] = set()
        for key in frontier:
            for link in region.links(key):
                if link.server and not any(region.node[end].strong or end in shared for end in (link.a, link.b)):
                    links[link.a, link.b] = link
                    if link.must:
                        following |= {link.a, link.b}
        frontier = following - found
        found |= frontier
    return found, [link for link in links.values() if link.a in found and link.b in found]


def _order(region: Region, link: Link) -> list[Identifier]:
    return sorted((region.node[link.a].identifier, region.node[link.b].identifier))
