"""The SQL of identity: the graph as resolution reads it, and the writes of evidence and of who holds what."""

from collections.abc import Iterable

from regulars.identity.graph import Ghosts, Link, Node, Tie
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier
from regulars.storage.binary import byteas
from regulars.storage.database import Connection

NODES = """
SELECT key, type, space, value, server, first, standing, customer FROM identifiers WHERE key = ANY(%b)
"""

TIES = """
SELECT b.key, b.trust, b.members, e.n, e.first, b.customer
FROM (SELECT DISTINCT bundle FROM members WHERE identifier = ANY(%b)) AS m
JOIN bundles b ON b.key = m.bundle
CROSS JOIN LATERAL (SELECT sum(n)::bigint AS n, min(first) AS first FROM evidence WHERE bundle = m.bundle) AS e
"""

JOINING_TIES = TIES.replace("ANY(%b))", "ANY(%b) AND joins)")

BUNDLES = """
SELECT b.key, b.trust, b.members, e.n, e.first, b.customer
FROM bundles b
CROSS JOIN LATERAL (SELECT sum(n)::bigint AS n, min(first) AS first FROM evidence WHERE bundle = b.key) AS e
WHERE b.key = ANY(%b)
"""

LINKS = "SELECT a, b, origin, word, trust FROM links WHERE a = ANY(%b) OR b = ANY(%b)"

GHOSTS = "SELECT identifier, type, space, neighbour, server FROM erased_neighbours WHERE identifier = ANY(%b)"
TIMES_ERASED = "SELECT identifier, times FROM erased_identifiers WHERE identifier = ANY(%b)"

SET_FIRSTS = """
UPDATE identifiers SET
    server = new.server,
    first = new.first,
    standing = CASE WHEN new.server AND NOT identifiers.server THEN '' ELSE identifiers.standing END
FROM unnest(%b, %b, %b) AS new (key, server, first) WHERE identifiers.key = new.key
"""

UPSERT_EVIDENCE = """
INSERT INTO evidence (bundle, source, n, first, last)
SELECT * FROM unnest(%b, %b, %b, %b, %b)
ON CONFLICT (bundle, source) DO UPDATE SET
    n = evidence.n + excluded.n,
    first = least(evidence.first, excluded.first),
    last = greatest(evidence.last, excluded.last)
"""

# Trust comes first: a browser's alias takes nothing from that of a server of the same name.
UPSERT_LINK = """
INSERT INTO links (a, b, origin, word, trust, time, message_id) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (a, b, origin) DO UPDATE SET
    word = excluded.word, trust = excluded.trust, time = excluded.time, message_id = excluded.message_id
WHERE (excluded.trust, excluded.time, excluded.message_id COLLATE "C")
    > (links.trust, links.time, links.message_id COLLATE "C")
"""

SET_STANDINGS = """
UPDATE identifiers SET standing = new.standing, customer = new.customer
FROM unnest(%b, %b, %b) AS new (key, standing, customer) WHERE identifiers.key = new.key
"""

SET_HOLDERS = """
UPDATE bundles SET customer = new.customer
FROM unnest(%b, %b) AS new (key, customer) WHERE bundles.key = new.key
"""

# The members of each person come end to end, 16 bytes each: arrays of arrays must not differ in length.
ISSUE = """
INSERT INTO issued_ids (customer, anchor, members)
SELECT customer, anchor, CASE WHEN length(members) = 16 THEN ARRAY[members] ELSE ARRAY(
    SELECT substring(members FROM 16 * i + 1 FOR 16) FROM generate_series(0, length(members) / 16 - 1) AS i ORDER BY i
) END
FROM unnest(%b, %b, %b) AS new (customer, anchor, members)
ON CONFLICT (customer) DO NOTHING
"""

HAND = "hand"
"""The origin of a link that a person said; others are `alias:SOURCE`."""

KNOWN_BUNDLES = "SELECT key FROM bundles WHERE key = ANY(%b)"
STANDINGS = "SELECT key, server, first, standing, customer FROM identifiers WHERE key = ANY(%b)"

COPY_IDENTIFIERS = """
COPY identifiers (key, type, space, value, normaliser, server, first, standing, customer) FROM STDIN (FORMAT BINARY)
"""
COPY_EVIDENCE = "COPY evidence (bundle, source, n, first, last) FROM STDIN (FORMAT BINARY)"
COPY_BUNDLES = "COPY bundles (key, trust, members, fallback, customer) FROM STDIN (FORMAT BINARY)"
COPY_MEMBERS = "COPY members (identifier, bundle, joins) FROM STDIN (FORMAT BINARY)"


class DatabaseGraph:
    """The identity graph in PostgreSQL, read in sets."""

    def __init__(self, connection: Connection, rules: Rules) -> None:
        self._connection = connection
        self._rules = rules
        self._linked: bool | None = None
        self._haunted: bool | None = None

    def nodes(self, keys: Iterable[bytes]) -> dict[bytes, Node]:
        """The nodes of these keys."""
        wanted = list(keys)
        if not wanted:
            return {}
        rows = self._connection.cursor(binary=True).execute(NODES, (byteas(wanted),)).fetchall()
        rule = self._rules.rule_of
        return {
            key: Node(key, Identifier(type_, space, value), rule(type_).tier, server, first, standing, customer)
            for key, type_, space, value, server, first, standing, customer in rows
        }

    def ties(self, keys: Iterable[bytes], joining: bool) -> Iterable[Tie]:
        """The bundles which hold any of these keys."""
        return self._ties(JOINING_TIES if joining else TIES, list(keys))

    def bundles(self, keys: Iterable[bytes]) -> Iterable[Tie]:
        """The bundles of these keys of their own."""
        return self._ties(BUNDLES, list(keys))

    def links(self, keys: Iterable[bytes]) -> Iterable[Link]:
        """The links in force at any of these keys."""
        if self._linked is None:
            row = self._connection.execute("SELECT EXISTS (SELECT FROM links)").fetchone()
            self._linked = bool(row and row[0])
        wanted = list(keys)
        if not self._linked or not wanted:
            return []
        packed = byteas(wanted)
        rows = self._connection.cursor(binary=True).execute(LINKS, (packed, packed)).fetchall()
        return _in_force(rows)

    def ghosts(self, keys: Iterable[bytes]) -> dict[bytes, Ghosts]:
        """What erased persons left at any of these keys."""
        if self._haunted is None:
            row = self._connection.execute("SELECT EXISTS (SELECT FROM erased_identifiers)").fetchone()
            self._haunted = bool(row and row[0])
        wanted = list(keys)
        if not self._haunted or not wanted:
            return {}
        cursor = self._connection.cursor(binary=True)
        found: dict[bytes, list[tuple[str, str, bytes, bool]]] = {}
        for key, *neighbour in cursor.execute(GHOSTS, (wanted,)):
            found.setdefault(key, []).append((neighbour[0], neighbour[1], neighbour[2], neighbour[3]))
        times: dict[bytes, int] = dict(cursor.execute(TIMES_ERASED, (wanted,)).fetchall())
        return {key: Ghosts(tuple(found.get(key, ())), times.get(key, 0)) for key in found.keys() | times.keys()}

    def _ties(self, query: str, keys: list[bytes]) -> Iterable[Tie]:
        if not keys:
            return []
        rows = self._connection.cursor(binary=True).execute(query, (byteas(keys),)).fetchall()
        return [
            Tie(key, trust == 1, tuple(members), n, first, customer) for key, trust, members, n, first, customer in rows
        ]


def _in_force(rows: Iterable[tuple[bytes, bytes, str, str, int]]) -> list[Link]:
    """By hand the latest word per pair stands, and over any alias; `none` takes an earlier word back."""
    hand: dict[tuple[bytes, bytes], str] = {}
    alias: dict[tuple[bytes, bytes], bool] = {}
    for a, b, origin, word, trust in rows:
        if origin == HAND:
            hand[a, b] = word
        else:
            alias[a, b] = alias.get((a, b), False) or trust == 1
    spoken = {pair: word for pair, word in hand.items() if word != "none"}
    links = [Link(a, b, word == "must", True) for (a, b), word in spoken.items()]
    return links + [Link(a, b, True, server) for (a, b), server in alias.items() if (a, b) not in spoken]


DIGEST = (
    (
        "identifiers",
        "SELECT key, type, space, value, normaliser, server, first, standing, customer FROM identifiers ORDER BY key",
    ),
    ("bundles", "SELECT key, trust, members, fallback, customer FROM bundles ORDER BY key"),
    ("evidence", 'SELECT bundle, source, n, first, last FROM evidence ORDER BY bundle, source COLLATE "C"'),
    ("links", 'SELECT a, b, origin, word, trust, time FROM links ORDER BY a, b, origin COLLATE "C"'),
)
"""What of identity the digest covers: persons, their identifiers, and the evidence for them."""

ASSIGNMENTS = """
SELECT e.source, e.message_id, encode(b.customer, 'hex') FROM events e LEFT JOIN bundles b ON b.key = e.bundle
"""

SHARED_RECORDS = """
SELECT encode(customer, 'hex') FROM (
    SELECT customer FROM bundles WHERE customer IS NOT NULL EXCEPT SELECT customer FROM identifiers
) AS records
"""


# What follows is for look-ups; the pipeline needs none of it.

FIND_VALUE = """
SELECT key, type, space, value, standing, customer FROM identifiers WHERE type = %b AND value = %b ORDER BY space
"""

IS_CURRENT = """
SELECT EXISTS (SELECT FROM identifiers WHERE customer = %b) OR EXISTS (SELECT FROM bundles WHERE customer = %b)
"""

ISSUED = """
SELECT n.members, a.type, a.space, a.value, a.customer
FROM issued_ids n LEFT JOIN identifiers a ON a.key = n.anchor WHERE n.customer = %b
"""

MOST_HELD = """
SELECT customer FROM identifiers WHERE key = ANY(%b) AND customer IS NOT NULL
GROUP BY customer ORDER BY count(*) DESC, customer LIMIT 1
"""

# Most messages first. Bundles of shared members only are the records of these members, not somebody near them. Of a
# kiosk's many bundles the first few thousand by key are looked at.
NEAR = """
SELECT b.customer
FROM (SELECT DISTINCT bundle FROM members WHERE identifier = ANY(%b) ORDER BY bundle LIMIT 2000) AS m
JOIN bundles b ON b.key = m.bundle JOIN evidence e ON e.bundle = b.key
WHERE EXISTS (SELECT FROM identifiers i WHERE i.customer = b.customer)
GROUP BY b.customer ORDER BY sum(e.n) DESC, b.customer LIMIT %b
"""

DUMP = "SELECT type, value, space, customer, standing FROM identifiers ORDER BY type, space, value"


# What follows is for explaining and correcting.

ANCHOR = """
SELECT a.type, a.space, a.value, a.customer
FROM issued_ids n JOIN identifiers a ON a.key = n.anchor WHERE n.customer = %b
"""

HELD = "SELECT key, type, space, value FROM identifiers WHERE customer = %b ORDER BY type, space, value"

SPEAKS_FOR = """
SELECT customer, type, space, value, server FROM identifiers
WHERE customer = ANY(%b::bytea[]) AND standing IN ('person', 'hop', 'alone')
"""

HOLDERS = "SELECT DISTINCT customer FROM identifiers WHERE key = ANY(%b) AND customer IS NOT NULL"

SAID = """
SELECT a, b, origin, word, trust, time, message_id FROM links
WHERE (a = ANY(%b) AND b = ANY(%b)) OR (b = ANY(%b) AND a = ANY(%b)) ORDER BY a, b, origin
"""

SAID_ABOUT = """
SELECT a, b, word, time, message_id FROM links
WHERE origin = %b AND word <> %b AND (a = ANY(%b) OR b = ANY(%b)) ORDER BY time DESC, a, b
"""

SAID_TOGETHER = "SELECT a, b FROM links WHERE origin = %b AND word <> %b AND time = ANY(%b)"

SOURCES = """
SELECT e.source, b.trust, sum(e.n)::bigint, min(e.first), max(e.last)
FROM evidence e JOIN bundles b ON b.key = e.bundle WHERE e.bundle = ANY(%b)
GROUP BY e.source, b.trust ORDER BY b.trust DESC, e.source
"""


# What follows is for erasures.

TO_ERASE = """
SELECT key, type, space, value FROM identifiers
WHERE customer = %b OR (key = ANY(%b) AND NOT EXISTS (SELECT FROM identifiers WHERE customer = %b))
"""
BUNDLES_TO_ERASE = "SELECT key FROM bundles WHERE customer = %b OR (members <> '{}' AND members <@ %b::bytea[])"
BUNDLES_WITH = "SELECT DISTINCT bundle FROM members WHERE identifier = ANY(%b)"
MEMBERS_OF = "SELECT DISTINCT identifier FROM members WHERE bundle = ANY(%b)"
IDS_OF = "SELECT customer FROM issued_ids WHERE anchor = ANY(%b)"

BESIDE_IN = """
SELECT b.key, b.trust, m.identifier, i.key, i.type, i.space
FROM bundles b JOIN members m ON m.bundle = b.key
JOIN members o ON o.bundle = b.key AND o.identifier <> m.identifier JOIN identifiers i ON i.key = o.identifier
WHERE b.key = ANY(%b) AND m.identifier = ANY(%b)
"""

PUT_GHOST = """
INSERT INTO erased_neighbours (identifier, neighbour, server, type, space) VALUES (%b, %b, %b, %b, %b)
ON CONFLICT DO NOTHING
"""
NOTE_ERASED_CUSTOMER = "INSERT INTO erased_customers (customer, seq) VALUES (%b, %b) ON CONFLICT DO NOTHING"
NOTE_ERASED_IDENTIFIER = """
INSERT INTO erased_identifiers (identifier, times) VALUES (%b, 1)
ON CONFLICT (identifier) DO UPDATE SET times = erased_identifiers.times + 1
"""
FORGET_ISSUED = "DELETE FROM issued_ids WHERE customer = ANY(%b)"

DELETE_BY_BUNDLE = {
    "members": "DELETE FROM members WHERE bundle = ANY(%b)",
    "evidence": "DELETE FROM evidence WHERE bundle = ANY(%b)",
    "bundles": "DELETE FROM bundles WHERE key = ANY(%b)",
}
DELETE_LINKS = "DELETE FROM links WHERE a = ANY(%b) OR b = ANY(%b)"
DELETE_IDENTIFIERS = "DELETE FROM identifiers WHERE key = ANY(%b)"
ANY_ALIAS = "SELECT EXISTS (SELECT FROM links WHERE starts_with(origin, 'alias:'))"
ALIASES = "SELECT a, b, origin, word, trust, time, message_id FROM links WHERE starts_with(origin, 'alias:')"
FORGET_ALIASES = "DELETE FROM links WHERE starts_with(origin, 'alias:')"
DELETE_UNSEEN = """
DELETE FROM identifiers i WHERE i.key = ANY(%b) AND NOT EXISTS (SELECT FROM members m WHERE m.identifier = i.key)
"""
WITNESS_AGAIN = """
UPDATE identifiers i SET server = seen.server, first = seen.first
FROM (
    SELECT m.identifier, bool_or(b.trust = 1) AS server,
        coalesce(min(e.first) FILTER (WHERE b.trust = 1), min(e.first)) AS first
    FROM members m JOIN bundles b ON b.key = m.bundle JOIN evidence e ON e.bundle = b.key
    WHERE m.identifier = ANY(%b) GROUP BY m.identifier
) AS seen WHERE i.key = seen.identifier
"""
KNOWN_OF = "SELECT key FROM identifiers WHERE key = ANY(%b)"
KEYS_OF = "SELECT key FROM identifiers WHERE customer = %b ORDER BY key"
WAS_ERASED = "SELECT EXISTS (SELECT FROM erased_customers WHERE customer = %b)"
