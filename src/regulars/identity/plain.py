"""Persons plain to see among what a batch brings: one strong identifier, and what came only together with it.

Most newcomers are like that. What follows for them from the rules is said here directly; `Resolver` would find the
same at many times the cost, and does for all others.
"""

from collections.abc import Mapping, Sequence

from regulars.identity.graph import ALONE, PERSON, Node, Tie
from regulars.identity.owners import Standing, anchor
from regulars.identity.rules import Rules
from regulars.model.secret import Secret

MOST = 50
"""A person of more bundles than this is not plain: rules that count have their say."""

Plain = tuple[Node, tuple[bytes, ...], Standing]
"""Whose a component is: her anchor, her members as they are issued, and how everything in the component stands."""


def components(ties: Sequence[Tie], usage: Mapping[bytes, Sequence[Tie]]) -> list[list[Tie]]:
    """These bundles, put together by the identifiers that they share; `usage` names the bundles of each identifier."""
    seen: set[bytes] = set()
    found = []
    for tie in ties:
        if tie.key not in seen:
            seen.add(tie.key)
            together = [tie]
            for each in together:
                for member in each.members:
                    for other in usage[member]:
                        if other.key not in seen:
                            seen.add(other.key)
                            together.append(other)
            found.append(together)
    return found


def plain_person(ties: Sequence[Tie], new: Mapping[bytes, Node], rules: Rules, secret: Secret) -> Plain | None:
    """The one person of a component of new identifiers without links, or None where the rules must be asked.

    Plain is a component of one trust in which every bundle holds the anchor, which has at most one strong identifier
    of each type, and, where only clients speak, one in all. No limit, fan-out or contest can touch it then: every
    weak identifier in it has one strong neighbour of a type, and every message names the same person.
    """
    server = ties[0].server
    members = ties[0].members
    if len(ties) > 1:
        if len(ties) > MOST or any(tie.server is not server for tie in ties):
            return None
        members = tuple({member for tie in ties for member in tie.members})
    strong = [node for node in [new[member] for member in members] if node.strong]
    if not strong:
        return _visitor(members, new, secret)
    if len(strong) > 1:
        types = {node.identifier.type for node in strong}
        if not server or len(types) < len(strong) or len(strong) > rules.component_bound:
            return None
    first = anchor(strong) if len(strong) > 1 else strong[0]
    if len(ties) > 1 and any(first.key not in tie.members for tie in ties):
        return None
    return first, tuple(sorted([node.key for node in strong])), (PERSON, _customer(first, secret))


def _visitor(members: tuple[bytes, ...], new: Mapping[bytes, Node], secret: Secret) -> Plain | None:
    """An anonymous visitor: one weak identifier and nothing beside it."""
    if len(members) > 1:
        return None
    node = new[members[0]]
    return node, members, (ALONE, _customer(node, secret))


def _customer(node: Node, secret: Secret) -> bytes:
    each = node.identifier
    return secret.mac("customer", each.type, each.space, each.value)
