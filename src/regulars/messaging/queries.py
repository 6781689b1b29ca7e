"""The SQL of this room: messages, and what is read of many customers at once for theirs."""

ALL_MESSAGES = """
SELECT DISTINCT ON (name) name, version, at, actor, title, body, ended FROM messages ORDER BY name, version DESC
"""
VERSIONS = """
SELECT name, version, at, actor, title, body, ended FROM messages WHERE name = %s ORDER BY version DESC LIMIT %s
"""
VERSION = "SELECT name, version, at, actor, title, body, ended FROM messages WHERE name = %s AND version = %s"
PUT = """
INSERT INTO messages (name, version, at, actor, title, body, ended)
SELECT %s, coalesce(max(version), 0) + 1, %s, %s, %s, %s, %s FROM messages WHERE name = %s RETURNING version
"""
LOCK = "SELECT pg_advisory_xact_lock(7208008)"

# Of many customers at once.

FRAGMENTS_OF = """
SELECT b.customer, b.key, f.body FROM bundles b LEFT JOIN fragments f ON f.bundle = b.key
WHERE b.customer = ANY(%b::bytea[]) ORDER BY b.customer, b.key
"""
TOUCHED_PRODUCTS = """
SELECT b.customer, i.product, i.kind, max(i.last) FROM bundles b JOIN interactions i ON i.bundle = b.key
WHERE b.customer = ANY(%b::bytea[]) AND i.kind = ANY(%b::text[]) GROUP BY b.customer, i.product, i.kind
"""

# Of products: whether anything is told of what lies there at all, and whether some of it does.
LYING = """
SELECT product, bool_or(quantity > 0), bool_or(quantity > 0 AND store = %b) FROM stock
WHERE product = ANY(%b::text[]) AND quantity IS NOT NULL GROUP BY product
"""
