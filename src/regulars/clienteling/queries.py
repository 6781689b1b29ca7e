"""The SQL of the shop floor."""

# Two who claim at once: the second waits here for the first, and then takes nothing.
TAKE_CLAIM = "INSERT INTO receipt_claims (receipt, at) VALUES (%s, %s) ON CONFLICT DO NOTHING"
IS_CLAIMED = "SELECT EXISTS (SELECT FROM receipt_claims WHERE receipt = %s)"

STORE_OF = "SELECT store FROM floor_stores WHERE user_id = %s"
CHOOSE_STORE = """
INSERT INTO floor_stores (user_id, store, chosen) VALUES (%s, %s, %s)
ON CONFLICT (user_id) DO UPDATE SET store = excluded.store, chosen = excluded.chosen
"""

HOLDER = "SELECT customer FROM identifiers WHERE key = %b"

OPEN_QUESTIONS = """
SELECT id, subject, at FROM questions
WHERE state = 'open' AND (customer = %b OR address = ANY(%b::text[])) ORDER BY at DESC, id DESC LIMIT 3
"""

# Addresses that are to be confirmed. Whoever types one again within a day changes nothing, nor after it was confirmed.

WISH = """
INSERT INTO confirmations (key, purpose, channel, proof, at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (key) DO UPDATE SET purpose = excluded.purpose, channel = excluded.channel, proof = excluded.proof,
    at = excluded.at, asked = false, tried = 0
WHERE confirmations.confirmed = 0 AND confirmations.at < %s
"""
WISHES = """
SELECT c.key, c.at, i.customer FROM confirmations c JOIN identifiers i ON i.key = c.key
WHERE NOT c.asked AND c.confirmed = 0 AND c.tried < %b AND i.customer IS NOT NULL ORDER BY c.at, c.key LIMIT %b
FOR UPDATE OF c SKIP LOCKED
"""
TRIED = "UPDATE confirmations SET tried = %s, asked = %s WHERE key = %s"
IS_WISHED = "SELECT EXISTS (SELECT FROM confirmations WHERE NOT asked AND confirmed = 0)"
WISH_OF = """
SELECT key, purpose, channel, proof, at, confirmed FROM confirmations WHERE key = %b AND at > %b
"""
CONFIRMED = "UPDATE confirmations SET confirmed = %s WHERE key = %s AND confirmed = 0"
ADDRESS_OF = "SELECT type, space, value, customer FROM identifiers WHERE key = %b"
FORGET_WISHES = "DELETE FROM confirmations WHERE at < %s"
ERASE_WISHES = "DELETE FROM confirmations WHERE key = ANY(%b)"
