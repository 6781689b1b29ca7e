"""What a batch says about who came together, written down, and the persons it moves."""

from collections.abc import Iterable

import msgspec

from regulars.identity import queries
from regulars.identity.bundle import Bundle, identifier_key
from regulars.identity.graph import FAN_OUT, NEW, SHARED, VOTES, Node, Tie, joins
from regulars.identity.newcomers import Fresh, settle_newcomers
from regulars.identity.normalise import NORMALISER_VERSION
from regulars.identity.owners import Standing
from regulars.identity.resolve import Changes, Resolver
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.model.source import Trust
from regulars.storage.database import Connection
from regulars.storage.queries import copy_rows


class Sighting(msgspec.Struct):
    """What one batch saw of one bundle: times per source as [n, first, last]."""

    bundle: Bundle
    members: tuple[bytes, ...]
    sources: dict[str, list[int]]

    @property
    def first(self) -> int:
        """When it was first seen in this batch, in microseconds."""
        return min(times[1] for times in self.sources.values())


class Sightings:
    """The bundles of one batch, added up before they are written."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self.bundles: dict[bytes, Sighting] = {}
        self.identifiers: dict[bytes, Identifier] = {}

    def add(self, bundle: Bundle, source: str, time: int) -> None:
        """Count one accepted event."""
        sighting = self.bundles.get(bundle.key)
        if sighting is None:
            keys = []
            for seen in bundle.members:
                if not seen.blocked:
                    key = identifier_key(seen.identifier, self._secret)
                    self.identifiers[key] = seen.identifier
                    keys.append(key)
            sighting = self.bundles[bundle.key] = Sighting(bundle, tuple(sorted(keys)), {})
        times = sighting.sources.get(source)
        if times is None:
            sighting.sources[source] = [1, time, time]
        else:
            times[0] += 1
            times[1] = min(times[1], time)
            times[2] = max(times[2], time)


class Evidence:
    """The identity tables as the pipeline changes them."""

    def __init__(self, connection: Connection, rules: Rules, secret: Secret) -> None:
        self._connection = connection
        self._rules = rules
        self._secret = secret

    def record(self, sightings: Sightings) -> tuple[set[bytes], set[bytes]]:
        """Write a batch's bundles and identifiers; returns the identifiers and bundles that resolution must look at."""
        graph = queries.DatabaseGraph(self._connection, self._rules)
        ties = {tie.key: tie for tie in graph.bundles(sightings.bundles)}
        nodes = graph.nodes(sightings.identifiers)
        firsts = _firsts(sightings, nodes)
        fresh = [s for key, s in sightings.bundles.items() if key not in ties]
        settled = self._settle(graph, fresh, nodes, firsts, sightings.identifiers)
        self._insert(fresh, sightings.identifiers, settled.bundles)
        self._upsert_identifiers(sightings.identifiers, nodes, firsts, settled.standings)
        self._upsert_evidence(sightings)
        self._issue(settled)
        moving = [
            s
            for key, s in sightings.bundles.items()
            if s.members and key not in settled.bundles and (key not in ties or not _settled(s, ties[key], nodes))
        ]
        return {m for s in moving for m in s.members}, {s.bundle.key for s in moving}

    def _settle(
        self,
        graph: queries.DatabaseGraph,
        fresh: list[Sighting],
        nodes: dict[bytes, Node],
        firsts: dict[bytes, tuple[bool, int]],
        identifiers: dict[bytes, Identifier],
    ) -> Changes:
        new = {
            key: Node(key, each, self._rules.rule_of(each.type).tier, *firsts[key])
            for key, each in identifiers.items()
            if key not in nodes
        }
        linked = {end for link in graph.links(new) for end in (link.a, link.b)}
        linked |= graph.ghosts(new).keys()
        bundles = [Fresh(_tie(s), s.first) for s in fresh if s.members]
        return settle_newcomers(bundles, nodes, new, linked, self._rules, self._secret)

    def resolve(self, touched: Iterable[bytes], bundles: Iterable[bytes], relinked: Iterable[bytes] = ()) -> Changes:
        """Resolve what was touched and write who holds what now."""
        graph = queries.DatabaseGraph(self._connection, self._rules)
        ties = graph.bundles(bundles)
        changes = Resolver(graph, self._rules, self._secret).resolve(touched, ties, relinked)
        cursor = self._connection.cursor()
        if changes.standings:
            rows = [(key, standing, customer) for key, (standing, customer) in changes.standings.items()]
            cursor.execute(queries.SET_STANDINGS, queries.columns(rows, 3))
        if changes.bundles:
            cursor.execute(queries.SET_HOLDERS, queries.columns(list(changes.bundles.items()), 2))
        self._issue(changes)
        return changes

    def _issue(self, changes: Changes) -> None:
        if changes.persons:
            persons = [(c, a, b"".join(m)) for c, (a, m) in sorted(changes.persons.items())]
            self._connection.execute(queries.ISSUE, queries.columns(persons, 3))

    def _insert(
        self, fresh: list[Sighting], identifiers: dict[bytes, Identifier], holders: dict[bytes, bytes | None]
    ) -> None:
        tier = {key: self._rules.rule_of(each.type).tier for key, each in identifiers.items()}
        copy_rows(
            self._connection,
            queries.COPY_BUNDLES,
            ("bytea", "int2", "bytea[]", "text", "bytea"),
            (
                (s.bundle.key, int(s.bundle.trust), list(s.members), _fallback(s.bundle), holders.get(s.bundle.key))
                for s in fresh
            ),
        )
        copy_rows(
            self._connection,
            queries.COPY_MEMBERS,
            ("bytea", "bytea", "bool"),
            ((m, s.bundle.key, joins(tier[k] for k in s.members)) for s in fresh for m in s.members),
        )

    def _upsert_identifiers(
        self,
        identifiers: dict[bytes, Identifier],
        nodes: dict[bytes, Node],
        firsts: dict[bytes, tuple[bool, int]],
        standings: dict[bytes, Standing],
    ) -> None:
        rows = [
            (key, each.type, each.space, each.value, NORMALISER_VERSION, *first, *standings.get(key, (NEW, None)))
            for key, first in sorted(firsts.items())
            if key not in nodes or first != (nodes[key].server, nodes[key].first)
            for each in (identifiers[key],)
        ]
        if rows:
            self._connection.execute(queries.UPSERT_IDENTIFIERS, queries.columns(rows, 9))

    def _upsert_evidence(self, sightings: Sightings) -> None:
        rows = [(key, source, *times) for key, s in sightings.bundles.items() for source, times in s.sources.items()]
        if rows:
            self._connection.execute(queries.UPSERT_EVIDENCE, queries.columns(rows, 5))


def _firsts(sightings: Sightings, nodes: dict[bytes, Node]) -> dict[bytes, tuple[bool, int]]:
    """When each identifier was first seen, a server's evidence before any client's, with this batch counted in."""
    found: dict[bytes, tuple[bool, int]] = {}
    for sighting in sightings.bundles.values():
        said = (sighting.bundle.trust == Trust.SERVER, sighting.first)
        for key in sighting.members:
            known = found.get(key)
            if known is None and key in nodes:
                known = (nodes[key].server, nodes[key].first)
            found[key] = said if known is None else _earlier(known, said)
    return found


def _tie(sighting: Sighting) -> Tie:
    n = sum(times[0] for times in sighting.sources.values())
    return Tie(sighting.bundle.key, sighting.bundle.trust == Trust.SERVER, sighting.members, n, sighting.first)


def _earlier(one: tuple[bool, int], two: tuple[bool, int]) -> tuple[bool, int]:
    """First evidence: a server's before any client's, then the earlier."""
    if one[0] == two[0]:
        return one[0], min(one[1], two[1])
    return one if one[0] else two


def _settled(sighting: Sighting, tie: Tie, nodes: dict[bytes, Node]) -> bool:
    """Whether more messages of a known bundle can change nothing.

    They cannot where all its unshared members are one person's already, none is contested, and none is now known
    earlier: more weight on a union that stands moves no other (docs/concepts/identity.md).
    """
    server, first = tie.server, sighting.first
    owners = set()
    for key in sighting.members:
        node = nodes[key]
        if node.standing == FAN_OUT:
            continue
        if node.standing in SHARED or node.standing == VOTES or node.customer is None:
            return False
        if server == node.server and first < node.first:
            return False
        owners.add(node.customer)
    return len(owners) <= 1


def _fallback(bundle: Bundle) -> str:
    each = bundle.fallback
    return "" if each is None else f"{each.type}:{each.space}:{each.value}"
