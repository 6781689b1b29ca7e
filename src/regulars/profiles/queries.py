"""The SQL of profiles: what a batch adds, and what one customer's view is gathered from."""

GET_FRAGMENTS = "SELECT bundle, body FROM fragments WHERE bundle = ANY(%b)"

PUT_FRAGMENTS = """
INSERT INTO fragments (bundle, body, name)
SELECT * FROM unnest(%b, %b, %b)
ON CONFLICT (bundle) DO UPDATE SET body = excluded.body, name = excluded.name
"""

COPY_FRAGMENTS = "COPY fragments (bundle, body, name) FROM STDIN (FORMAT BINARY)"
COPY_INTERACTIONS = "COPY interactions (bundle, product, kind, day, n, last) FROM STDIN (FORMAT BINARY)"

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
SELECT * FROM unnest(%b, %b, %b, %b, %b, %b)
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
)
"""What of profiles the digest covers: fragments, orders, refunds, interactions and consents."""

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
SELECT i.product, i.kind, i.day, sum(i.n)::bigint, max(i.last), bool_or(b.trust = 1)
FROM interactions i JOIN bundles b ON b.key = i.bundle WHERE i.bundle = ANY(%b)
GROUP BY i.product, i.kind, i.day
"""

# Words spoken at her bundles, and those about an address of hers wherever they were spoken.
CONSENTS_OF = """
SELECT purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source, wording, basis, proof,
    bundle
FROM consents
WHERE bundle = ANY(%b) OR (address, space) IN (SELECT * FROM unnest(%b::text[], %b::text[]))
"""

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

# As the index of parts says it: whole values only are looked for of cookies, devices and the shop's own user ids.
_IN_PARTS = "type NOT IN ('anonymous_id', 'device_id', 'user_id')"

LIKE_VALUES = f"SELECT key, customer, type, value FROM identifiers WHERE value ILIKE %b AND {_IN_PARTS} LIMIT %b"

# How alike a misspelling must be; for this transaction only.
SET_ALIKE = "SELECT set_config('pg_trgm.word_similarity_threshold', %b, true)"

ALIKE_VALUES = f"""
SELECT key, customer, type, value, word_similarity(%b, value) AS alike FROM identifiers
WHERE %b <%% value AND {_IN_PARTS} ORDER BY alike DESC, key LIMIT %b
"""

# Conditions for this many words: one after another, since the index cannot serve ALL.
LIKE_NAMES = {
    words: f"""
SELECT b.customer, f.name FROM fragments f JOIN bundles b ON b.key = f.bundle
WHERE f.name <> '' {"AND f.name LIKE %b " * words} AND b.customer IS NOT NULL LIMIT %b
"""
    for words in (1, 2, 3, 4)
}

# Each of this many words must be like something in the name; so few rows are left to weigh.
ALIKE_NAMES = {
    words: f"""
SELECT b.customer, {" + ".join(["word_similarity(%b, f.name)"] * words)} AS alike
FROM fragments f JOIN bundles b ON b.key = f.bundle
WHERE f.name <> '' {"AND %b <%% f.name " * words} AND b.customer IS NOT NULL ORDER BY alike DESC, f.bundle LIMIT %b
"""
    for words in (1, 2, 3)
}

# Of each customer: when she was last seen, the fragments that may tell her name, and what she is known by.
SUMMARIES = """
SELECT c.id, s.last, n.bodies, k.known FROM unnest(%b::bytea[]) AS c (id)
CROSS JOIN LATERAL (
    SELECT max(e.last) AS last FROM bundles b JOIN evidence e ON e.bundle = b.key WHERE b.customer = c.id
) AS s
CROSS JOIN LATERAL (
    SELECT array_agg(named.body) AS bodies FROM (
        SELECT f.body FROM bundles b JOIN fragments f ON f.bundle = b.key
        WHERE b.customer = c.id AND f.name <> '' ORDER BY b.key LIMIT 100
    ) AS named
) AS n
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(type, space, value, standing, server))::text AS known
    FROM identifiers WHERE customer = c.id
) AS k
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


# What follows is for retention. Nobody's events have no bundle, which equality does not find.

STRIP_NAMED = """
UPDATE events e SET name = m.name, body = m.body
FROM unnest(%b::bytea[], %b::bigint[], %b::text[], %b::smallint[], %b::text[], %b::text[], %b::bytea[])
    AS m (bundle, time, source, trust, message_id, name, body)
WHERE e.bundle = m.bundle AND e.time = m.time AND e.source = m.source AND e.trust = m.trust
    AND e.message_id = m.message_id AND (e.body <> m.body OR e.name <> m.name)
RETURNING e.bundle, e.time
"""
STRIP_NAMELESS = STRIP_NAMED.replace("e.bundle = m.bundle", "e.bundle IS NULL AND m.bundle IS NULL")

FORGET_DAYS = """
DELETE FROM interactions i USING unnest(%b::bytea[], %b::int[]) AS d (bundle, day)
WHERE i.bundle = d.bundle AND i.day = d.day AND i.kind = ANY(%b)
"""
EVENTS_OF_DAYS = """
SELECT e.bundle, e.name, e.time, e.message_id, e.body
FROM unnest(%b::bytea[], %b::bigint[]) AS d (bundle, day) JOIN events e ON e.bundle = d.bundle
WHERE e.kind = 'track' AND e.name = ANY(%b) AND e.time >= d.day * %b::bigint
    AND e.time < d.day * %b::bigint + %b::bigint AND e.flags !~ '\\mbot\\M'
"""
