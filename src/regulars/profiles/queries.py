"""The SQL of profiles: what a batch adds, and what one customer's view is gathered from."""

GET_FRAGMENTS = "SELECT bundle, body FROM fragments WHERE bundle = ANY(%b)"

PUT_FRAGMENTS = """
INSERT INTO fragments (bundle, body, name)
SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::text[])
ON CONFLICT (bundle) DO UPDATE SET body = excluded.body, name = excluded.name
"""

GET_REPORTS = """
SELECT o.space, o.order_id, o.bundle, o.reports
FROM unnest(%b::text[], %b::text[], %b::bytea[]) AS k (space, order_id, bundle)
JOIN orders o ON o.space = k.space AND o.order_id = k.order_id AND o.bundle = k.bundle
"""

PUT_REPORTS = """
INSERT INTO orders (space, order_id, bundle, reports)
SELECT * FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::bytea[])
ON CONFLICT (space, order_id, bundle) DO UPDATE SET reports = excluded.reports
"""

ADD_INTERACTIONS = """
INSERT INTO interactions (bundle, product, kind, day, n, last)
SELECT * FROM unnest(%b::bytea[], %b::text[], %b::text[], %b::int[], %b::bigint[], %b::bigint[])
ON CONFLICT (bundle, product, kind, day) DO UPDATE SET
    n = interactions.n + excluded.n, last = greatest(interactions.last, excluded.last)
"""

COPY_REFUNDS = """
COPY refunds (space, order_id, source, message_id, trust, bundle, kind, body) FROM STDIN (FORMAT BINARY)
"""
REFUND_TYPES = ("text", "text", "text", "text", "int2", "bytea", "text", "bytea")

# Latest wins; at one moment a withdrawal does.
PUT_CONSENT = """
INSERT INTO consents (bundle, purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source,
    wording, basis, proof)
VALUES (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)
ON CONFLICT (bundle, purpose, channel, address, space, covers_all, trust) DO UPDATE SET
    time = excluded.time, withdrawn = excluded.withdrawn, message_id = excluded.message_id, source = excluded.source,
    wording = excluded.wording, basis = excluded.basis, proof = excluded.proof
WHERE (excluded.time, excluded.withdrawn, excluded.message_id COLLATE "C", excluded.source COLLATE "C")
    > (consents.time, consents.withdrawn, consents.message_id COLLATE "C", consents.source COLLATE "C")
"""

PUT_CATALOGUE = """
INSERT INTO catalogue (kind, id, precedence, time, message_id, source, simulated, body)
SELECT * FROM unnest(%b::text[], %b::text[], %b::int[], %b::bigint[], %b::text[], %b::text[], %b::bool[], %b::bytea[])
ON CONFLICT (kind, id) DO UPDATE SET
    precedence = excluded.precedence, time = excluded.time, message_id = excluded.message_id, source = excluded.source,
    simulated = excluded.simulated, body = excluded.body
WHERE (excluded.precedence, excluded.time, excluded.message_id COLLATE "C", excluded.source COLLATE "C")
    > (catalogue.precedence, catalogue.time, catalogue.message_id COLLATE "C", catalogue.source COLLATE "C")
"""

DIGEST = (
    ("fragments", "SELECT bundle, body, name FROM fragments ORDER BY bundle"),
    (
        "orders",
        'SELECT space, order_id, bundle, reports FROM orders ORDER BY space COLLATE "C", order_id COLLATE "C", bundle',
    ),
    (
        "refunds",
        "SELECT space, order_id, source, message_id, trust, bundle, kind, body FROM refunds ORDER BY space COLLATE "
        '"C", order_id COLLATE "C", source COLLATE "C", message_id COLLATE "C", trust',
    ),
    (
        "interactions",
        "SELECT bundle, product, kind, day, n, last FROM interactions "
        'ORDER BY bundle, product COLLATE "C", kind COLLATE "C", day',
    ),
    (
        "consents",
        "SELECT bundle, purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source, "
        'wording, basis, proof FROM consents ORDER BY bundle, purpose COLLATE "C", channel COLLATE "C", '
        'address COLLATE "C", space COLLATE "C", covers_all, trust',
    ),
    (
        "catalogue",
        "SELECT kind, id, precedence, time, message_id, source, simulated, body FROM catalogue "
        'ORDER BY kind COLLATE "C", id COLLATE "C"',
    ),
)
"""What of profiles the digest covers: fragments, orders, refunds, interactions, consents and the catalogue."""

# What one customer's view is gathered from. `%b` is a customer id where nothing else is said.

BUNDLES_OF = """
SELECT b.key, f.body FROM bundles b LEFT JOIN fragments f ON f.bundle = b.key WHERE b.customer = %b ORDER BY b.key
"""

HELD_BY = """
SELECT i.type, i.space, i.value, i.standing, i.server, e.first, e.last, e.sources
FROM identifiers i
CROSS JOIN LATERAL (
    SELECT min(e.first) AS first, max(e.last) AS last, array_agg(DISTINCT e.source) AS sources
    FROM members m JOIN evidence e ON e.bundle = m.bundle WHERE m.identifier = i.key
) AS e
WHERE i.customer = %b
"""

# Came on her bundles, but is somebody else's or shared; `server` tells whether a server said that they came together.
BESIDE = """
SELECT i.type, i.space, i.value, i.standing, bool_or(b.trust = 1), min(e.first), max(e.last),
    array_agg(DISTINCT e.source), i.customer
FROM bundles b
CROSS JOIN LATERAL unnest(b.members) AS m (key)
JOIN identifiers i ON i.key = m.key AND i.customer IS DISTINCT FROM b.customer
JOIN evidence e ON e.bundle = b.key
WHERE b.customer = %b
GROUP BY i.key
"""

# Orders that any of these bundles speaks of, with what every other bundle says of them.
REPORTS_OF = """
SELECT o.space, o.order_id, o.bundle, o.reports FROM orders o
JOIN (
    SELECT space, order_id FROM orders WHERE bundle = ANY(%b)
    UNION SELECT space, order_id FROM refunds WHERE bundle = ANY(%b)
) AS mine USING (space, order_id)
"""

REFUNDS_OF = REPORTS_OF.replace("o.reports FROM orders o", "o.kind, o.body FROM refunds o")

REPORTS_NAMED = "SELECT space, order_id, bundle, reports FROM orders WHERE order_id = %b"
REFUNDS_NAMED = "SELECT space, order_id, bundle, kind, body FROM refunds WHERE order_id = %b"
HOLDERS_OF = "SELECT key, customer FROM bundles WHERE key = ANY(%b)"

INTERACTIONS_OF = """
SELECT product, kind, day, sum(n)::bigint, max(last) FROM interactions WHERE bundle = ANY(%b)
GROUP BY product, kind, day
"""

# Words spoken at her bundles, and those about an address of hers wherever they were spoken.
CONSENTS_OF = """
SELECT purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source, wording, basis, proof,
    bundle
FROM consents
WHERE bundle = ANY(%b) OR (address, space) IN (SELECT * FROM unnest(%b::text[], %b::text[]))
"""

CATALOGUE_OF = "SELECT kind, id, body FROM catalogue WHERE (kind, id) IN (SELECT * FROM unnest(%b::text[], %b::text[]))"

# The newest events before (time, id). Only the bundles with the newest such events can have any of them, and none of
# these is older than the oldest of their newest; so a page reads about a page, however many bundles and events she has.
EVENTS_OF = """
WITH heads AS MATERIALIZED (
    SELECT b.key, head.time FROM bundles b CROSS JOIN LATERAL (
        SELECT time, id FROM events WHERE bundle = b.key AND (time, id) < (%(time)b, %(id)b)
        ORDER BY time DESC, id DESC LIMIT 1
    ) AS head
    WHERE b.customer = %(customer)b ORDER BY head.time DESC, head.id DESC LIMIT %(limit)b
), since AS MATERIALIZED (
    SELECT CASE WHEN count(*) < %(limit)b THEN 0 ELSE min(time) END AS time FROM heads
), page AS MATERIALIZED (
    SELECT found.id, found.time FROM heads CROSS JOIN LATERAL (
        SELECT id, time FROM events
        WHERE bundle = heads.key AND (time, id) < (%(time)b, %(id)b) AND time >= (SELECT time FROM since)
        ORDER BY time DESC, id DESC LIMIT %(limit)b
    ) AS found ORDER BY found.time DESC, found.id DESC LIMIT %(limit)b
)
SELECT e.id, e.time, e.received, e.kind, e.name, e.source, e.trust, e.message_id, e.origin, e.flags, e.body
FROM page JOIN events e ON e.id = page.id ORDER BY e.time DESC, e.id DESC
"""

# Search. Candidates come unranked from the trigram indexes, a bounded number of them.

EXACT_VALUES = """
SELECT key, customer, type, value FROM identifiers
WHERE (type, value) IN (SELECT * FROM unnest(%b::text[], %b::text[])) LIMIT %b
"""

LIKE_VALUES = "SELECT key, customer, type, value FROM identifiers WHERE value ILIKE %b AND type <> ALL(%b) LIMIT %b"

# How alike a misspelling must be; for this transaction only.
SET_ALIKE = "SELECT set_config('pg_trgm.word_similarity_threshold', %b, true)"

ALIKE_VALUES = """
SELECT key, customer, type, value, word_similarity(%b, value) AS alike FROM identifiers
WHERE %b <%% value AND type <> ALL(%b) ORDER BY alike DESC, key LIMIT %b
"""

# The first pattern goes through the index, which cannot serve ALL.
LIKE_NAMES = """
SELECT b.customer, f.name FROM fragments f JOIN bundles b ON b.key = f.bundle
WHERE f.name <> '' AND f.name LIKE %b AND f.name LIKE ALL(%b) AND b.customer IS NOT NULL LIMIT %b
"""

ALIKE_NAMES = """
SELECT b.customer, f.name, word_similarity(%b, f.name) AS alike FROM fragments f JOIN bundles b ON b.key = f.bundle
WHERE f.name <> '' AND %b <%% f.name AND b.customer IS NOT NULL ORDER BY alike DESC, f.bundle LIMIT %b
"""

# Of each customer: when she was last seen, and the fragments that may tell her name.
SUMMARIES = """
SELECT c.id, s.last, n.bodies FROM unnest(%b::bytea[]) AS c (id)
CROSS JOIN LATERAL (
    SELECT max(e.last) AS last FROM bundles b JOIN evidence e ON e.bundle = b.key WHERE b.customer = c.id
) AS s
CROSS JOIN LATERAL (
    SELECT array_agg(named.body) AS bodies FROM (
        SELECT f.body FROM bundles b JOIN fragments f ON f.bundle = b.key
        WHERE b.customer = c.id AND f.name <> '' ORDER BY b.key LIMIT 100
    ) AS named
) AS n
"""

KNOWN_AS = """
SELECT customer, type, space, value, standing, server FROM identifiers
WHERE customer = ANY(%b) AND type <> ALL(%b) ORDER BY customer, type, space, value
"""


# What follows is for erasures.

NAMELESS_WITH = """
WITH mine AS (
    SELECT space, order_id FROM orders WHERE bundle = ANY(%b)
    UNION SELECT space, order_id FROM refunds WHERE bundle = ANY(%b)
), said AS (
    SELECT space, order_id, bundle FROM orders JOIN mine USING (space, order_id)
    UNION SELECT space, order_id, bundle FROM refunds JOIN mine USING (space, order_id)
)
SELECT DISTINCT s.bundle FROM said s JOIN bundles b ON b.key = s.bundle
WHERE b.members = '{}' AND b.customer IS NULL AND s.bundle <> ALL(%b) AND NOT EXISTS (
    SELECT FROM said o JOIN bundles c ON c.key = o.bundle
    WHERE o.space = s.space AND o.order_id = s.order_id AND c.members <> '{}' AND o.bundle <> ALL(%b)
)
"""

DELETES = {
    name: f"DELETE FROM {name} WHERE bundle = ANY(%b)"
    for name in ("fragments", "orders", "refunds", "interactions", "consents")
}
