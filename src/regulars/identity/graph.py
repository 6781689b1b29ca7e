"""The identity graph as resolution sees it: identifiers, the bundles that tie them, and links said by hand."""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from regulars.model.identifier import Identifier, Tier

PERSON = "person"
HOP = "hop"
ALONE = "alone"
FAN_OUT = "fan_out"
VOTES = "votes"
LEFT_OUT = "left_out"
NEW = ""

SHARED = frozenset({FAN_OUT, VOTES, LEFT_OUT})
"""The standings of an identifier that belongs to nobody."""


class Node(msgspec.Struct, frozen=True):
    """One unblocked identifier with its standing so far.

    `server` tells whether any server source has shown it, `first` is the time (µs) of its first evidence (of its
    first *server* evidence where it has some). `standing` says how it belongs: to a `person` by evidence, by one
    `hop`, `alone`, or to nobody (`fan_out`, `votes`, `left_out`); '' is not yet resolved. `customer` is who holds it.
    """

    key: bytes
    identifier: Identifier
    tier: Tier
    server: bool
    first: int
    standing: str = NEW
    customer: bytes | None = None

    @property
    def strong(self) -> bool:
        """Whether its tier is unique or strong."""
        return self.tier <= Tier.STRONG


class Tie(msgspec.Struct, frozen=True):
    """One bundle as evidence: who came together, how often (distinct messages) and since when (µs)."""

    key: bytes
    server: bool
    members: tuple[bytes, ...]
    n: int
    first: int
    customer: bytes | None = None


class Link(msgspec.Struct, frozen=True):
    """A must-link or cannot-link between two identifiers, in force."""

    a: bytes
    b: bytes
    must: bool
    server: bool


class Ghosts(msgspec.Struct, frozen=True):
    """What erased persons left at an identifier, under keyed names only.

    `neighbours` are the strong ones of theirs that stood beside it, each as (type, space, key, whether a server said
    so); `times` says how often the identifier itself was erased as one of theirs.
    """

    neighbours: tuple[tuple[str, str, bytes, bool], ...] = ()
    times: int = 0


class Graph(Protocol):
    """Where resolution reads the graph from: the database, or memory in a test."""

    def nodes(self, keys: Iterable[bytes]) -> dict[bytes, Node]:
        """The nodes of these keys."""

    def ties(self, keys: Iterable[bytes], joining: bool) -> Iterable[Tie]:
        """The bundles which hold any of these keys; with `joining` only those that could join persons."""

    def links(self, keys: Iterable[bytes]) -> Iterable[Link]:
        """The links in force at any of these keys."""

    def ghosts(self, keys: Iterable[bytes]) -> dict[bytes, Ghosts]:
        """What erased persons left at any of these keys."""


def joins(tiers: Iterable[Tier]) -> bool:
    """Whether a bundle of these tiers could join persons: two or more of its members are strong or may bridge."""
    return sum(tier <= Tier.BRIDGING for tier in tiers) >= 2


class Region:
    """The part of the graph loaded so far; loading is in rounds, each one read for a whole set of keys."""

    def __init__(self, graph: Graph) -> None:
        self.ghosts: dict[bytes, Ghosts] = {}
        self._graph = graph
        self.node: dict[bytes, Node] = {}
        self.tie: dict[bytes, Tie] = {}
        self._ties_of: dict[bytes, dict[bytes, Tie]] = {}
        self._links_of: dict[bytes, list[Link]] = {}
        self._joining: set[bytes] = set()
        self._whole: set[bytes] = set()

    def load(self, keys: Iterable[bytes], joining: bool) -> None:
        """Load the bundles and links of these keys, and the nodes they lead to."""
        whole, done = self._whole, self._joining if joining else self._whole
        missing = [key for key in keys if key not in whole and key not in done]
        if not missing:
            return
        done.update(missing)
        for tie in self._graph.ties(missing, joining):
            self.add(tie)
        self.load_links(missing)
        self.load_nodes(missing)
        self.load_nodes(m for key in missing for tie in self.ties(key) for m in tie.members)

    def load_links(self, keys: Iterable[bytes]) -> None:
        """Load the links at these keys, and the nodes at their other ends."""
        missing = [key for key in keys if key not in self._links_of]
        if not missing:
            return
        for key in missing:
            self._links_of[key] = []
        ends: set[bytes] = set()
        for link in self._graph.links(missing):
            for end in (link.a, link.b):
                ends.add(end)
                if end in self._links_of and link not in self._links_of[end]:
                    self._links_of[end].append(link)
        self.load_nodes(ends)

    def add(self, tie: Tie) -> None:
        """Take a bundle that is at hand already."""
        if tie.key not in self.tie:
            self.tie[tie.key] = tie
            for member in tie.members:
                self._ties_of.setdefault(member, {})[tie.key] = tie

    def load_nodes(self, keys: Iterable[bytes]) -> None:
        """Load nodes alone."""
        missing = {key for key in keys if key not in self.node}
        if missing:
            self.node.update(self._graph.nodes(missing))
            self.ghosts.update(self._graph.ghosts(missing))

    def ties(self, key: bytes) -> Iterable[Tie]:
        """The loaded bundles that hold this key."""
        return self._ties_of.get(key, {}).values()

    def evidence(self, key: bytes) -> list[Tie]:
        """The bundles that count for this key: where it has server evidence, only server bundles do."""
        ties = self._ties_of.get(key, {}).values()
        if self.node[key].server:
            return [tie for tie in ties if tie.server]
        return list(ties)

    def links(self, key: bytes) -> list[Link]:
        """The links in force at this key (both ends have evidence)."""
        return [k for k in self._links_of.get(key, ()) if k.a in self.node and k.b in self.node]
