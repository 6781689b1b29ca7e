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
WHERE (excluded.time, excluded.withdrawn, excluded.message_id, excluded.source)
    > (consents.time, consents.withdrawn, consents.message_id, consents.source)
"""

PUT_CATALOGUE = """
INSERT INTO catalogue (kind, id, precedence, time, message_id, source, simulated, body)
SELECT * FROM unnest(%b::text[], %b::text[], %b::int[], %b::bigint[], %b::text[], %b::text[], %b::bool[], %b::bytea[])
ON CONFLICT (kind, id) DO UPDATE SET
    precedence = excluded.precedence, time = excluded.time, message_id = excluded.message_id, source = excluded.source,
    simulated = excluded.simulated, body = excluded.body
WHERE (excluded.precedence, excluded.time, excluded.message_id, excluded.source)
    > (catalogue.precedence, catalogue.time, catalogue.message_id, catalogue.source)
"""

BUNDLES_OF = "SELECT key FROM bundles WHERE customer = %b"

IDENTIFIERS_OF = """
SELECT i.type, i.space, i.value, i.server, i.standing, min(e.first), max(e.last), array_agg(DISTINCT e.source)
FROM identifiers i
JOIN members m ON m.identifier = i.key
JOIN evidence e ON e.bundle = m.bundle
WHERE i.key IN (SELECT identifier FROM members WHERE bundle = ANY(%b)) OR i.customer = %b
GROUP BY i.key
"""

REPORTS_OF = """
SELECT o.space, o.order_id, o.bundle, o.reports FROM orders o
JOIN (SELECT DISTINCT space, order_id FROM orders WHERE bundle = ANY(%b)) AS mine USING (space, order_id)
"""

REFUNDS_OF = """
SELECT r.space, r.order_id, r.bundle, r.kind, r.body FROM refunds r
WHERE (r.space, r.order_id) IN (
    SELECT space, order_id FROM orders WHERE bundle = ANY(%b) UNION SELECT space, order_id FROM refunds WHERE bundle = ANY(%b)
)
"""

ORDERS_REPORTED_BY_OTHERS = """
SELECT space, order_id, bundle, reports FROM orders
WHERE (space, order_id) IN (SELECT * FROM unnest(%b::text[], %b::text[]))
"""

INTERACTIONS_OF = """
SELECT product, kind, day, sum(n)::bigint, max(last) FROM interactions WHERE bundle = ANY(%b) GROUP BY product, kind, day
"""

# Words spoken at her bundles, and those about an address of hers wherever they were spoken.
CONSENTS_OF = """
SELECT purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source, wording, basis, proof
FROM consents WHERE bundle = ANY(%b) OR address = ANY(%b)
"""

CATALOGUE_OF = "SELECT id, body FROM catalogue WHERE kind = %b AND id = ANY(%b)"
