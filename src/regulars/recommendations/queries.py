"""The SQL of this room: what is learnt from the lake (DuckDB), and what is read of one customer (PostgreSQL)."""

from regulars.profiles.queries import INTERACTIONS_OF, REFUNDS_OF, REPORTS_OF

# From the lake. `?` is the first day that is looked at.

LAST_TIME = "SELECT coalesce(epoch(max(time)) / 86400, 0) FROM order_lines"
ROWS_BY_DAY = "SELECT day, count(*) FROM order_lines WHERE person IS NOT NULL GROUP BY day ORDER BY day DESC"

NUMBERED = """
CREATE TEMP TABLE numbered AS
SELECT product, row_number() OVER (ORDER BY product) - 1 AS number FROM products WHERE product <> ''
"""
NUMBERED_STORES = """
CREATE TEMP TABLE numbered_stores AS
SELECT store, row_number() OVER (ORDER BY store) - 1 AS number
FROM (SELECT store FROM stores UNION SELECT store FROM order_lines) WHERE store <> ''
"""

# Of words about a line and about its whole order the later counts, and a server's before a public key's.
GIFTS = """
CREATE TEMP TABLE gifts AS
SELECT person, coalesce(order_id, '') AS order_id, coalesce(product, '') AS product,
    max_by(name = 'Gift Marked', (NOT claimed, time, name = 'Gift Marked')) AS gift
FROM events WHERE name IN ('Gift Marked', 'Gift Unmarked') AND person IS NOT NULL
    AND (order_id IS NOT NULL OR product IS NOT NULL)
GROUP BY ALL
"""

BOUGHT = """
SELECT l.person::INTEGER AS customer, n.number::INTEGER AS product, coalesce(s.number, -1)::INTEGER AS store,
    epoch(l.time) / 86400 AS day
FROM order_lines l JOIN numbered n ON n.product = l.product
JOIN customers c ON c.person = l.person AND c.kind <> 'shared'
LEFT JOIN numbered_stores s ON s.store = l.store
WHERE l.day >= ? AND NOT l.claimed AND NOT EXISTS (
    SELECT 1 FROM gifts g WHERE g.gift AND g.person = l.person AND g.order_id IN ('', l.order_id)
        AND g.product IN ('', l.product)
)
"""

WISHED = """
SELECT i.person::INTEGER AS customer, n.number::INTEGER AS product, -1 AS store, epoch(max(i.last)) / 86400 AS day
FROM interactions i JOIN numbered n ON n.product = i.product
JOIN customers c ON c.person = i.person AND c.kind <> 'shared'
WHERE i.day >= ? AND i.kind IN ('wishlisted', 'saved', 'added', 'tried_on')
GROUP BY i.person, n.number
"""

PRODUCTS = """
SELECT p.product, coalesce(p.name, '') AS name, coalesce(p.category, '') AS category,
    NOT coalesce(p.claimed, false) AND lower(coalesce(p.status, '')) NOT IN (
        'archived', 'deleted', 'discontinued', 'draft', 'ended', 'inactive', 'unavailable'
    ) AS offered
FROM products p JOIN numbered n ON n.product = p.product ORDER BY n.number
"""
STORES = "SELECT store FROM numbered_stores ORDER BY number"

# From PostgreSQL. `%b` is a customer id where nothing else is said.

BUNDLES = "SELECT key FROM bundles WHERE customer = %b ORDER BY key"

# The names stand here as they do in the index that this needs.
WORDS = """
SELECT name, trust, time, message_id, body FROM events
WHERE bundle = ANY(%b) AND kind = 'track'
    AND name IN ('Gift Marked', 'Gift Unmarked', 'Recommendation Hidden', 'Recommendation Shown Again')
"""


def of_customer(query: str) -> str:
    """A query about bundles as one about the customer who has them, so that they need not be asked for first."""
    return query.replace("ANY(%b)", f"ANY(ARRAY({BUNDLES}))")


REPORTS_OF_HERS, REFUNDS_OF_HERS, INTERACTIONS_OF_HERS, WORDS_OF_HERS = (
    of_customer(query) for query in (REPORTS_OF, REFUNDS_OF, INTERACTIONS_OF, WORDS)
)

# The same of many customers at once.
BUNDLES_OF_MANY = "SELECT key, customer FROM bundles WHERE customer = ANY(%b::bytea[]) ORDER BY key"
INTERACTIONS_OF_MANY = """
SELECT b.customer, i.product, i.kind, i.day, sum(i.n)::bigint, max(i.last)
FROM bundles b JOIN interactions i ON i.bundle = b.key WHERE b.customer = ANY(%b::bytea[])
GROUP BY b.customer, i.product, i.kind, i.day
"""
WORDS_OF_MANY = """
SELECT b.customer, e.name, e.trust, e.time, e.message_id, e.body FROM bundles b JOIN events e ON e.bundle = b.key
WHERE b.customer = ANY(%b::bytea[]) AND e.kind = 'track'
    AND e.name IN ('Gift Marked', 'Gift Unmarked', 'Recommendation Hidden', 'Recommendation Shown Again')
"""

# Which of these products lie in a store; nothing is known where the store tells no stock at all.
IN_STOCK = """
SELECT EXISTS (SELECT FROM stock WHERE store = %b AND quantity IS NOT NULL),
    ARRAY(SELECT DISTINCT product FROM stock WHERE store = %b AND product = ANY(%b) AND quantity > 0)
"""
