"""The identity graph in memory, kept like the database keeps it: for tests of resolution alone."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from regulars.identity.graph import FAN_OUT, Ghosts, Link, Node, Tie, joins
from regulars.identity.newcomers import settle_newcomers
from regulars.identity.resolve import Changes, Resolver
from regulars.identity.rules import RULES, Rules
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret

SECRET = Secret(b"0123456789abcdef")


def key_of(identifier: Identifier) -> bytes:
    return SECRET.mac("identifier", identifier.type, identifier.space, identifier.value)


class Memory:
    """A graph that takes observations (server, identifiers, time) and resolves what each batch touched."""

    def __init__(self, rules: Rules = RULES) -> None:
        self.rules = rules
        self._nodes: dict[bytes, Node] = {}
        self._ties: dict[bytes, Tie] = {}
        self._at: dict[bytes, set[bytes]] = defaultdict(set)
        self._links: dict[tuple[bytes, bytes], Link] = {}

    def nodes(self, keys: Iterable[bytes]) -> dict[bytes, Node]:
        return {key: self._nodes[key] for key in keys if key in self._nodes}

    def ties(self, keys: Iterable[bytes], joining: bool) -> Iterable[Tie]:
        for bundle in {b for key in keys for b in self._at[key]}:
            tie = self._ties[bundle]
            if not joining or joins(self._nodes[m].tier for m in tie.members):
                yield tie

    def links(self, keys: Iterable[bytes]) -> Iterable[Link]:
        wanted = set(keys)
        return [link for link in self._links.values() if link.a in wanted or link.b in wanted]

    def ghosts(self, keys: Iterable[bytes]) -> dict[bytes, Ghosts]:
        return {}

    def see(self, observations: Iterable[tuple[bool, tuple[Identifier, ...], int]]) -> None:
        touched: set[bytes] = set()
        bundles: set[bytes] = set()
        before, known = dict(self._ties), dict(self._nodes)
        for server, identifiers, time in observations:
            keys = tuple(sorted(key_of(i) for i in set(identifiers)))
            for identifier in identifiers:
                self._note(identifier, server, time)
            bundle = SECRET.mac("bundle", str(server), *(k.hex() for k in keys))
            old = self._ties.get(bundle)
            first = min(time, old.first) if old else time
            self._ties[bundle] = Tie(
                bundle, server, keys, (old.n if old else 0) + 1, first, old.customer if old else None
            )
            for key in keys:
                self._at[key].add(bundle)
            touched.update(keys)
            bundles.add(bundle)
        bundles -= self._settle({key: self._ties[key] for key in bundles if key not in before}, known)
        touched = {m for key in bundles for m in self._ties[key].members}
        self.apply(Resolver(self, self.rules, SECRET).resolve(touched, [self._ties[b] for b in bundles]))

    def _settle(self, fresh: dict[bytes, Tie], known: dict[bytes, Node]) -> set[bytes]:
        """Settle newcomers as the database's evidence does; returns the bundles that are done."""
        new = {m: self._nodes[m] for tie in fresh.values() for m in tie.members if m not in known}
        linked = {end for link in self.links(new) for end in (link.a, link.b)}
        ties = list(fresh.values())
        changes = settle_newcomers(ties, known, new, linked, self.rules, SECRET)
        self.apply(changes)
        return set(changes.bundles)

    def link(self, a: Identifier, b: Identifier, must: bool, server: bool = True) -> None:
        keys = sorted((key_of(a), key_of(b)))
        self._links[keys[0], keys[1]] = Link(keys[0], keys[1], must, server)
        self.apply(Resolver(self, self.rules, SECRET).resolve((), (), relinked=[k for k in keys if k in self._nodes]))

    def _note(self, identifier: Identifier, server: bool, time: int) -> None:
        key = key_of(identifier)
        old = self._nodes.get(key)
        if old is None:
            self._nodes[key] = Node(key, identifier, self.rules.rule_of(identifier.type).tier, server, time)
        elif server and not old.server:
            self._nodes[key] = msgspec.structs.replace(old, server=True, first=time, standing="")
        elif server == old.server:
            self._nodes[key] = msgspec.structs.replace(old, first=min(old.first, time))

    def apply(self, changes: Changes) -> None:
        for key, (standing, customer) in changes.standings.items():
            self._nodes[key] = msgspec.structs.replace(self._nodes[key], standing=standing, customer=customer)
        for key, customer in changes.bundles.items():
            self._ties[key] = msgspec.structs.replace(self._ties[key], customer=customer)

    def recomputed(self) -> "Memory":
        """The same evidence, resolved in one run from nothing."""
        other = Memory(self.rules)
        other._nodes = {k: msgspec.structs.replace(n, standing="", customer=None) for k, n in self._nodes.items()}
        other._ties = {k: msgspec.structs.replace(t, customer=None) for k, t in self._ties.items()}
        other._at, other._links = self._at, self._links
        other.apply(Resolver(other, self.rules, SECRET).resolve(set(other._nodes), other._ties.values()))
        return other

    def state(self) -> dict[str, object]:
        nodes = {k.hex(): (n.identifier, n.standing, n.customer) for k, n in self._nodes.items()}
        ties = {
            k.hex(): (tuple(sorted(self._nodes[m].identifier for m in t.members)), t.customer)
            for k, t in self._ties.items()
        }
        return {**nodes, **ties}

    def owner(self, identifier: Identifier) -> bytes | None:
        node = self._nodes[key_of(identifier)]
        return None if node.standing == FAN_OUT else node.customer

    def standing(self, identifier: Identifier) -> str:
        return self._nodes[key_of(identifier)].standing

    def bundle_owner(self, server: bool, *identifiers: Identifier) -> bytes | None:
        keys = sorted(key_of(i) for i in identifiers)
        return self._ties[SECRET.mac("bundle", str(server), *(k.hex() for k in keys))].customer
