"""The SQL by which PostgreSQL is read for the lake. A row has changed where its transaction is a later one."""

NOW = """
SELECT coalesce((SELECT seq FROM cursor), 0), (SELECT coalesce(max(id), 0) FROM events),
    (SELECT coalesce(max(id), 0) FROM retold), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, pg_current_wal_insert_lsn()::text
"""
SERVER = """
SELECT (SELECT oid FROM pg_database WHERE datname = current_database())::bigint
    + (SELECT system_identifier FROM pg_control_system())
"""
DATABASE = "SELECT oid::bigint FROM pg_database WHERE datname = current_database()"
IS_DURABLE = "SELECT pg_current_wal_flush_lsn() >= %s::pg_lsn"
PLACES = "SELECT coalesce((SELECT seq FROM cursor), 0), (SELECT coalesce(max(seq), 0) FROM log)"

# Which tables these are: a rebuild puts others in their places.
TABLES = "SELECT name, to_regclass(name)::oid::bigint FROM unnest(%s::text[]) AS t (name)"

_EVENTS = """
SELECT id, bundle, time, kind, name, source, trust, message_id, origin, flags, body FROM events
"""
EVENTS = f"{_EVENTS} WHERE id > %b AND id <= %b ORDER BY id"
LAST_OF = "SELECT id FROM events WHERE id > %b ORDER BY id OFFSET %b LIMIT 1"
EVENTS_OF = f"{_EVENTS} WHERE bundle = ANY(%b) AND id <= %b"
NOBODYS_EVENTS = f"{_EVENTS} WHERE bundle IS NULL AND id <= %b"
OWN = """
SELECT b.key, array_agg(i.value) FROM bundles b JOIN identifiers i ON i.key = ANY(b.members) WHERE b.key = ANY(%b)
GROUP BY b.key
"""

RETOLD = "SELECT DISTINCT bundle FROM retold WHERE id > %b AND id <= %b"

# A row was written by that transaction or a later one; `age` counts both from the same newest one.
CHANGED = "age({0}.xmin) <= age((%b::bigint %% 4294967296)::text::xid)"

_BUNDLES = """
SELECT b.key, b.customer, f.body,
    CASE WHEN b.customer IS NULL THEN ''
    WHEN EXISTS (SELECT FROM identifiers i WHERE i.key = ANY(b.members) AND i.customer = b.customer
        AND i.standing = 'person') THEN 'person'
    WHEN EXISTS (SELECT FROM identifiers i WHERE i.key = ANY(b.members) AND i.customer = b.customer) THEN 'anonymous'
    ELSE 'shared' END
FROM bundles b LEFT JOIN fragments f ON f.bundle = b.key
"""
ALL_BUNDLES = _BUNDLES
BUNDLES_OF = f"{_BUNDLES} WHERE b.key = ANY(%b)"
BUNDLES_CHANGED = f"SELECT b.key FROM bundles b WHERE {CHANGED.format('b')}"
BUNDLES = "SELECT count(*) FROM bundles"

_REPORTS = "SELECT o.space, o.order_id, o.bundle, o.reports FROM orders o"
_REFUNDS = "SELECT r.space, r.order_id, r.bundle, r.kind, r.body FROM refunds r"
_KEYS = "JOIN unnest(%b::text[], %b::text[]) AS k (space, order_id) USING (space, order_id)"
REPORTS_OF = f"{_REPORTS} {_KEYS}"
REFUNDS_OF = f"{_REFUNDS} {_KEYS}"
ORDER_KEYS = """
SELECT DISTINCT space, order_id FROM (SELECT space, order_id FROM orders UNION ALL SELECT space, order_id FROM refunds)
    AS told
"""
ORDER_KEYS_OF = """
SELECT space, order_id FROM orders WHERE bundle = ANY(%b) UNION
SELECT space, order_id FROM refunds WHERE bundle = ANY(%b)
"""
NOBODYS_REFUNDS = "SELECT space, order_id FROM refunds WHERE bundle IS NULL"

# What was only lifted is neither a yes nor a no.
ALL_CONSENTS = """
SELECT c.bundle, c.purpose, c.channel, c.withdrawn, c.time FROM consents c WHERE (c.withdrawn OR c.basis <> 'lifted')
"""
CONSENTS_OF = f"{ALL_CONSENTS} AND c.bundle = ANY(%b)"

THINGS = {
    table: f"SELECT {key} FROM {table} t WHERE {CHANGED.format('t')} LIMIT %b"
    for table, key in (
        ("catalogue", "t.id, t.kind"),
        ("amounts", "t.product, ''"),
        ("seen_products", "t.product, ''"),
        ("stock", "t.product, ''"),
    )
}
"""What of the catalogue has changed, as (id, kind)."""
COUNTS = """
SELECT (SELECT count(*) FROM catalogue), (SELECT count(*) FROM amounts), (SELECT count(*) FROM seen_products),
    (SELECT count(*) FROM stock)
"""
BECOME_VALID = "SELECT DISTINCT product FROM amounts WHERE valid_from > %b AND valid_from <= %b"
PRODUCT_IDS = """
SELECT id FROM catalogue WHERE kind IN ('product', 'variant') UNION SELECT product FROM amounts
UNION SELECT product FROM seen_products
"""
STORE_IDS = "SELECT id FROM catalogue WHERE kind = 'store' AND part = ''"
AMOUNTS_OF = """
SELECT product, variant, kind, currency, valid_from, minor FROM amounts WHERE product = ANY(%b)
"""
STOCK_OF = """
SELECT store, product, variant, quantity, time FROM stock WHERE product = ANY(%b) AND quantity IS NOT NULL
"""
STOCKED = "SELECT DISTINCT product FROM stock"

TELL = """
INSERT INTO lake_state (one, as_of, place) VALUES (true, %s, %s)
ON CONFLICT (one) DO UPDATE SET as_of = excluded.as_of, place = excluded.place
"""
FORGET_RETOLD = "DELETE FROM retold WHERE id <= %s"
