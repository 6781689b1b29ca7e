"""Whose a weak identifier is, by votes of the messages it came with; and whose a bundle is."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from regulars.identity.graph import ALONE, HOP, NEW, PERSON, SHARED, VOTES, Node, Region, Tie
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier

Standing = tuple[str, bytes | None]
Name = Callable[[str, Identifier], bytes]


def vote(region: Region, key: bytes, standing: Callable[[bytes], Standing], rules: Rules) -> Standing | None:
    """The owner of a weak identifier among the persons it was seen with; None where there is no strong evidence.

    A must-link decides at once; else its only person has it, else the one with `rules.dominance` of at least
    `rules.dominance_messages` distinct messages, else it is shared.
    """
    refused = _linked(region, key, standing, must=False)
    bound = _linked(region, key, standing, must=True) - refused
    if len(bound) == 1:
        return PERSON, bound.pop()
    votes: dict[bytes, int] = defaultdict(int)
    for tie in region.evidence(key):
        owner = holder(region, (m for m in tie.members if region.node[m].strong), standing)
        if owner is not None and owner not in refused:
            votes[owner] += tie.n
    if not votes:
        return None
    if len(votes) == 1:
        return PERSON, next(iter(votes))
    owner, most = max(votes.items(), key=lambda item: item[1])
    total = sum(votes.values())
    if total >= rules.dominance_messages and most >= rules.dominance * total:
        return PERSON, owner
    return VOTES, None


def hop(region: Region, key: bytes, standing: Callable[[bytes], Standing], name: Name) -> Standing:
    """The owner of a weak identifier without strong evidence: the single person owning its neighbours, else itself."""
    refused = _linked(region, key, standing, must=False)
    owners = {
        owner
        for tie in region.evidence(key)
        for m in tie.members
        if m != key
        for state, owner in (standing(m),)
        if state == PERSON and owner not in refused
    }
    if len(owners) == 1:
        return HOP, owners.pop()
    return ALONE, name("customer", region.node[key].identifier)


def holder(region: Region, keys: Iterable[bytes], standing: Callable[[bytes], Standing]) -> bytes | None:
    """The person who owns most of these identifiers, ties by tier, then by value; None where nobody owns any."""
    counts: dict[bytes, int] = defaultdict(int)
    best: dict[bytes, tuple[int, Identifier]] = {}
    for key in keys:
        state, owner = standing(key)
        if owner is None or state in SHARED or state == NEW:
            continue
        node = region.node[key]
        counts[owner] += 1
        rank = (int(node.tier), node.identifier)
        if owner not in best or rank < best[owner]:
            best[owner] = rank
    if not counts:
        return None
    return min(counts, key=lambda owner: (-counts[owner], best[owner]))


def bundle_holder(region: Region, tie: Tie, standing: Callable[[bytes], Standing], name: Name) -> bytes | None:
    """The customer of a bundle; one of shared members only goes to the record of its strongest shared member."""
    owner = holder(region, tie.members, standing)
    if owner is not None or not tie.members:
        return owner
    strongest = min((region.node[key] for key in tie.members), key=lambda node: (node.tier, node.identifier))
    return name("shared", strongest.identifier)


def anchor(members: Iterable[Node]) -> Node:
    """A person's first member by (server evidence, tier, first time, type, space, value): her id hangs on it."""
    return min(members, key=lambda node: (not node.server, node.tier, node.first, node.identifier))


def _linked(region: Region, key: bytes, standing: Callable[[bytes], Standing], must: bool) -> set[bytes]:
    """The persons whom a word ties this weak identifier to, or keeps it from, through their strong identifiers."""
    ends = {link.b if link.a == key else link.a for link in region.links(key) if link.must is must}
    owners = {standing(end)[1] for end in ends if region.node[end].strong}
    return {owner for owner in owners if owner is not None}
