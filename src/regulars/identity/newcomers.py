"""What a batch brings that is new and touches nothing old is settled in memory, without reading the graph.

Two cases, which together are most of what is new: persons of whom every identifier is new, and new weak identifiers
(a cookie, a phone) met only with one settled person. All else is left to resolution on the stored graph; the outcome
is the same, as if these bundles had come in a batch of their own just before (docs/concepts/identity.md).
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

from regulars.identity.graph import FAN_OUT, PERSON, Ghosts, Link, Node, Tie
from regulars.identity.owners import Standing
from regulars.identity.plain import Plain, components, plain_person
from regulars.identity.resolve import Changes, Resolver
from regulars.identity.rules import Rules
from regulars.model.identifier import Tier
from regulars.model.secret import Secret


class _Batch:
    """The graph of the batch alone."""

    def __init__(self, nodes: Mapping[bytes, Node], ties: Iterable[Tie]) -> None:
        self._nodes = nodes
        self._at: dict[bytes, list[Tie]] = defaultdict(list)
        for tie in ties:
            for key in tie.members:
                self._at[key].append(tie)

    def nodes(self, keys: Iterable[bytes]) -> dict[bytes, Node]:
        """The nodes of these keys."""
        return {key: self._nodes[key] for key in keys if key in self._nodes}

    def ties(self, keys: Iterable[bytes], joining: bool) -> Iterable[Tie]:
        """The bundles which hold any of these keys."""
        return [tie for key in keys for tie in self._at.get(key, ())]

    def links(self, keys: Iterable[bytes]) -> Iterable[Link]:
        """None: a newcomer with a link is not settled here."""
        return ()

    def ghosts(self, keys: Iterable[bytes]) -> dict[bytes, Ghosts]:
        """None: a newcomer at whom an erased person left anything is not settled here either."""
        return {}


def settle_newcomers(
    fresh: list[Tie],
    known: Mapping[bytes, Node],
    new: Mapping[bytes, Node],
    linked: Container[bytes],
    rules: Rules,
    secret: Secret,
) -> Changes:
    """Standings of new identifiers and holders of new bundles, as far as the batch alone can tell.

    `known` are the batch's identifiers as they stood, `new` those never seen before; one in `linked` has a link.
    """
    usage: dict[bytes, list[Tie]] = defaultdict(list)
    for each in fresh:
        for key in each.members:
            if key in new:
                usage[key].append(each)
    changes = Changes({}, {}, {})
    fresh = [each for each in fresh if not _first_visit(each, usage, new, linked, rules, secret, changes)]
    alone = {each.key for each in fresh if each.members and all(key in new for key in each.members)}
    owners = {each.key: _extends(each, known, new) for each in fresh if each.key not in alone}
    left = _left(fresh, usage, alone, owners, linked, known)
    _settle_alone([tie for tie in fresh if tie.key in alone and tie.key not in left], new, rules, secret, changes)
    for each in fresh:
        owner = owners.get(each.key)
        if owner is not None and each.key not in left:
            changes.bundles[each.key] = owner
            standing: Standing = (PERSON, owner)
            changes.standings.update((key, standing) for key in each.members if key in new)
    return changes


def _first_visit(
    tie: Tie,
    usage: Mapping[bytes, list[Tie]],
    new: Mapping[bytes, Node],
    linked: Container[bytes],
    rules: Rules,
    secret: Secret,
    changes: Changes,
) -> bool:
    """Settle a bundle of new identifiers none of which is in any other, if it is plain whose it is; as most are."""
    for key in tie.members:
        if key in linked or len(usage.get(key, ())) != 1:
            return False
    found = plain_person((tie,), new, rules, secret)
    if found is None:
        return False
    _take(changes, (tie,), found)
    return True


def _take(changes: Changes, ties: Sequence[Tie], plain: Plain) -> None:
    first, members, standing = plain
    customer = standing[1]
    assert customer is not None
    changes.persons[customer] = first.key, members
    for tie in ties:
        changes.bundles[tie.key] = customer
        for key in tie.members:
            changes.standings[key] = standing


def _settle_alone(ties: list[Tie], new: Mapping[bytes, Node], rules: Rules, secret: Secret, changes: Changes) -> None:
    """Bundles of which every identifier is new: those plain to see at once, the others by resolution."""
    usage: dict[bytes, list[Tie]] = defaultdict(list)
    for tie in ties:
        for key in tie.members:
            usage[key].append(tie)
    others: list[Tie] = []
    for together in components(ties, usage):
        found = plain_person(together, new, rules, secret)
        if found is None:
            others += together
        else:
            _take(changes, together, found)
    if others:
        keys = {key for tie in others for key in tie.members}
        rest = Resolver(_Batch(new, others), rules, secret).resolve(keys, others)
        changes.standings.update(rest.standings)
        changes.bundles.update(rest.bundles)
        changes.persons.update(rest.persons)


def _extends(each: Tie, known: Mapping[bytes, Node], new: Mapping[bytes, Node]) -> bytes | None:
    """The settled person whom this bundle only adds weak identifiers to, or None where it may do more."""
    held: list[Node] = []
    for key in each.members:
        node = known.get(key)
        if node is None:
            if new[key].strong:
                return None
        elif node.strong:
            held.append(node)
        elif node.standing != FAN_OUT:
            # A weak identifier that was known may have met this person's strong one for the first time.
            return None
    if len(held) != 1 or held[0].standing != PERSON:
        return None
    earlier = each.server == held[0].server and each.first < held[0].first
    return None if earlier or (each.server and not held[0].server) else held[0].customer


def _left(
    fresh: list[Tie],
    usage: Mapping[bytes, list[Tie]],
    alone: set[bytes],
    owners: Mapping[bytes, bytes | None],
    linked: Container[bytes],
    known: Mapping[bytes, Node],
) -> set[bytes]:
    """The bundles that must be left to resolution, and all that hang together with them through new identifiers."""
    by_key = {each.key: each for each in fresh}
    left = {key for key in by_key if key not in alone and owners[key] is None}
    for key, uses in usage.items():
        if key in linked or not _together(key, uses, alone, owners, known):
            left.update(each.key for each in uses)
    frontier = list(left)
    while frontier:
        following = {
            other.key
            for bundle in frontier
            for key in by_key[bundle].members
            for other in usage.get(key, ())
            if other.key not in left
        }
        left |= following
        frontier = list(following)
    return left


def _together(
    key: bytes,
    uses: list[Tie],
    alone: set[bytes],
    owners: Mapping[bytes, bytes | None],
    known: Mapping[bytes, Node],
) -> bool:
    """Whether all bundles of a new identifier are of one case, and of one person, and do not make it shared."""
    if len(uses) == 1:
        return True
    inside = sum(each.key in alone for each in uses)
    if inside:
        return inside == len(uses)
    if len({owners[each.key] for each in uses}) > 1:
        return False
    strong = {m for each in uses for m in each.members if m in known and known[m].tier <= Tier.STRONG}
    # With so few strong neighbours no rule of fan-out can be broken; more are left to be counted.
    return len(strong) <= 1
