"""The SQL of consent: what is known of customers' addresses and words, and the writes of ledger and preferences."""

from typing import Final

# `mine` is hers, and what servers saw beside it that several people share: a client's claim brings nothing of another's
# upon her. A consent given for all addresses stands for its speaker's; what is only said about her address is not hers
# to widen.
CUSTOMERS: Final = "%(customers)b::bytea[]"
"""Whom it is asked for; another statement can put its own in the place of this."""
STANDINGS: Final = f"""
WITH mine AS MATERIALIZED (
    SELECT i.customer, i.key, i.type, i.space, i.value, i.standing, i.server
    FROM identifiers i WHERE i.customer = ANY({CUSTOMERS})
    UNION
    SELECT b.customer, i.key, i.type, i.space, i.value, i.standing, i.server
    FROM bundles b CROSS JOIN LATERAL unnest(b.members) AS m (key)
    JOIN identifiers i ON i.key = m.key AND i.standing IN ('fan_out', 'votes', 'left_out')
    WHERE b.customer = ANY({CUSTOMERS}) AND b.trust = 1
), spoken AS (
    SELECT b.customer, true AS own, c.purpose, c.channel, c.address, c.space, c.covers_all, c.trust, c.time,
        c.withdrawn, c.message_id, c.source, c.wording, c.basis, c.proof
    FROM bundles b JOIN consents c ON c.bundle = b.key WHERE b.customer = ANY({CUSTOMERS})
    UNION ALL
    SELECT m.customer, b.customer IS NOT DISTINCT FROM m.customer, c.purpose, c.channel, c.address, c.space,
        c.covers_all, c.trust, c.time, c.withdrawn, c.message_id, c.source, c.wording, c.basis, c.proof
    FROM mine m JOIN consents c ON c.address = m.type || ':' || m.value AND c.space = m.space
    JOIN bundles b ON b.key = c.bundle
    UNION ALL
    SELECT m.customer, m.standing NOT IN ('fan_out', 'votes', 'left_out'),
        w.purpose || CASE w.topic WHEN '' THEN '' ELSE '/' || w.topic END, w.channel, m.type || ':' || m.value,
        m.space, w.covers_all, 1::smallint, w.time, w.withdrawn, w.message_id, w.source, w.wording, w.basis, w.proof
    FROM mine m JOIN consent_words w ON w.key = m.key
), addresses AS (
    SELECT m.customer, json_agg(json_build_array(encode(m.key, 'hex'), m.type, m.space, m.value, m.standing, m.server,
        (SELECT max(e.last) FROM members b JOIN evidence e ON e.bundle = b.bundle WHERE b.identifier = m.key),
        (SELECT array_agg(s.channel || ' ' || s.reason || ' ' || s.at) FROM suppressions s WHERE s.key = m.key),
        (SELECT array_agg(DISTINCT h.kind) FROM consent_holds h WHERE h.key = m.key),
        p.at, p.paused_until, p.quiet_from, p.quiet_to, p.zone, p.less_often, p.language))::text AS said
    FROM mine m LEFT JOIN preferences p ON p.key = m.key GROUP BY m.customer
), words AS (
    SELECT customer, json_agg(json_build_array(purpose, channel, address, space, covers_all, trust, time, withdrawn,
        message_id, source, wording, basis, proof))::text AS said
    FROM spoken WHERE withdrawn OR own OR NOT covers_all GROUP BY customer
)
SELECT t.customer, coalesce(a.said, '[]'), coalesce(w.said, '[]')
FROM unnest({CUSTOMERS}) AS t (customer)
LEFT JOIN addresses a ON a.customer = t.customer LEFT JOIN words w ON w.customer = t.customer
"""
"""A row a customer: her identifiers and the words that count for her, those of the ledger among them, as JSON.

Of each identifier: when it was last seen, its suppressions, what holds promotions back, its preferences.
"""

SUPPRESS: Final = """
INSERT INTO suppressions (key, channel, reason, at, actor, proof) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
LIFT: Final = "DELETE FROM suppressions WHERE key = %s AND reason = %s"
SUPPRESS_HERS: Final = """
INSERT INTO suppressions (key, channel, reason, at, actor, proof)
SELECT key, %s, %s, %s, %s, %s FROM identifiers WHERE customer = %s ON CONFLICT DO NOTHING
"""
LIFT_HERS: Final = """
DELETE FROM suppressions WHERE reason = %s AND key IN (SELECT key FROM identifiers WHERE customer = %s)
"""

# A customer's id hangs on an identifier, by which she is found after a merge.
HOLD: Final = """
INSERT INTO consent_holds (kind, ref, key, at) SELECT %s, %s, anchor, %s FROM issued_ids WHERE customer = %s
ON CONFLICT (kind, ref) DO UPDATE SET key = excluded.key
"""
RELEASE: Final = "DELETE FROM consent_holds WHERE kind = %s AND ref = %s"

SPEAK: Final = """
INSERT INTO consent_words (key, customer, purpose, channel, topic, covers_all, withdrawn, time, message_id, source,
    wording, basis, proof)
VALUES (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)
"""
LAST_WORDS: Final = """
SELECT DISTINCT ON (purpose) purpose, withdrawn FROM (
    SELECT purpose, withdrawn, time FROM consent_words
    WHERE key = %s AND channel = %s AND topic = '' AND covers_all = %s
    UNION ALL
    SELECT purpose, withdrawn, time FROM consents
    WHERE address = %s AND space = %s AND channel = %s AND covers_all = %s AND trust = 1
) AS said ORDER BY purpose, time DESC, withdrawn DESC
"""
"""What stands for one address and channel."""
LAST_SAID: Final = "SELECT coalesce(max(time), 0) FROM consent_words WHERE key = ANY(%s)"

PREFER: Final = """
INSERT INTO preferences (key, at, paused_until, quiet_from, quiet_to, zone, less_often, language)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO UPDATE SET at = excluded.at, paused_until = excluded.paused_until,
    quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, zone = excluded.zone,
    less_often = excluded.less_often, language = excluded.language
"""
# A pause that was set by another address of hers must end too when she ends it.
UNPAUSE_HERS: Final = """
UPDATE preferences SET paused_until = 0
WHERE paused_until > 0 AND key IN (SELECT key FROM identifiers WHERE customer = %s)
"""
LOCK: Final = "SELECT pg_advisory_xact_lock(7205060, hashtext(encode(%s::bytea, 'hex')))"
"""One customer's changes are made one after another, each on what the one before it left."""

IDS_OF: Final = """
SELECT n.customer FROM issued_ids n JOIN identifiers i ON i.key = n.anchor WHERE i.customer = %s
"""
"""Every id that leads to a current customer."""

OF_KEY: Final = "SELECT type, space, value, standing, customer FROM identifiers WHERE key = %b"

LEDGER_OF: Final = """
SELECT w.purpose, w.channel, w.topic, w.withdrawn, w.time, w.source, w.wording, w.basis, w.proof, i.type, i.value
FROM consent_words w JOIN identifiers i ON i.key = w.key WHERE i.customer = %b ORDER BY w.time, w.id
"""
SUPPRESSIONS_OF: Final = """
SELECT s.channel, s.reason, s.at, i.type, i.value FROM suppressions s JOIN identifiers i ON i.key = s.key
WHERE i.customer = %b ORDER BY s.at, i.type, i.value, s.reason
"""
PREFERENCES_OF: Final = """
SELECT p.at, p.paused_until, p.quiet_from, p.quiet_to, p.zone, p.less_often, p.language, i.type, i.value
FROM preferences p JOIN identifiers i ON i.key = p.key WHERE i.customer = %b ORDER BY p.at, i.type, i.value
"""

ERASES: Final = {
    "consent_words": "DELETE FROM consent_words WHERE key = ANY(%b) OR customer = ANY(%b)",
    "preferences": "DELETE FROM preferences WHERE key = ANY(%b)",
    "consent_holds": "DELETE FROM consent_holds WHERE key = ANY(%b)",
}
"""What goes with an erasure. Suppressions stay: they are keyed, and name nobody."""
