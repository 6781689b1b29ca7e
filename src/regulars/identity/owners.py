"""Whose a weak identifier is, by votes of the messages it came with; and whose a bundle is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from regulars.identity.graph import ALONE, HOP, NEW, PERSON, SHARED, VOTES, Node, Region, Tie
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier

Standing = tuple[str, bytes | None]
Name = Callable[[str, Identifier], bytes]


def vote(
    region: Region, group: Sequence[bytes], standing: Callable[[bytes], Standing], rules: Rules
) -> Standing | None:
    """The owner of a group of weak identifiers (`groups.py`) among the persons it was seen with; None where there is
    no strong evidence.

    A must-link decides at once; else its only person has it, else the one with `rules.dominance` of at least
    `rules.dominance_messages` distinct messages, else it is shared.
    """
    refused = _linked(region, group, standing, must=False)
    bound = _linked(region, group, standing, must=True) - refused
    if len(bound) == 1:
        return PERSON, bound.pop()
    votes = {owner: n for owner, n in votes_for(region, group, standing).items() if owner not in refused}
    if not votes:
        return None
    if len(votes) == 1:
        return PERSON, next(iter(votes))
    owner, most = max(votes.items(), key=lambda item: item[1])
    total = sum(votes.values())
    if total >= rules.dominance_messages and most >= rules.dominance * total:
        return PERSON, owner
    return VOTES, None


def votes_for(region: Region, group: Sequence[bytes], standing: Callable[[bytes], Standing]) -> dict[bytes, int]:
    """Distinct messages by the person that a group of weak identifiers was seen with in them."""
    votes: dict[bytes, int] = defaultdict(int)
    for tie in _evidence(region, group):
        owner = holder(region, (m for m in tie.members if region.node[m].strong), standing)
        if owner is not None:
            votes[owner] += tie.n
    return votes


def hop(region: Region, group: Sequence[bytes], standing: Callable[[bytes], Standing], name: Name) -> Standing:
    """The owner of a group of weak identifiers without strong evidence: the single person owning its neighbours,
    else a person of its own, whose id hangs on the first of them.
    """
    refused = _linked(region, group, standing, must=False)
    owners = {
        owner
        for tie in _evidence(region, group)
        for m in tie.members
        if m not in group
        for state, owner in (standing(m),)
        if state == PERSON and owner is not None and owner not in refused
    }
    if len(owners) == 1:
        return HOP, owners.pop()
    return ALONE, name("customer", anchor(region.node[key] for key in group).identifier)


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


def _evidence(region: Region, group: Sequence[bytes]) -> Iterable[Tie]:
    """The bundles that count for any of these, each once."""
    if len(group) == 1:
        return region.evidence(group[0])
    return {tie.key: tie for key in group for tie in region.evidence(key)}.values()


def _linked(region: Region, group: Sequence[bytes], standing: Callable[[bytes], Standing], must: bool) -> set[bytes]:
    """The persons whom a word ties these weak identifiers to, or keeps them from, through strong identifiers."""
    ends = {end for key in group for link in region.links(key) if link.must is must for end in (link.a, link.b)}
    owners = {standing(end)[1] for end in ends if region.node[end].strong}
    return {owner for owner in owners if owner is not None}
