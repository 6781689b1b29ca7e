"""How far a change can reach: the strong identifiers whose persons may differ once these were touched."""

from collections.abc import Container, Iterable

from regulars.identity.bridges import adjacent_cores, bridging_neighbours, complement
from regulars.identity.cores import Cores, strong_cores
from regulars.identity.graph import Region
from regulars.identity.rules import Rules
from regulars.model.identifier import Tier


class Closure:
    """Grows the loaded region until the cores inside, and the bridges between them, are settled by what is loaded."""

    def __init__(self, region: Region, shared: Container[bytes], rules: Rules) -> None:
        self.region = region
        self._shared = shared
        self._rules = rules
        self.interior: set[bytes] = set()
        self._touched: set[bytes] = set()
        self._closed: dict[bytes, bool] = {}

    def settle(self, touched: Iterable[bytes]) -> Cores:
        """Close over everything the touched nodes may move; returns the cores of all that was closed."""
        self._touched = set(touched)
        fresh = self._seeds(self._touched)
        while True:
            self.interior |= self._close(fresh)
            bridging = bridging_neighbours(self.region, self.interior | self._touched, self._shared)
            self.region.load(bridging, joining=True)
            self._close(
                m
                for key in bridging
                for tie in self.region.evidence(key)
                for m in tie.members
                if self.region.node[m].strong and m not in self._shared
            )
            closed = set(self._closed)
            cores = strong_cores(self.region, closed, self._shared, self._rules)
            fresh = self._partners(cores, bridging)
            if not fresh:
                return cores

    def _seeds(self, touched: Iterable[bytes]) -> set[bytes]:
        """The touched strong nodes and the strong neighbours of all touched nodes that can join persons."""
        region = self.region
        hot = [key for key in touched if region.node[key].tier <= Tier.BRIDGING]
        around = {m for key in hot for tie in region.ties(key) for m in tie.members}
        return {key for key in around.union(hot) if region.node[key].strong and key not in self._shared}

    def _close(self, seeds: Iterable[bytes]) -> set[bytes]:
        """Close strong nodes over what could join them; returns all that was reached from the seeds.

        A cluster of clients' claims reached from a server's core comes along without its other server neighbours
        (it is *cold*): it may join one core only, and which one does not depend on this core.
        """
        frontier = {key: True for key in seeds}
        reached: dict[bytes, bool] = {}
        while frontier:
            for key, hot in frontier.items():
                reached[key] = reached.get(key, False) or hot
                self._closed[key] = self._closed.get(key, False) or hot
            self.region.load(frontier, joining=True)
            following: dict[bytes, bool] = {}
            for key, hot in frontier.items():
                for other, heat in self._reach(key, hot):
                    if other not in reached or (heat and not reached[other]):
                        following[other] = following.get(other, False) or heat
            frontier = following
        return set(reached)

    def _reach(self, key: bytes, hot: bool) -> Iterable[tuple[bytes, bool]]:
        region, node = self.region, self.region.node[key]
        for tie in region.ties(key):
            for m in tie.members:
                other = region.node[m]
                if m == key or not other.strong or m in self._shared:
                    continue
                if node.server and other.server:
                    if tie.server:
                        yield m, True
                elif node.server:
                    yield m, False
                elif other.server:
                    if hot:
                        yield m, True
                else:
                    yield m, hot
        for link in region.links(key):
            other = region.node[link.b if link.a == key else link.a]
            if link.must and other.strong and other.key not in self._shared:
                yield other.key, True

    def _partners(self, cores: Cores, bridging: Iterable[bytes]) -> set[bytes]:
        """Strong nodes of cores that are, or were, bridged to the interior and are not in it yet."""
        region, unions = self.region, cores.unions
        inside = {unions.root(key) for key in self.interior if key in unions}
        were = {region.node[key].customer for key in self.interior | self._touched} - {None}
        fresh: set[bytes] = set()
        for key in bridging:
            roots = adjacent_cores(region, cores, key)
            for other in adjacent_cores(region, cores, key, kept=True).keys() - inside:
                members = unions.members(other)
                candidate = (
                    len(roots) == 2
                    and other in roots
                    and any(r in inside and complement(unions, r, other) for r in roots)
                )
                if candidate or any(node.customer in were for node in members):
                    fresh.update(node.key for node in members)
        return fresh - self.interior
