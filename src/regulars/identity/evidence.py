"""What a batch says about who came together, written down, and the persons it moves."""

from collections.abc import Collection, Container, Iterable, Mapping

import msgspec

from regulars.identity import queries
from regulars.identity.graph import FAN_OUT, NEW, SHARED, VOTES, Node, Tie, joins
from regulars.identity.newcomers import settle_newcomers
from regulars.identity.owners import Standing
from regulars.identity.resolve import Changes, Resolver
from regulars.identity.rows import bundle_row, evidence_row, identifier_row, member_rows
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier
from regulars.model.secret import Secret
from regulars.storage.binary import bools, byteas, int8s, keys, texts
from regulars.storage.database import Connection
from regulars.storage.later import Later
from regulars.storage.queries import copy_packed
from regulars.storage.stale import mark_customers

_UNKNOWN: Standing = (NEW, None)


First = tuple[bool, int]
"""Whether a server has shown an identifier, and when it was first seen (by a server where one has), in microseconds."""


class Sighting(msgspec.Struct, frozen=True):
    """What one batch saw of one bundle: `times` by source as (events, first, last), `first` the earliest;
    `members` are keys, sorted."""

    key: bytes
    server: bool
    members: tuple[bytes, ...]
    fallback: str
    times: Mapping[str, tuple[int, int, int]]
    first: int


class Left(msgspec.Struct, frozen=True):
    """How a batch leaves what came with it, before anything is resolved: for the next, which may not see it yet.

    `bundles` are all of them; `firsts` of each identifier, of which `nodes` were known before, by `names`; `standings`
    of the new ones as far as they were settled.
    """

    bundles: Container[bytes]
    firsts: Mapping[bytes, First]
    nodes: Mapping[bytes, Node]
    names: Mapping[bytes, Identifier]
    standings: Mapping[bytes, Standing]

    def node(self, key: bytes, rules: Rules) -> Node:
        """One of its identifiers as it is left."""
        said, node = self.firsts[key], self.nodes.get(key)
        if node is None:
            each = self.names[key]
            return Node(key, each, rules.rule_of(each.type).tier, *said, *self.standings.get(key, _UNKNOWN))
        # As `SET_FIRSTS` writes it.
        standing = NEW if said[0] and not node.server else node.standing
        return Node(key, node.identifier, node.tier, *said, standing, node.customer)


class Witnessed(msgspec.Struct):
    """What came of a batch's evidence: the identifiers and bundles that are to be resolved, and how all are left."""

    touched: set[bytes]
    moving: set[bytes]
    left: Left


class Recalled(msgspec.Struct, frozen=True):
    """What is known of a batch's bundles and identifiers, and which of the new ones a word or an erasure is about."""

    bundles: set[bytes]
    nodes: dict[bytes, Node]
    linked: set[bytes]

    def amend(self, standings: Mapping[bytes, Standing]) -> None:
        """Take in what was resolved since."""
        for key, (standing, customer) in standings.items():
            if key in self.nodes:
                self.nodes[key] = msgspec.structs.replace(self.nodes[key], standing=standing, customer=customer)


class Evidence:
    """The identity tables as the pipeline changes them."""

    def __init__(self, connection: Connection, rules: Rules, secret: Secret) -> None:
        self._connection = connection
        self._rules = rules
        self._secret = secret

    def recall(
        self,
        bundles: Collection[bytes],
        members: Iterable[bytes],
        names: Mapping[bytes, Identifier],
        before: Left | None = None,
    ) -> Recalled:
        """Read what is known of a batch's bundles and their `members`, all of which are among `names`.

        What a batch `before` left goes over what is read, which may be older.
        """
        wanted = {member: names[member] for member in members}
        nodes, known = self._nodes(wanted), self._known(bundles)
        if before is not None:
            nodes.update({key: before.node(key, self._rules) for key in wanted if key in before.firsts})
            known.update([key for key in bundles if key in before.bundles])
        graph = queries.DatabaseGraph(self._connection, self._rules)
        new = [key for key in wanted if key not in nodes]
        linked = {end for link in graph.links(new) for end in (link.a, link.b)}
        return Recalled(known, nodes, linked | graph.ghosts(new).keys())

    def record(
        self,
        seen: Mapping[bytes, Sighting],
        identifiers: Mapping[bytes, Identifier],
        recalled: Recalled,
        later: Later,
    ) -> Witnessed:
        """Have a batch's bundles written, and say what resolution must look at."""
        known, nodes = recalled.bundles, recalled.nodes
        self._put_evidence(seen, known, later)
        firsts = _firsts(seen.values(), nodes)
        fresh = [each for key, each in sorted(seen.items()) if key not in known]
        settled = self._settle(fresh, recalled, firsts, identifiers)
        self._insert_bundles(fresh, identifiers, settled.bundles, later)
        self._put_identifiers(identifiers, nodes, firsts, settled.standings, later)
        later.do(self._issue, settled)
        moving = [
            each
            for key, each in seen.items()
            if each.members and key not in settled.bundles and (key not in known or not _settled(each, nodes))
        ]
        touched = {m for each in moving for m in each.members}
        left = Left(seen, firsts, nodes, identifiers, settled.standings)
        return Witnessed(touched, {each.key for each in moving}, left)

    def _known(self, bundles: Collection[bytes]) -> set[bytes]:
        found = self._connection.cursor(binary=True).execute(queries.KNOWN_BUNDLES, (keys(bundles),))
        return {row[0] for row in found.fetchall()}

    def _nodes(self, identifiers: Mapping[bytes, Identifier]) -> dict[bytes, Node]:
        found = self._connection.cursor(binary=True).execute(queries.STANDINGS, (keys(identifiers),))
        rule = self._rules.rule_of
        return {
            key: Node(key, each, rule(each.type).tier, *standing)
            for key, *standing in found.fetchall()
            for each in (identifiers[key],)
        }

    def _settle(
        self,
        fresh: list[Sighting],
        recalled: Recalled,
        firsts: Mapping[bytes, First],
        identifiers: Mapping[bytes, Identifier],
    ) -> Changes:
        new = {
            key: Node(key, each, self._rules.rule_of(each.type).tier, *first)
            for key, first in firsts.items()
            if key not in recalled.nodes
            for each in (identifiers[key],)
        }
        bundles = [_tie(each) for each in fresh if each.members]
        return settle_newcomers(bundles, recalled.nodes, new, recalled.linked, self._rules, self._secret)

    def resolve(self, touched: Iterable[bytes], bundles: Iterable[bytes], relinked: Iterable[bytes] = ()) -> Changes:
        """Resolve what was touched and write who holds what now."""
        graph = queries.DatabaseGraph(self._connection, self._rules)
        ties = graph.bundles(bundles)
        changes = Resolver(graph, self._rules, self._secret).resolve(touched, ties, relinked)
        cursor = self._connection.cursor()
        if changes.standings:
            rows = sorted(changes.standings.items())
            values = byteas(key for key, _ in rows), texts(standing for _, (standing, _) in rows)
            cursor.execute(queries.SET_STANDINGS, (*values, byteas(customer for _, (_, customer) in rows)))
        if changes.bundles:
            held = sorted(changes.bundles.items())
            cursor.execute(queries.SET_HOLDERS, (byteas(key for key, _ in held), byteas(id for _, id in held)))
        self._issue(changes)
        mark_customers(self._connection, changes.parties)
        return changes

    def _issue(self, changes: Changes) -> None:
        if changes.persons:
            persons = sorted((id, anchor, b"".join(members)) for id, (anchor, members) in changes.persons.items())
            ids, anchors, members = zip(*persons, strict=True)
            self._connection.execute(queries.ISSUE, (keys(ids), keys(anchors), byteas(members)))

    def _insert_bundles(
        self,
        fresh: list[Sighting],
        identifiers: Mapping[bytes, Identifier],
        holders: Mapping[bytes, bytes | None],
        later: Later,
    ) -> None:
        bundles, members = [], []
        for each in fresh:
            bundles.append(bundle_row(each.key, each.server, each.members, each.fallback, holders.get(each.key)))
            joining = joins([self._rules.rule_of(identifiers[member].type).tier for member in each.members])
            members += member_rows(each.key, each.members, joining)
        later.do(copy_packed, self._connection, queries.COPY_BUNDLES, bundles)
        later.do(copy_packed, self._connection, queries.COPY_MEMBERS, sorted(members))

    def _put_identifiers(
        self,
        identifiers: Mapping[bytes, Identifier],
        nodes: Mapping[bytes, Node],
        firsts: Mapping[bytes, First],
        standings: Mapping[bytes, Standing],
        later: Later,
    ) -> None:
        rows, before = [], []
        for name in sorted(firsts):
            server, first = firsts[name]
            node = nodes.get(name)
            if node is None:
                rows.append(identifier_row(name, identifiers[name], server, first, standings.get(name, _UNKNOWN)))
            elif (server, first) != (node.server, node.first):
                before.append((name, server, first))
        later.do(copy_packed, self._connection, queries.COPY_IDENTIFIERS, rows)
        if before:
            keys, servers, times = zip(*before, strict=True)
            later.do(self._connection.execute, queries.SET_FIRSTS, (byteas(keys), bools(servers), int8s(times)))

    def _put_evidence(self, seen: Mapping[bytes, Sighting], known: set[bytes], later: Later) -> None:
        new, again = [], []
        for bundle, each in sorted(seen.items()):
            for source, times in each.times.items():
                if bundle in known:
                    again.append((bundle, source, *times))
                else:
                    new.append(evidence_row(bundle, source, *times))
        later.do(copy_packed, self._connection, queries.COPY_EVIDENCE, new)
        if again:
            keys, sources, *numbers = zip(*again, strict=True)
            values = byteas(keys), texts(sources), *map(int8s, numbers)
            later.do(self._connection.execute, queries.UPSERT_EVIDENCE, values)


def _firsts(seen: Iterable[Sighting], nodes: Mapping[bytes, Node]) -> dict[bytes, First]:
    """When each identifier was first seen, a server's evidence before any client's, with this batch counted in."""
    found: dict[bytes, First] = {}
    for sighting in seen:
        said = sighting.server, sighting.first
        for key in sighting.members:
            known = found.get(key)
            if known is None and key in nodes:
                known = nodes[key].server, nodes[key].first
            found[key] = said if known is None else _earlier(known, said)
    return found


def _tie(sighting: Sighting) -> Tie:
    n = sum([times[0] for times in sighting.times.values()])
    return Tie(sighting.key, sighting.server, sighting.members, n, sighting.first)


def _settled(sighting: Sighting, nodes: Mapping[bytes, Node]) -> bool:
    """Whether more messages of a known bundle can change nothing.

    They cannot where all its unshared members are one person's already, none is contested, and none is now known
    earlier: more weight on a union that stands moves no other (docs/concepts/identity.md).
    """
    server, first = sighting.server, sighting.first
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


def _earlier(one: First, two: First) -> First:
    """First evidence: a server's before any client's, then the earlier."""
    if one[0] == two[0]:
        return one[0], min(one[1], two[1])
    return one if one[0] else two
