"""The SQL of deliveries: the test mailbox, what came in, questions."""

from typing import Final

# The test mailbox.

PUT_MAILS = """
INSERT INTO mailbox (at, decision, customer, channel, recipient, subject, message_id, body)
SELECT * FROM
    unnest(%b::bigint[], %b::bytea[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[])
ON CONFLICT (decision) DO NOTHING
"""
TRIM_MAILS = "DELETE FROM mailbox WHERE id <= (SELECT id FROM mailbox ORDER BY id DESC OFFSET %s LIMIT 1)"
MAIL_COLUMNS: Final = ("id", "at", "decision", "customer", "channel", "recipient", "subject", "message_id")
_MAIL = ", ".join(MAIL_COLUMNS)
MAILS = f"""
SELECT {_MAIL} FROM mailbox
WHERE (%(before)s = 0 OR id < %(before)s) AND (%(q)s = '' OR strpos(lower(recipient || ' ' || subject), %(q)s) > 0)
ORDER BY id DESC LIMIT %(most)s
"""
MAIL = f"SELECT {_MAIL}, body FROM mailbox WHERE id = %s"
EMPTY_MAILBOX = "DELETE FROM mailbox"

# The outbox, beside what decisions do with it.

DOUBTED = "UPDATE outbox SET doubtful = doubtful + 1 WHERE decision = ANY(%b::bytea[])"
OLDEST = "SELECT coalesce(min(at), 0) FROM outbox WHERE state = 'waiting' AND attempts > 0"

# What came in.

LOCK_INBOUND = "SELECT pg_advisory_xact_lock(7205040)"
HAS_INBOUND = "SELECT kind FROM inbound WHERE key = %s"
PUT_INBOUND = """
INSERT INTO inbound (key, at, kind, decision, customer, why) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (key) DO NOTHING
"""
TOLD_BEFORE = "SELECT EXISTS (SELECT FROM inbound WHERE decision = %s AND kind = %s)"
ADDRESS_HOLDER = """
SELECT key, customer FROM identifiers
WHERE type = 'email' AND value = %s AND customer IS NOT NULL AND standing NOT IN ('fan_out', 'votes')
ORDER BY key LIMIT 1
"""

# Soft bounces in a row, by an address's keyed name; `handed` is since when a message to it has not come back.

SOFT_BOUNCE = """
INSERT INTO soft_bounces (key, n, first, last) VALUES (%s, 1, %s, %s)
ON CONFLICT (key) DO UPDATE SET n = soft_bounces.n + 1, last = excluded.last, handed = 0 RETURNING n, first
"""
SOFT_SETTLED = "DELETE FROM soft_bounces WHERE key = ANY(%b::bytea[]) AND handed > 0 AND handed < %b"
SOFT_HANDED = "UPDATE soft_bounces SET handed = %b WHERE key = ANY(%b::bytea[]) AND handed = 0"
FORGET_SOFT = "DELETE FROM soft_bounces WHERE key = %s"

# Questions.

QUESTION_COLUMNS: Final = (
    "id", "customer", "address", "name", "subject", "decision", "at", "changed", "state", "owner",
)  # fmt: skip
_QUESTION = ", ".join(QUESTION_COLUMNS)
TURN_COLUMNS: Final = ("number", "at", "ours", "actor", "text", "cut", "message_id", "decision")
_TURN = ", ".join(TURN_COLUMNS)
PUT_QUESTION = """
INSERT INTO questions (customer, address, name, subject, decision, at, changed, state)
VALUES (%s, %s, %s, %s, %s, %s, %s, 'open') RETURNING id
"""
LOCK_QUESTION = "SELECT id FROM questions WHERE id = %s FOR UPDATE"
PUT_TURN = """
INSERT INTO question_turns (question, number, at, ours, actor, text, cut, message_id, decision)
SELECT %s, coalesce(max(number), 0) + 1, %s, %s, %s, %s, %s, %s, %s FROM question_turns WHERE question = %s
RETURNING number
"""
QUESTION_OF_THREAD = """
SELECT q.id FROM questions q JOIN question_turns t ON t.question = q.id
WHERE t.message_id = ANY(%s) AND q.address = %s ORDER BY q.id DESC LIMIT 1
"""
QUESTION_OF_MESSAGE = "SELECT id FROM questions WHERE decision = %b AND address = %b ORDER BY id DESC LIMIT 1"
OPEN_OF_ADDRESS = "SELECT id FROM questions WHERE address = %s AND state = 'open' AND at > %s ORDER BY id DESC LIMIT 1"
ASKED_SINCE = "SELECT count(*) FROM question_turns WHERE NOT ours AND at > %s AND question = %s"
QUESTION = f"SELECT {_QUESTION} FROM questions WHERE id = %s"
TURNS = f"SELECT {_TURN} FROM question_turns WHERE question = %s ORDER BY number"
QUESTIONS = f"""
SELECT {", ".join(f"q.{name}" for name in QUESTION_COLUMNS)},
    (SELECT left(t.text, 200) FROM question_turns t WHERE t.question = q.id AND NOT t.ours ORDER BY number DESC LIMIT 1)
FROM questions q WHERE q.state = %(state)s AND (%(owner)s::bigint IS NULL OR q.owner = %(owner)s)
    AND (%(before)s = 0 OR q.changed < %(before)s)
ORDER BY q.changed DESC, q.id LIMIT %(most)s
"""
QUESTION_COUNTS = "SELECT state, count(*) FROM questions GROUP BY state"
SET_STATE = "UPDATE questions SET state = %s, changed = %s WHERE id = %s"
SET_OWNER = "UPDATE questions SET owner = %s, changed = %s WHERE id = %s"
SET_TURN_SENT = "UPDATE question_turns SET message_id = %s WHERE decision = %s"
TURN_OF_DECISION = f"SELECT question, {_TURN} FROM question_turns WHERE decision = %s"

# Erasure and export.

ERASE_MAILBOX = "DELETE FROM mailbox WHERE customer = ANY(%b::bytea[]) OR recipient = ANY(%b::text[])"
ERASE_INBOUND = "DELETE FROM inbound WHERE customer = ANY(%b::bytea[])"
ERASE_QUESTIONS = """
WITH gone AS (DELETE FROM questions WHERE customer = ANY(%b::bytea[]) OR address = ANY(%b::text[]) RETURNING id)
DELETE FROM question_turns WHERE question IN (SELECT id FROM gone)
"""
"""Their turns go with them."""
ERASE_SOFT = "DELETE FROM soft_bounces WHERE key = ANY(%b::bytea[])"
EXPORT_QUESTIONS = """
SELECT q.id, q.at, q.subject, q.state, t.number, t.at, t.ours, t.text
FROM questions q JOIN question_turns t ON t.question = q.id
WHERE q.customer = %s
    OR q.customer IN (SELECT n.customer FROM issued_ids n JOIN identifiers i ON i.key = n.anchor WHERE i.customer = %s)
ORDER BY q.id, t.number
"""
EXPORT_INBOUND = """
SELECT at, kind, why FROM inbound
WHERE customer = %s
    OR customer IN (SELECT n.customer FROM issued_ids n JOIN identifiers i ON i.key = n.anchor WHERE i.customer = %s)
ORDER BY at
"""
