"""The SQL of this room: what is asked around a rule's query in DuckDB, and the tables in PostgreSQL."""

from typing import Final

PREPARE: Final = "PREPARE {} AS {}"
NEWEST: Final = "SELECT epoch_us(max(last_seen)) FROM customers"
COLUMNS_OF: Final = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"

FOUND: Final = "CREATE OR REPLACE TEMP TABLE found AS {}"
FOUND_IN_ORDER: Final = "SELECT customer FROM found ORDER BY customer"
SAID_YES: Final = """
words AS (
    SELECT w.customer, w.channel, w.word FROM consents w SEMI JOIN members m ON m.customer = w.customer
    WHERE w.purpose IN ('marketing', '*') AND w.topic IS NULL
),
channels AS (SELECT unnest(['email', 'sms', 'phone', 'push', 'post']) AS channel),
said AS (
    SELECT k.channel, s.customer FROM words s JOIN channels k ON s.channel IN (k.channel, '*')
    GROUP BY k.channel, s.customer HAVING bool_and(s.word = 'given')
),
reach AS (SELECT k.channel, count(s.customer) AS count FROM channels k LEFT JOIN said s USING (channel)
    GROUP BY k.channel)
"""
"""Of `members`, who said yes to marketing by each channel and did not take it back."""
REACH: Final = f"WITH members AS (SELECT customer FROM found), {SAID_YES} SELECT channel, count FROM reach"
PREVIEW: Final = f"""
WITH members AS MATERIALIZED ({{}}), {SAID_YES.replace("{", "{{")},
shown AS (SELECT customer FROM members ORDER BY last_seen DESC NULLS LAST, customer LIMIT 6)
SELECT (SELECT count(*) FROM members), (SELECT list({{{{'channel': channel, 'count': count}}}}) FROM reach),
    (SELECT list(customer) FROM shown)
"""
"""One row: how many, how many by channel, and some ids, those seen last first."""

# From here on PostgreSQL's.

_LATEST = "SELECT DISTINCT ON (name) name, version, at, actor, title, about, rule, ended FROM segments"
ALL_SEGMENTS = f"{_LATEST} ORDER BY name, version DESC"
VERSIONS = """
SELECT name, version, at, actor, title, about, rule, ended FROM segments WHERE name = %s ORDER BY version DESC LIMIT %s
"""
PUT = """
INSERT INTO segments (name, version, at, actor, title, about, rule, ended)
SELECT %s, coalesce(max(version), 0) + 1, %s, %s, %s, %s, %s, %s FROM segments WHERE name = %s RETURNING version
"""

EVALUATIONS = "SELECT segment, version, at, as_of, members, joined, gone, reach, error FROM evaluations"
PUT_EVALUATION = """
INSERT INTO evaluations (segment, version, at, as_of, members, joined, gone, reach, error)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (segment) DO UPDATE SET version = excluded.version, at = excluded.at, as_of = excluded.as_of,
    members = excluded.members, joined = excluded.joined, gone = excluded.gone, reach = excluded.reach,
    error = excluded.error
"""
FAILED = """
INSERT INTO evaluations (segment, version, at, as_of, members, joined, gone, reach, error)
VALUES (%s, %s, %s, 0, 0, 0, 0, '[]', %s)
ON CONFLICT (segment) DO UPDATE SET at = excluded.at, version = excluded.version, error = excluded.error
"""

# Changes of memberships are made by one process at a time, each on what the one before it left.
LOCK_MEMBERSHIPS = "SELECT pg_advisory_xact_lock(7205020)"
HELD = """
SELECT w.customer, m.changes, m.customer IS NOT NULL AND m.gone IS NULL
FROM unnest(%b::bytea[]) AS w (customer) LEFT JOIN memberships m ON m.segment = %b AND m.customer = w.customer
"""
JOIN = """
INSERT INTO memberships (segment, customer, joined, changes)
SELECT %b, customer, %b, 1 FROM unnest(%b::bytea[]) AS t (customer)
ON CONFLICT (segment, customer) DO UPDATE SET joined = excluded.joined, gone = NULL,
    changes = memberships.changes + 1
"""
LEAVE = """
UPDATE memberships SET gone = %b, changes = changes + 1
WHERE segment = %b AND customer = ANY(%b::bytea[]) AND gone IS NULL
"""
MEMBERS = """
SELECT customer FROM memberships WHERE segment = %b AND gone IS NULL AND customer > %b ORDER BY customer LIMIT %b
"""
NEWEST_MEMBERS = """
SELECT customer, joined FROM memberships WHERE segment = %s AND gone IS NULL ORDER BY joined DESC, customer LIMIT %s
"""
NEWEST_SEEN = "SELECT max(last) FROM customers"
COUNTS = "SELECT segment, count(*) FROM memberships WHERE gone IS NULL GROUP BY segment"
OF_CUSTOMERS = """
SELECT segment, customer FROM memberships WHERE customer = ANY(%b::bytea[]) AND gone IS NULL
"""
ERASE = "DELETE FROM memberships WHERE customer = ANY(%b::bytea[])"

SIMULATED = """
SELECT DISTINCT b.customer FROM bundles b
CROSS JOIN LATERAL (SELECT origin FROM events WHERE bundle = b.key ORDER BY time LIMIT 1) e
WHERE b.customer = ANY(%b::bytea[]) AND e.origin <> ''
"""

# Who was touched: by events behind a place, other than those that only say who joined and left.
LAST_EVENT = "SELECT coalesce(max(id), 0) FROM events"
TOUCHED = """
SELECT DISTINCT b.customer FROM events e JOIN bundles b ON b.key = e.bundle
WHERE e.id > %b AND e.id <= %b AND b.customer IS NOT NULL AND e.name NOT IN ('Segment Joined', 'Segment Left')
"""
TOUCHED_AMONG = """
SELECT DISTINCT b.customer FROM events e JOIN bundles b ON b.key = e.bundle
WHERE e.id > %b AND b.customer = ANY(%b::bytea[]) AND e.name NOT IN ('Segment Joined', 'Segment Left')
"""
BUNDLES_OF = "SELECT key FROM bundles WHERE customer = ANY(%b::bytea[])"
