"""Resolution: persons as a pure function of the evidence and the rules.

One function serves the full run (everything touched) and the increment (what a batch touched): it loads what the
change can reach, resolves that, and reports what is different. See docs/concepts/identity.md for the stages.
"""

from collections.abc import Iterable

import msgspec

from regulars.identity.bridges import bridge, bridging_neighbours
from regulars.identity.bundle import identifier_key
from regulars.identity.closure import Closure
from regulars.identity.fan_out import is_shared, same_by_word, was_shared
from regulars.identity.graph import ALONE, FAN_OUT, LEFT_OUT, NEW, PERSON, Graph, Region, Tie
from regulars.identity.groups import Group, groups_of
from regulars.identity.owners import Standing, anchor, bundle_holder, hop, vote
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier, Tier
from regulars.model.secret import Secret


class Changes(msgspec.Struct):
    """What resolution found to be different.

    `standings` maps identifier key → (standing, customer id), `bundles` maps bundle key → customer id, `persons` maps
    each customer id met → (anchor key, member keys). `parties` are the customers that gained or lost anything.
    """

    standings: dict[bytes, Standing]
    bundles: dict[bytes, bytes | None]
    persons: dict[bytes, tuple[bytes, tuple[bytes, ...]]]
    parties: set[bytes] = set()


class Resolver:
    """One resolution over a graph; use it once."""

    def __init__(self, graph: Graph, rules: Rules, secret: Secret) -> None:
        self._region = Region(graph)
        self._rules = rules
        self._secret = secret
        self._new: dict[bytes, Standing] = {}
        self._persons: dict[bytes, tuple[bytes, tuple[bytes, ...]]] = {}

    def resolve(self, touched: Iterable[bytes], bundles: Iterable[Tie], relinked: Iterable[bytes] = ()) -> Changes:
        """Resolve what these identifiers, bundles and newly linked identifiers may have moved.

        `bundles` are those whose customer must be settled even where no standing changed (new ones); each of
        them holds at least one touched identifier.
        """
        region = self._region
        bundles = list(bundles)
        for tie in bundles:
            region.add(tie)
        relinked = self._kin({*relinked, *self._arrived(touched, bundles)})
        region.load(relinked, joining=True)
        around = {m for key in relinked for tie in region.ties(key) for m in tie.members}
        everything = set(touched) | relinked | around
        region.load_nodes(everything.union(m for tie in bundles for m in tie.members))
        recount = relinked | around
        fresh = {k for k in everything if k in region.node and (k in recount or not was_shared(region.node[k]))}
        region.load((k for k in fresh if region.node[k].tier <= Tier.BRIDGING), joining=True)
        region.load((k for k in fresh if region.node[k].tier > Tier.BRIDGING), joining=False)
        near = {m for k in fresh for tie in region.ties(k) for m in tie.members}
        region.load_links(m for m in near if region.node[m].tier == Tier.UNIQUE)
        shared = _SharedNow(region, {k: is_shared(region, region.node[k], self._rules) for k in fresh})
        self._strong(fresh, shared)
        self._weak(fresh, shared)
        return self._report({tie.key for tie in bundles})

    def _arrived(self, touched: Iterable[bytes], bundles: Iterable[Tie]) -> set[bytes]:
        """Identifiers seen for the first time of which a word was said before: it comes into force now."""
        region = self._region
        seen = set(touched).union(m for tie in bundles for m in tie.members)
        region.load_nodes(seen)
        new = {key for key in seen if key in region.node and region.node[key].standing == NEW}
        region.load_links(new)
        return {key for key in new if region.links(key)}

    def _kin(self, keys: set[bytes]) -> set[bytes]:
        """These identifiers and the unique ones declared the same as them: for them, too, neighbours count anew."""
        region = self._region
        region.load_nodes(keys)
        return keys.union(*(same_by_word(region, region.node[key]) for key in keys if key in region.node))

    def _strong(self, fresh: set[bytes], shared: "_SharedNow") -> None:
        region = self._region
        closure = Closure(region, shared, self._rules)
        cores = closure.settle(fresh)
        interior = closure.interior - cores.elsewhere
        bridging = bridging_neighbours(region, interior, shared)
        bridge(region, cores, interior, bridging, self._rules)
        for root in {cores.unions.root(key) for key in interior if key in cores.unions}:
            members = cores.unions.members(root)
            first = anchor(members)
            customer = self._name("customer", first.identifier)
            self._persons[customer] = (first.key, tuple(sorted(node.key for node in members)))
            for node in members:
                self._new[node.key] = (PERSON, customer)
        for key in cores.left_out & interior:
            self._new[key] = (LEFT_OUT, None)
        for key in fresh:
            if key in shared:
                self._new[key] = (FAN_OUT, None)
        self._bridging = bridging

    def _weak(self, fresh: set[bytes], shared: "_SharedNow") -> None:
        region = self._region
        moved = [key for key in self._new if self._differs(key)]
        region.load((key for key in moved if region.node[key].strong), joining=False)
        weak = self._weak_beside(moved, shared) | {k for k in fresh if not region.node[k].strong and k not in shared}
        weak |= self._bridging
        groups = groups_of(region, weak, shared, self._rules)
        weak = {key for group in groups for key in group}
        region.load(weak, joining=False)
        hopping: set[Group] = set()
        for group in groups:
            owner = vote(region, group, self._standing, self._rules)
            if owner is None:
                hopping.add(group)
            else:
                self._new.update(dict.fromkeys(group, owner))
        homeless = {key for group in hopping for key in group}
        moved = [key for key in (*weak, *fresh) if key in homeless or self._differs(key)]
        region.load(moved, joining=False)
        beside = groups_of(region, self._weak_beside(moved, shared) - weak, shared, self._rules)
        region.load((key for group in beside for key in group), joining=False)
        hopping |= {group for group in beside if vote(region, group, self._standing, self._rules) is None}
        self._hop(hopping)

    def _hop(self, hopping: set[Group]) -> None:
        region = self._region
        before = _Before(self, {key for group in hopping for key in group})
        settled = {group: hop(region, group, before, self._name) for group in hopping}
        for group, (state, customer) in settled.items():
            self._new.update(dict.fromkeys(group, (state, customer)))
            if state == ALONE and customer is not None:
                self._persons.setdefault(customer, (anchor(region.node[key] for key in group).key, group))

    def _weak_beside(self, keys: Iterable[bytes], shared: "_SharedNow") -> set[bytes]:
        region = self._region
        beside = {m for key in keys for tie in region.ties(key) for m in tie.members}
        linked = {end for key in keys for link in region.links(key) for end in (link.a, link.b)}
        return {m for m in beside | linked if not region.node[m].strong and m not in shared}

    def _standing(self, key: bytes) -> Standing:
        if key in self._new:
            return self._new[key]
        node = self._region.node[key]
        return node.standing, node.customer

    def _differs(self, key: bytes) -> bool:
        node = self._region.node[key]
        return self._new[key] != (node.standing, node.customer) if key in self._new else False

    def _name(self, kind: str, identifier: Identifier) -> bytes:
        parts = [identifier.type, identifier.space, identifier.value]
        if kind == "customer" and self._region.ghosts:
            ghosts = self._region.ghosts.get(identifier_key(identifier, self._secret))
            if ghosts is not None and ghosts.times:
                # Who comes back after an erasure is a new person, whose id says nothing of the old one.
                parts.append(str(ghosts.times))
        return self._secret.mac(kind, *parts)

    def _report(self, bundles: set[bytes]) -> Changes:
        region = self._region
        standings = {key: self._new[key] for key in self._new if self._differs(key)}
        region.load(standings, joining=False)
        bundles |= {tie.key for key in standings for tie in region.ties(key)}
        holders: dict[bytes, bytes | None] = {}
        for key in bundles:
            tie = region.tie[key]
            customer = bundle_holder(region, tie, self._standing, self._name)
            if customer != tie.customer:
                holders[key] = customer
        held = {customer for _, customer in standings.values() if customer is not None}
        parties = {*held, *(region.node[key].customer for key in standings), *holders.values()}
        parties |= {region.tie[key].customer for key in holders}
        persons = {c: p for c, p in self._persons.items() if c in held}
        return Changes(standings, holders, persons, {party for party in parties if party is not None})


class _Before:
    """Standings as votes left them: an identifier that only hops owns nothing for its neighbours."""

    def __init__(self, resolver: Resolver, hopping: set[bytes]) -> None:
        self._resolver = resolver
        self._hopping = hopping

    def __call__(self, key: bytes) -> Standing:
        return (NEW, None) if key in self._hopping else self._resolver._standing(key)


class _SharedNow:
    """The keys that are shared by fan-out now: recounted where touched, as they stood elsewhere."""

    def __init__(self, region: Region, recounted: dict[bytes, bool]) -> None:
        self._region = region
        self._recounted = recounted

    def __contains__(self, key: object) -> bool:
        assert isinstance(key, bytes)
        known = self._recounted.get(key)
        return was_shared(self._region.node[key]) if known is None else known
