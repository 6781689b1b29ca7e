"""The SQL of the table of customers: how its rows are kept right, and how they are found."""

# Whose rows are stale: of touched bundles, of bundles that speak of the same orders, and of those whose address
# a word of consent at a touched bundle is about.
SPREAD = """
WITH touched AS MATERIALIZED (
    SELECT unnest(%b::bytea[]) AS key
), spoken AS MATERIALIZED (
    SELECT o.space, o.order_id FROM touched t JOIN orders o ON o.bundle = t.key
    UNION SELECT r.space, r.order_id FROM touched t JOIN refunds r ON r.bundle = t.key
    UNION SELECT * FROM unnest(%b::text[], %b::text[])
), found AS (
    SELECT key FROM touched
    UNION SELECT o.bundle FROM spoken JOIN orders o USING (space, order_id)
    UNION SELECT r.bundle FROM spoken JOIN refunds r USING (space, order_id)
)
INSERT INTO stale_customers
SELECT b.customer FROM found JOIN bundles b USING (key) WHERE b.customer IS NOT NULL
UNION SELECT i.customer FROM touched t JOIN consents c ON c.bundle = t.key
    JOIN identifiers i ON i.type = split_part(c.address, ':', 1) AND i.space = c.space
        AND i.value = substr(c.address, strpos(c.address, ':') + 1)
    WHERE i.customer IS NOT NULL
UNION SELECT unnest(%b::bytea[])
ON CONFLICT DO NOTHING
"""

TAKE = """
DELETE FROM stale_customers WHERE customer IN (SELECT customer FROM stale_customers ORDER BY customer LIMIT %b)
RETURNING customer
"""

BUNDLES_OF = """
SELECT b.customer, b.key, f.body FROM bundles b LEFT JOIN fragments f ON f.bundle = b.key WHERE b.customer = ANY(%b)
"""
HELD_BY = "SELECT customer, type, space, value, standing, server FROM identifiers WHERE customer = ANY(%b)"

_WORD = "purpose, channel, address, space, covers_all, trust, time, withdrawn, message_id, source"
CONSENTS_AT = f"SELECT bundle, {_WORD} FROM consents WHERE bundle = ANY(%b)"
CONSENTS_ABOUT = f"""
SELECT bundle, {_WORD} FROM consents WHERE (address, space) IN (SELECT * FROM unnest(%b::text[], %b::text[]))
"""
ANY_CONSENTS = "SELECT EXISTS (SELECT FROM consents)"

DELETE = "DELETE FROM customers WHERE id = ANY(%b) RETURNING name"
COPY = """
COPY customers (id, kind, name, sorted, words, known, first, last, channels, stores, orders, spend, currency, consents,
    cart, simulated)
FROM STDIN (FORMAT BINARY)
"""
COPY_TYPES = (
    "bytea", "text", "text", "text", "text", "text[]", "int8", "int8", "text[]", "text[]", "int4", "int8", "text",
    "text[]", "int4", "bool",
)  # fmt: skip

ADD_WORDS = """
INSERT INTO name_words (word, n) SELECT * FROM unnest(%b::text[], %b::bigint[])
ON CONFLICT (word) DO UPDATE SET n = name_words.n + excluded.n
"""
DELETE_WORDS = "DELETE FROM name_words WHERE word = ANY(%b) AND n <= 0"
ANALYZE = "ANALYZE customers, name_words"

# How customers are found.

FIELDS = (
    "id, kind, name, known, first, last, channels, stores, orders, spend, currency, consents, cart, simulated, sorted"
)
SORTS = {"seen": ("last", "DESC"), "since": ("first", "DESC"), "spend": ("spend", "DESC"), "orders": ("orders", "DESC"),
         "name": ("sorted", "ASC")}  # fmt: skip
"""What a list may be sorted by: the column, and its usual direction."""

COUNTED = 10_000
"""So many are counted; of more it is only said that there are more."""

CONDITIONS = {
    "kind": "kind = %(kind)s",
    "channel": "channels @> ARRAY[%(channel)s]::text[]",
    "store": "stores @> ARRAY[%(store)s]::text[]",
    "seen_since": "last >= %(seen_since)s",
    "seen_before": "last < %(seen_before)s",
    "spend_from": "spend >= %(spend_from)s",
    "spend_to": "spend <= %(spend_to)s",
    "orders_from": "orders >= %(orders_from)s",
    "orders_to": "orders <= %(orders_to)s",
    "stage": "id IN (SELECT customer FROM insights WHERE stage = %(stage)s)",
    "ways": "id IN (SELECT customer FROM insights WHERE ways = %(ways)s)",
    "regular": "id IN (SELECT customer FROM insights WHERE regular = %(regular)s)",
    "ids": "id = ANY(%(ids)s)",
}
REAL, EXAMPLE = "NOT simulated", "simulated"
WITH_CART, WITHOUT_CART = "cart > 0", "cart = 0"
MAY = "consents @> ARRAY[%(consent)s]::text[]"
# As the partial index has it, word for word.
REFUSED = "consents && ARRAY['-email', '-sms', '-phone', '-whatsapp', '-push', '-webpush']::text[]"
SAID_NOTHING = "consents = '{}'"
BY_ID = "(id >= %(id_from)s AND id <= %(id_to)s)"


def page_query(conditions: list[str], sort: str, reverse: bool, after: bool) -> bytes:
    """The query of one page; `after` says that `value` and `id` are those of the last row before it."""
    where = " AND ".join([*conditions, *_place(sort, reverse, after)]) or "true"
    return f"SELECT {FIELDS} FROM customers WHERE {where} ORDER BY {_order(sort, reverse)} LIMIT %(limit)s".encode()


def few_query(conditions: list[str], sort: str, reverse: bool, after: bool) -> bytes:
    """The query that counts up to one more than `COUNTED`, and gives the ids of one page in their order.

    The ids are right where no more than `COUNTED` were counted. Then they are found by looking through these few, where
    the index of a sort would be walked through from end to end.
    """
    where = " AND ".join(conditions) or "true"
    place = " AND ".join(_place(sort, reverse, after)) or "true"
    return f"""
WITH found AS MATERIALIZED (SELECT id, {SORTS[sort][0]} FROM customers WHERE {where} LIMIT {COUNTED + 1})
SELECT (SELECT count(*) FROM found), ARRAY(
    SELECT id FROM found WHERE {place} ORDER BY {_order(sort, reverse)} LIMIT %(limit)s
)
""".encode()


def _direction(sort: str, reverse: bool) -> str:
    usual = SORTS[sort][1]
    return usual if not reverse else "ASC" if usual == "DESC" else "DESC"


def _order(sort: str, reverse: bool) -> str:
    direction = _direction(sort, reverse)
    return f"{SORTS[sort][0]} {direction}, id {direction}"


def _place(sort: str, reverse: bool, after: bool) -> list[str]:
    step = "<" if _direction(sort, reverse) == "DESC" else ">"
    return [f"({SORTS[sort][0]}, id) {step} (%(value)s, %(id)s)"] if after else []


BY_IDS = f"SELECT {FIELDS} FROM customers WHERE id = ANY(%b)"
ANYBODY = "SELECT EXISTS (SELECT FROM customers)"

BEGINS = "SELECT EXISTS (SELECT FROM name_words WHERE word LIKE %s)"

# One wrong, missing, needless or swapped letter leaves the first letter where it was, or moves it by one.
NEAR_WORDS = """
SELECT word FROM name_words
WHERE length(word) BETWEEN %(least)s AND %(most)s
    AND (left(word, 1) = ANY(%(letters)s) OR substr(word, 2, 1) = ANY(%(letters)s))
ORDER BY n DESC, word LIMIT 20000
"""

# Orders and receipts of which only the last characters of the number were typed, as the index has them.
ORDERS_ENDING = "SELECT DISTINCT space, order_id FROM orders WHERE reverse(lower(order_id)) LIKE %b LIMIT %b"
_KEYS = "(space, order_id) IN (SELECT * FROM unnest(%b::text[], %b::text[]))"
REPORTS_AT = f"SELECT space, order_id, bundle, reports FROM orders WHERE {_KEYS}"
REFUNDS_AT = f"SELECT space, order_id, bundle, kind, body FROM refunds WHERE {_KEYS}"
