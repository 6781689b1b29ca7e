"""The SQL of the catalogue: what a batch adds, and what is read of it."""

FOREVER = 2**62
"""A time after all others, in microseconds."""

# What a batch adds.

GET_THINGS = """
SELECT c.kind, c.id, c.part, c.body FROM unnest(%b::text[], %b::text[], %b::text[]) AS k (kind, id, part)
JOIN catalogue c ON c.kind = k.kind AND c.id = k.id AND c.part = k.part
"""

PUT_THINGS = """
INSERT INTO catalogue (kind, id, part, words, refs, body)
SELECT kind, id, part, words, string_to_array(refs, E'\\x1f'), body
FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bytea[])
    AS t (kind, id, part, words, refs, body)
ON CONFLICT (kind, id, part) DO UPDATE SET words = excluded.words, refs = excluded.refs, body = excluded.body
"""

_RANKED = "precedence = excluded.precedence, time = excluded.time, message_id = excluded.message_id, " + (
    "source = excluded.source, simulated = excluded.simulated"
)
_GREATER = """
(excluded.precedence, excluded.time, excluded.message_id COLLATE "C", excluded.source COLLATE "C")
    > ({0}.precedence, {0}.time, {0}.message_id COLLATE "C", {0}.source COLLATE "C")
"""

PUT_AMOUNTS = f"""
INSERT INTO amounts
    (product, variant, kind, currency, valid_from, minor, precedence, time, message_id, source, simulated)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::bigint[], %b::bigint[],
    %b::int[], %b::bigint[], %b::text[], %b::text[], %b::bool[])
ON CONFLICT (product, variant, kind, currency, valid_from) DO UPDATE SET minor = excluded.minor, {_RANKED}
WHERE {_GREATER.format("amounts")}
"""

PUT_STOCK = f"""
INSERT INTO stock (product, variant, store, quantity, precedence, time, message_id, source, simulated)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::numeric[], %b::int[], %b::bigint[], %b::text[], %b::text[],
    %b::bool[])
ON CONFLICT (product, variant, store) DO UPDATE SET quantity = excluded.quantity, {_RANKED}
WHERE {_GREATER.format("stock")}
"""

# Of these sightings, those that come before what is kept: nearly always none.
NEWLY_SEEN = """
SELECT n.place FROM unnest(%b::text[], %b::bool[], %b::bigint[], %b::text[], %b::text[])
    WITH ORDINALITY AS n (product, client, time, message_id, source, place)
LEFT JOIN seen_products s ON s.product = n.product
WHERE s.product IS NULL OR (n.client, n.time, n.message_id COLLATE "C", n.source COLLATE "C")
    < (s.client, s.time, s.message_id COLLATE "C", s.source COLLATE "C")
"""

PUT_SEEN = """
INSERT INTO seen_products (product, client, time, message_id, source, simulated, bundle, words, body)
SELECT * FROM unnest(%b::text[], %b::bool[], %b::bigint[], %b::text[], %b::text[], %b::bool[], %b::bytea[], %b::text[],
    %b::bytea[])
ON CONFLICT (product) DO UPDATE SET client = excluded.client, time = excluded.time, message_id = excluded.message_id,
    source = excluded.source, simulated = excluded.simulated, bundle = excluded.bundle, words = excluded.words,
    body = excluded.body
"""

# What is read.

THINGS = "SELECT kind, id, part, body FROM catalogue WHERE kind = ANY(%b) AND id = ANY(%b) ORDER BY kind, id, part"

ALL_OF = """
SELECT id, body FROM catalogue WHERE kind = %b AND part = '' AND id COLLATE "C" > %b ORDER BY id COLLATE "C" LIMIT %b
"""

SEEN = "SELECT product, client, source, simulated, body FROM seen_products WHERE product = ANY(%b)"

# Per product, variant, kind and currency what is valid at a moment; minor is null where it ended.
VALID_AT = """
SELECT DISTINCT ON (product, variant, kind, currency)
    product, variant, kind, currency, valid_from, minor, source, simulated
FROM amounts WHERE product = ANY(%b) AND valid_from <= %b
ORDER BY product, variant, kind, currency, valid_from DESC
"""

HISTORY = """
SELECT variant, kind, valid_from, currency, minor, source, simulated FROM amounts
WHERE product = %b AND kind = ANY(%b) AND valid_from >= %b AND valid_from < %b
ORDER BY valid_from DESC, variant, kind, currency LIMIT %b
"""

STOCK_OF = """
SELECT product, variant, store, quantity, time, source, simulated FROM stock
WHERE product = ANY(%b) AND (%b::text[] IS NULL OR store = ANY(%b)) AND quantity IS NOT NULL
ORDER BY product COLLATE "C", variant COLLATE "C", store COLLATE "C"
"""

REFERRING = """
SELECT kind, id, part FROM catalogue WHERE kind = ANY(%b) AND refs && %b::text[]
ORDER BY kind, id COLLATE "C", part COLLATE "C" LIMIT %b
"""


def find_products(words: int) -> str:
    """The query that finds products by so many words: a condition for each, since the index cannot serve ALL.

    The catalogue's products come before those merely seen, and of these a server's before a browser's.
    """
    likes = " ".join(f"AND words LIKE %(like_{n})b" for n in range(words))
    return f"""
SELECT id FROM (
    (SELECT id, 0 AS tier, word_similarity(%(text)b, words) AS alike FROM catalogue
        WHERE kind = 'product' AND words <> '' {likes} LIMIT %(many)b)
    UNION ALL
    (SELECT product, 1 + client::int, word_similarity(%(text)b, words) FROM seen_products s
        WHERE words <> '' {likes}
        AND NOT EXISTS (SELECT FROM catalogue c WHERE c.kind = 'product' AND c.id = s.product) LIMIT %(many)b)
) AS found ORDER BY tier, alike DESC, id COLLATE "C" LIMIT %(limit)b
"""


NAMES_OF = """
SELECT kind, id, body FROM catalogue
WHERE (kind, id) IN (SELECT * FROM unnest(%b::text[], %b::text[])) AND part = ''
"""

DIGEST = (
    (
        "catalogue",
        "SELECT kind, id, part, words, refs, body FROM catalogue "
        'ORDER BY kind COLLATE "C", id COLLATE "C", part COLLATE "C"',
    ),
    (
        "amounts",
        "SELECT product, variant, kind, currency, valid_from, minor, precedence, time, message_id, source, simulated "
        'FROM amounts ORDER BY product COLLATE "C", variant COLLATE "C", kind COLLATE "C", currency COLLATE "C", '
        "valid_from",
    ),
    (
        "stock",
        "SELECT product, variant, store, quantity, precedence, time, message_id, source, simulated FROM stock "
        'ORDER BY product COLLATE "C", variant COLLATE "C", store COLLATE "C"',
    ),
    (
        "seen_products",
        "SELECT product, client, time, message_id, source, simulated, words, body FROM seen_products "
        'ORDER BY product COLLATE "C"',
    ),
)
"""What of the catalogue the digest covers."""

# What follows is for erasures and for imports that are undone.

# A mention that is gone stands behind every other, until they are looked through for the first of those left.
_LOSE = f"UPDATE seen_products s SET lost = true, client = true, time = {FOREVER}, bundle = NULL"
LOSE_OF = f"{_LOSE} WHERE bundle = ANY(%b)"
LOSE_BY = f"""
{_LOSE} FROM unnest(%b::text[], %b::bool[], %b::text[]) AS m (source, client, message_id)
WHERE s.source = m.source AND s.client = m.client AND s.message_id = m.message_id
"""
LOSE_NAMELESS = f"""
{_LOSE} WHERE bundle IS NULL AND NOT lost AND NOT EXISTS (
    SELECT FROM events e
    WHERE e.bundle IS NULL AND e.time = s.time AND e.source = s.source AND e.message_id = s.message_id
)
"""
LOST = "SELECT product FROM seen_products WHERE lost"
FORGET_LOST = f"DELETE FROM seen_products WHERE time = {FOREVER}"
FOUND = "UPDATE seen_products SET lost = false WHERE lost"

ALL_THINGS = "SELECT kind, id, body FROM catalogue"

PRODUCTS_BY = """
SELECT t.product FROM amounts t JOIN unnest(%b::text[], %b::text[]) AS m (source, message_id)
    ON t.source = m.source AND t.message_id = m.message_id
UNION
SELECT t.product FROM stock t JOIN unnest(%b::text[], %b::text[]) AS m (source, message_id)
    ON t.source = m.source AND t.message_id = m.message_id
"""

FORGET_THINGS = """
DELETE FROM catalogue c USING unnest(%b::text[], %b::text[]) AS k (kind, id) WHERE c.kind = ANY(
    CASE k.kind WHEN 'product' THEN ARRAY['product', 'variant'] ELSE ARRAY[k.kind] END) AND c.id = k.id
"""
FORGET_OF_PRODUCTS = tuple(f"DELETE FROM {table} WHERE product = ANY(%b)" for table in ("amounts", "stock"))

EVENTS_NAMED = """
SELECT bundle, time, received, name, source, trust, message_id, origin, flags, body FROM events
WHERE kind = 'track' AND name = ANY(%b)
"""
