"""The SQL of decisions: facts, the ledger, the outbox, actions and what they did."""

from typing import Final

from regulars.consent.queries import CUSTOMERS, STANDINGS

# Facts.

HELD_BY = "SELECT customer, type, space, value FROM identifiers WHERE customer = ANY(%b::bytea[])"
FACTS = f"""
SELECT t.customer, s.held, s.words,
    ARRAY(SELECT m.segment FROM memberships m WHERE m.customer = t.customer AND m.gone IS NULL),
    coalesce(i.stage, ''), coalesce(c.currency, ''), coalesce(c.cart, 0), coalesce(c.simulated, false)
FROM unnest({CUSTOMERS}) AS t (customer)
JOIN ({STANDINGS}) AS s (customer, held, words) ON s.customer = t.customer
LEFT JOIN customers c ON c.id = t.customer LEFT JOIN insights i ON i.customer = c.id
"""
"""A row a customer, of those who are named once: how she stands, her segments, and what is known beside that."""
FACTS_OF_ASKED = f"""
WITH who AS MATERIALIZED (
    SELECT t.n, i.customer
    FROM unnest(%(places)b::int[], %(types)b::text[], %(values)b::text[]) AS t (n, type, value)
    JOIN identifiers i ON i.type = t.type AND i.value = t.value
    UNION
    SELECT t.n, t.id FROM unnest(%(named)b::int[], %(ids)b::bytea[]) AS t (n, id)
    WHERE EXISTS (SELECT FROM identifiers i WHERE i.customer = t.id)
)
SELECT who.n, f.* FROM who
LEFT JOIN ({FACTS.replace(CUSTOMERS, "ARRAY(SELECT DISTINCT customer FROM who WHERE customer IS NOT NULL)")}) AS f
    ON f.customer = who.customer
"""
"""The facts of whoever holds what is asked by: a row for each place and holder, nulls after it where that is nobody."""
_CONTACTS = """
SELECT customer, CASE WHEN state = 'sent' THEN changed ELSE greatest(not_before, at) END AS at, channel, purpose, action
FROM outbox
WHERE customer = ANY(%(ids)b::bytea[]) AND at > %(since)b::bigint AND state NOT IN ('stopped', 'failed')
UNION ALL
SELECT customer, at, channel, purpose, action FROM contacts
WHERE customer = ANY(%(ids)b::bytea[]) AND at > %(since)b::bigint AND (seen OR at > %(unseen)b::bigint)
"""
CONTACTS = f"""
SELECT coalesce(json_agg(json_build_array(encode(customer, 'hex'), at, channel, purpose, action)), '[]')::text
FROM ({_CONTACTS}) AS t
"""

# The ledger.

LOCK_CUSTOMERS = "SELECT pg_advisory_xact_lock(key) FROM unnest(%b::bigint[]) AS t (key)"
PUT_RULEBOOK = "INSERT INTO rulebooks (version, at, body) VALUES (%b, %b, %b) ON CONFLICT (version) DO NOTHING"
RULEBOOK = "SELECT body FROM rulebooks WHERE version = %s"
THERE = f"""
SELECT ({CONTACTS}), ARRAY(SELECT id FROM decisions WHERE id = ANY(%(decisions)b::bytea[])),
    EXISTS (SELECT FROM rulebooks WHERE version = %(book)b)
"""
"""One row: the contacts of these ids, which of these decisions are there, and whether the rulebook is."""
DECISION_COLUMNS: Final = (
    "id", "occasion", "kind", "name", "customer", "at", "action", "version", "channel", "done", "probability", "arm",
    "held_by", "policy", "again", "simulated", "words", "body",
)  # fmt: skip
_DECISION = ", ".join(DECISION_COLUMNS)
PUT_COLUMNS: Final = (
    "decision", "customer", "channel", "address", "message", "variant", "purpose", "topic", "action", "not_before",
    "at",
)  # fmt: skip
"""The columns of the outbox; the context goes after them, as JSON."""
_WAITING = f"""
waiting AS (
    INSERT INTO outbox ({", ".join(PUT_COLUMNS)}, context, state, changed)
    SELECT {", ".join(PUT_COLUMNS)}, context::jsonb, 'waiting', at
    FROM unnest(%b::bytea[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
        %b::text[], %b::bigint[], %b::bigint[], %b::text[]) AS t ({", ".join(PUT_COLUMNS)}, context)
    ON CONFLICT (decision) DO NOTHING RETURNING decision
)
"""
_NOTIFY = "SELECT pg_notify('regulars_outbox', '') WHERE EXISTS (SELECT FROM waiting)"
PUT_OUTBOX = f"WITH {_WAITING} {_NOTIFY}"
WRITE = f"""
WITH made AS (
    INSERT INTO decisions ({_DECISION})
    SELECT * FROM unnest(%b::bytea[], %b::text[], %b::text[], %b::text[], %b::bytea[], %b::bigint[], %b::text[],
        %b::int[], %b::text[], %b::bool[], %b::float8[], %b::text[], %b::text[], %b::text[], %b::bigint[], %b::bool[],
        %b::text[], %b::bytea[])
), handed AS (
    INSERT INTO contacts (decision, customer, at, channel, purpose, action, seen)
    SELECT * FROM unnest(%b::bytea[], %b::bytea[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::bool[])
    ON CONFLICT (decision) DO NOTHING
), {_WAITING} {_NOTIFY}
"""
"""Decisions with what they set going, all or nothing; a decision that is there already is a UniqueViolation."""
SEEN = "UPDATE contacts SET seen = true, at = %b WHERE decision = %b AND NOT seen"
DECISIONS_BY_ID = f"SELECT {_DECISION} FROM decisions WHERE id = ANY(%b::bytea[])"
LAST_DECISIONS = f"""
SELECT {_DECISION} FROM decisions WHERE customer = ANY(%b::bytea[]) ORDER BY at DESC, id LIMIT %b
"""
NEWEST_DECISIONS = f"SELECT {_DECISION} FROM decisions WHERE at > %b ORDER BY at DESC, id LIMIT %b"

# The outbox.

NOTIFY_OUTBOX = "SELECT pg_notify('regulars_outbox', '')"
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

# What reached her: what was delivered, and what she was shown on the site.

RECEIVED = """
SELECT coalesce(o.changed, c.at) AS at, d.channel, coalesce(o.purpose, c.purpose), coalesce(o.topic, ''), d.words
FROM decisions d LEFT JOIN outbox o ON o.decision = d.id AND o.state = 'sent'
LEFT JOIN contacts c ON c.decision = d.id AND c.seen
WHERE d.done AND (o.decision IS NOT NULL OR c.decision IS NOT NULL) AND (d.customer = %b OR d.customer IN (
    SELECT n.customer FROM issued_ids n JOIN identifiers a ON a.key = n.anchor WHERE a.customer = %b
)) ORDER BY 1 DESC, d.id LIMIT %b
"""
