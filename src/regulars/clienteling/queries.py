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
