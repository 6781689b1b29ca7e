"""The SQL of decisions: facts, the ledger, the outbox, actions and what they did."""

from typing import Final

# Facts.

HELD_BY = "SELECT customer, type, space, value FROM identifiers WHERE customer = ANY(%b::bytea[])"
STAGES = """
SELECT c.id, coalesce(i.stage, ''), c.currency, c.cart, c.simulated
FROM customers c LEFT JOIN insights i ON i.customer = c.id WHERE c.id = ANY(%b::bytea[])
"""
SEGMENTS_OF = """
SELECT customer, segment FROM memberships WHERE customer = ANY(%b::bytea[]) AND gone IS NULL
"""
CONTACTS = """
SELECT customer, CASE WHEN state = 'sent' THEN changed ELSE greatest(not_before, at) END, channel, purpose, action
FROM outbox WHERE customer = ANY(%b::bytea[]) AND at > %b AND state NOT IN ('stopped', 'failed')
UNION ALL
SELECT customer, at, channel, purpose, action FROM contacts
WHERE customer = ANY(%b::bytea[]) AND at > %b AND (seen OR at > %b)
"""

# The ledger.

LOCK_CUSTOMERS = "SELECT pg_advisory_xact_lock(key) FROM unnest(%b::bigint[]) AS t (key)"
HAS_RULEBOOK = "SELECT EXISTS (SELECT FROM rulebooks WHERE version = %b)"
PUT_RULEBOOK = "INSERT INTO rulebooks (version, at, body) VALUES (%b, %b, %b) ON CONFLICT (version) DO NOTHING"
RULEBOOK = "SELECT body FROM rulebooks WHERE version = %s"
PRESENT = "SELECT id FROM decisions WHERE id = ANY(%b::bytea[])"
DECISION_COLUMNS: Final = (
    "id", "occasion", "kind", "name", "customer", "at", "action", "version", "channel", "done", "probability", "arm",
    "held_by", "policy", "again", "simulated", "words", "body",
)  # fmt: skip
_DECISION = ", ".join(DECISION_COLUMNS)
PUT_DECISIONS = f"""
INSERT INTO decisions ({_DECISION})
SELECT * FROM unnest(%b::bytea[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::bigint[], %b::text[], %b::int[],
    %b::text[], %b::bool[], %b::float8[], %b::text[], %b::text[], %b::text[], %b::bigint[], %b::bool[], %b::text[],
    %b::bytea[])
ON CONFLICT (id) DO NOTHING RETURNING id
"""
PUT_CONTACTS = """
INSERT INTO contacts (decision, customer, at, channel, purpose, action, seen)
SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bool[])
ON CONFLICT (decision) DO NOTHING
"""
SEEN = "UPDATE contacts SET seen = true, at = %b WHERE decision = %b AND NOT seen"
DECISIONS_BY_ID = f"SELECT {_DECISION} FROM decisions WHERE id = ANY(%b::bytea[])"
LAST_DECISIONS = f"""
SELECT {_DECISION} FROM decisions WHERE customer = ANY(%b::bytea[]) ORDER BY at DESC, id LIMIT %b
"""
NEWEST_DECISIONS = f"SELECT {_DECISION} FROM decisions WHERE at > %b ORDER BY at DESC, id LIMIT %b"

# The outbox.

NOTIFY_OUTBOX = "SELECT pg_notify('regulars_outbox', '')"
PUT_COLUMNS: Final = (
    "decision", "customer", "channel", "address", "message", "variant", "purpose", "topic", "action", "not_before",
    "at",
)  # fmt: skip
PUT_OUTBOX = f"""
INSERT INTO outbox ({", ".join(PUT_COLUMNS)}, context, state, changed)
SELECT t.*, 'waiting', t.at FROM unnest(%s::bytea[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::jsonb[])
    AS t ({", ".join(PUT_COLUMNS)}, context)
ON CONFLICT (decision) DO NOTHING
"""
OUTBOX_COLUMNS: Final = (
    "decision", "customer", "channel", "address", "message", "variant", "purpose", "topic", "action", "context",
    "not_before", "at", "state", "attempts", "doubtful", "message_id", "changed", "why",
)  # fmt: skip
_OUTBOX = ", ".join(OUTBOX_COLUMNS)
CLAIM = f"""
UPDATE outbox SET state = 'sending', attempts = attempts + 1, changed = %s WHERE decision IN (
    SELECT decision FROM outbox WHERE state = 'waiting' AND channel = ANY(%s) AND not_before <= %s
    ORDER BY not_before, decision LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING {_OUTBOX}
"""
DONE = """
UPDATE outbox o SET state = 'sent', changed = %b, message_id = t.message_id, why = ''
FROM unnest(%b::bytea[], %b::text[]) AS t (decision, message_id)
WHERE o.decision = t.decision AND o.state = 'sending'
"""
SETTLE = "UPDATE outbox SET state = %s, why = %s, changed = %s WHERE decision = %s AND state = ANY(%s)"
GIVE_BACK = """
UPDATE outbox SET state = 'waiting', not_before = %s, why = %s, changed = %s WHERE decision = %s AND state = 'sending'
"""
TAKE_BACK = """
UPDATE outbox SET state = 'waiting', doubtful = doubtful + 1, changed = %s
WHERE state = 'sending' AND channel = ANY(%s) AND changed < %s
"""
STOP = """
UPDATE outbox SET state = 'stopped', why = %s, changed = %s
WHERE customer = ANY(%s::bytea[]) AND state IN ('waiting', 'held') AND (%s = '' OR channel = %s)
    AND (%s = '' OR topic = %s) AND (%s = '' OR purpose = %s)
"""
HOLD = """
UPDATE outbox o SET state = %s, changed = %s FROM decisions d
WHERE o.decision = d.id AND o.state = %s AND d.kind = %s AND d.name = %s
"""
OUTBOX_COUNTS = """
SELECT o.state, count(*) FROM decisions d JOIN outbox o ON o.decision = d.id WHERE d.kind = %s AND d.name = %s
GROUP BY o.state
"""
OUTBOX_ROW = f"SELECT {_OUTBOX} FROM outbox WHERE decision = %s"
NEXT_DUE = "SELECT min(not_before) FROM outbox WHERE state = 'waiting' AND channel = ANY(%s)"

# Actions, and what they did.

ACTIONS = "SELECT DISTINCT ON (name) name, version, at, actor, body FROM actions ORDER BY name, version DESC"
ACTION_VERSIONS = "SELECT name, version, at, actor, body FROM actions WHERE name = %s ORDER BY version DESC LIMIT %s"
LOCK_ACTIONS = "SELECT pg_advisory_xact_lock(7205030)"
PUT_ACTION = "INSERT INTO actions (name, version, at, actor, body) VALUES (%s, %s, %s, %s, %s)"
DID = """
SELECT action, done, channel, count(*) FROM decisions WHERE at > %s AND action <> ''
GROUP BY action, done, channel
"""
NOTHING_DONE = "SELECT count(*), count(*) FILTER (WHERE again > 0) FROM decisions WHERE at > %s AND action = ''"

# Erasure and export.

ERASE: Final = {
    "outbox": "DELETE FROM outbox WHERE customer = ANY(%b::bytea[])",
    "contacts": "DELETE FROM contacts WHERE customer = ANY(%b::bytea[])",
    "decisions": "DELETE FROM decisions WHERE customer = ANY(%b::bytea[])",
}
EXPORT = """
SELECT at, kind, name, action, channel, done, words FROM decisions
WHERE customer = %s OR customer IN (
    SELECT n.customer FROM issued_ids n JOIN identifiers a ON a.key = n.anchor WHERE a.customer = %s
) ORDER BY at, id
"""

# Whom a wish means.

ARE_CURRENT = "SELECT DISTINCT customer FROM identifiers WHERE customer = ANY(%b::bytea[])"
HOLDERS = """
SELECT t.n, i.customer FROM unnest(%b::int[], %b::text[], %b::text[]) AS t (n, type, value)
JOIN identifiers i ON i.type = t.type AND i.value = t.value
"""

# What reached her: what was delivered, and what she was shown on the site.

RECEIVED = """
SELECT coalesce(o.changed, c.at) AS at, d.channel, coalesce(o.purpose, c.purpose), coalesce(o.topic, ''), d.words
FROM decisions d LEFT JOIN outbox o ON o.decision = d.id AND o.state = 'sent'
LEFT JOIN contacts c ON c.decision = d.id AND c.seen
WHERE d.done AND (o.decision IS NOT NULL OR c.decision IS NOT NULL) AND (d.customer = %b OR d.customer IN (
    SELECT n.customer FROM issued_ids n JOIN identifiers a ON a.key = n.anchor WHERE a.customer = %b
)) ORDER BY 1 DESC, d.id LIMIT %b
"""
