"""Joining identifiers into persons, one union at a time, each refused where it breaks a limit or a veto."""

from collections.abc import Iterable

from regulars.identity.graph import Node
from regulars.identity.rules import Rules

Kind = tuple[str, str]


class Unions:
    """A union-find over nodes that knows limits per (type, space), cannot-links, and whose word is only a client's."""

    def __init__(self, nodes: Iterable[Node], rules: Rules) -> None:
        self._rules = rules
        self._parent: dict[bytes, bytes] = {}
        self._members: dict[bytes, list[Node]] = {}
        self._counts: dict[bytes, dict[Kind, int]] = {}
        self._enemies: dict[bytes, set[bytes]] = {}
        for node in nodes:
            self._parent[node.key] = node.key
            self._members[node.key] = [node]
            self._counts[node.key] = {(node.identifier.type, node.identifier.space): 1}

    def __contains__(self, key: bytes) -> bool:
        return key in self._parent

    def root(self, key: bytes) -> bytes:
        """The representative of the set that holds this key."""
        parent = self._parent
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    def members(self, root: bytes) -> list[Node]:
        """All nodes of one set, given its root."""
        return self._members[root]

    def roots(self) -> list[bytes]:
        """The roots of all sets."""
        return list(self._members)

    def kinds(self, root: bytes) -> set[Kind]:
        """The (type, space) pairs present in one set."""
        return set(self._counts[root])

    def server(self, root: bytes) -> bool:
        """Whether any member has server evidence."""
        return any(node.server for node in self._members[root])

    def forbid(self, a: bytes, b: bytes) -> None:
        """Say that these two must never be one person; call it before any union."""
        for x, y in ((a, b), (b, a)):
            if x in self._parent:
                self._enemies.setdefault(self.root(x), set()).add(y)

    def refused(self, a: bytes, b: bytes) -> str:
        """Why the sets of these two may not become one: `cannot_link`, `limit:TYPE`, or ''."""
        a, b = self.root(a), self.root(b)
        for x, y in ((a, b), (b, a)):
            enemies = self._enemies.get(x)
            if enemies and any(node.key in enemies for node in self._members[y]):
                return "cannot_link"
        ours, theirs = self._counts[a], self._counts[b]
        for kind, count in ours.items():
            other = theirs.get(kind)
            if other is not None:
                limit = self._rules.rule_of(kind[0]).limit
                if limit is not None and count + other > limit:
                    return f"limit:{kind[0]}"
        return ""

    def join(self, a: bytes, b: bytes, forced: bool = False) -> bool:
        """Make one set of two unless that is refused; `forced` overrides limits, never a cannot-link."""
        a, b = self.root(a), self.root(b)
        if a == b:
            return True
        why = self.refused(a, b)
        if why and not (forced and why != "cannot_link"):
            return False
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        self._parent[b] = a
        self._members[a].extend(self._members.pop(b))
        counts = self._counts[a]
        for kind, count in self._counts.pop(b).items():
            counts[kind] = counts.get(kind, 0) + count
        if b in self._enemies:
            self._enemies.setdefault(a, set()).update(self._enemies.pop(b))
        return True
