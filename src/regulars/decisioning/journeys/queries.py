"""The SQL of journeys."""

from typing import Final

# Definitions.

_JOURNEY: Final = "name, version, at, actor, title, body"
ALL: Final = f"SELECT DISTINCT ON (name) {_JOURNEY} FROM journeys ORDER BY name, version DESC"
VERSIONS: Final = f"SELECT {_JOURNEY} FROM journeys WHERE name = %s ORDER BY version DESC LIMIT %s"
ONE: Final = f"SELECT {_JOURNEY} FROM journeys WHERE name = %s AND version = %s"
LOCK: Final = "SELECT pg_advisory_xact_lock(7205031)"
PUT: Final = """
INSERT INTO journeys (name, version, at, actor, title, body)
SELECT %s, coalesce(max(version), 0) + 1, %s, %s, %s, %s FROM journeys WHERE name = %s
"""
SWITCHES: Final = "SELECT name, running, at, actor FROM journey_switches"
SWITCH: Final = """
INSERT INTO journey_switches (name, running, at, actor) VALUES (%s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE SET running = excluded.running, at = excluded.at, actor = excluded.actor
"""
CHANNEL: Final = "regulars_journeys"
"""Where it is notified that somebody changed a journey or a campaign."""
NOTIFY: Final = f"SELECT pg_notify('{CHANNEL}', '')"

# Entries.

_ENTRY: Final = "key, customer, started, step, wake, subject, products, order_id, said, asked, tries, simulated"
COLUMNS: Final = tuple(_ENTRY.split(", "))
DUE: Final = f"""
SELECT version, {_ENTRY} FROM journey_entries WHERE journey = %b AND wake <= %b ORDER BY wake LIMIT %b FOR UPDATE
"""
NEXT: Final = """
SELECT min(n.wake) FROM unnest(%s::text[]) AS j (name) CROSS JOIN LATERAL (
    SELECT wake FROM journey_entries WHERE journey = j.name AND wake IS NOT NULL ORDER BY wake LIMIT 1
) AS n
"""
# Products come as JSON, since arrays of arrays must be of one length.
_COMING: Final = """
unnest(%b::bytea[], %b::bytea[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bool[], %b::bigint[], %b::int[],
    %b::bigint[]) AS t (key, customer, subject, products, order_id, said, simulated, started, step, wake)
"""
_PRODUCTS: Final = "ARRAY(SELECT jsonb_array_elements_text(t.products::jsonb))"
ENTER: Final = f"""
INSERT INTO journey_entries (key, journey, version, customer, subject, products, order_id, said, simulated, started,
    step, wake, asked, tries, changed)
SELECT t.key, %b, %b, t.customer, t.subject, {_PRODUCTS}, t.order_id, t.said, t.simulated, t.started, t.step, t.wake,
    0, 0, %b
FROM {_COMING} ON CONFLICT DO NOTHING RETURNING key
"""
RESTART: Final = f"""
UPDATE journey_entries AS e SET products = {_PRODUCTS}, order_id = t.order_id, said = t.said, started = t.started,
    step = t.step, wake = t.wake, asked = 0, tries = 0, changed = %b
FROM {_COMING} WHERE e.journey = %b AND e.customer = t.customer AND e.subject = t.subject AND e.wake IS NOT NULL
    AND e.started < t.started AND e.key <> t.key RETURNING t.key
"""
# Of one journey: who heard of it lately, or is in it about the same thing.
SPOKE: Final = """
SELECT customer, max(spoke) FROM journey_entries WHERE journey = %b AND customer = ANY(%b::bytea[]) AND spoke > 0
    AND key <> ALL(%b::bytea[]) GROUP BY customer
"""
MOVE: Final = """
UPDATE journey_entries AS e SET step = t.step, wake = nullif(t.wake, 0), asked = t.asked, tries = t.tries,
    spoke = CASE WHEN t.spoke > 0 THEN t.spoke ELSE e.spoke END, outcome = t.outcome, changed = %b
FROM unnest(%b::bytea[], %b::int[], %b::bigint[], %b::bigint[], %b::int[], %b::bigint[], %b::text[])
    AS t (key, step, wake, asked, tries, spoke, outcome)
WHERE e.key = t.key
"""
COUNT: Final = """
INSERT INTO journey_counts (journey, version, step, what, n) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (journey, version, step, what) DO UPDATE SET n = journey_counts.n + excluded.n
"""
LEAVERS: Final = """
SELECT e.version, e.key, e.customer, e.step FROM journey_entries e
JOIN unnest(%b::bytea[], %b::bigint[]) AS t (customer, time) ON t.customer = e.customer AND e.started < t.time
WHERE e.journey = %b AND e.wake IS NOT NULL FOR UPDATE OF e
"""
LEAVE: Final = """
UPDATE journey_entries SET wake = NULL, outcome = %b, changed = %b WHERE key = ANY(%b::bytea[])
"""
# What of a journey waits to be sent to them is not wanted any more.
STOP: Final = """
UPDATE outbox o SET state = 'stopped', why = 'she did what ends it', changed = %b FROM decisions d
WHERE o.decision = d.id AND o.customer = ANY(%b::bytea[]) AND o.state IN ('waiting', 'held') AND d.kind = 'journey'
    AND d.name = %b
"""
# Whom an id stands for now: herself while she is there, else whoever holds what it was issued for.
CURRENT: Final = """
SELECT w.customer, CASE WHEN EXISTS (SELECT FROM bundles b WHERE b.customer = w.customer) THEN w.customer ELSE (
    SELECT a.customer FROM issued_ids n JOIN identifiers a ON a.key = n.anchor WHERE n.customer = w.customer) END
FROM unnest(%b::bytea[]) AS w (customer)
"""
IS_IN: Final = """
SELECT EXISTS (
    SELECT FROM journey_entries WHERE journey = %b AND customer = %b AND subject = %b AND wake IS NOT NULL AND key <> %b
)
"""
FORGET: Final = "DELETE FROM journey_entries WHERE wake IS NULL AND changed < %s"
REKEY: Final = "UPDATE journey_entries SET customer = %b WHERE key = %b"

# What happened.

_EVENT: Final = "e.time, e.name, e.source, e.message_id, e.origin, e.body"
HISTORY: Final = f"""
SELECT w.customer, {_EVENT}
FROM unnest(%b::bytea[], %b::bigint[]) AS w (customer, since)
JOIN bundles b ON b.customer = w.customer JOIN events e ON e.bundle = b.key AND e.time >= w.since
WHERE e.kind = 'track' AND e.name = ANY(%b::text[]) ORDER BY w.customer, e.time, e.id
"""
LAST_EVENT: Final = "SELECT coalesce(max(id), 0), 'events'::regclass::oid::bigint FROM events"
NEW: Final = f"""
SELECT e.id, e.received, b.customer, {_EVENT}
FROM events e LEFT JOIN bundles b ON b.key = e.bundle
WHERE e.id > %b AND e.id <= %b AND e.kind = 'track' AND e.name = ANY(%b::text[]) AND e.time >= %b ORDER BY e.id
"""
RECEIVED_FROM: Final = "SELECT id, received FROM events WHERE id >= %s ORDER BY id LIMIT 1"
LAST_RECEIVED: Final = "SELECT received FROM events WHERE id <= %s ORDER BY id DESC LIMIT 1"
PLACE: Final = "SELECT generation, place, received FROM journey_place"
PUT_PLACE: Final = """
INSERT INTO journey_place (one, generation, place, received) VALUES (true, %s, %s, %s)
ON CONFLICT (one) DO UPDATE SET generation = excluded.generation, place = excluded.place, received = excluded.received
"""
# The log's end, and how far the pipeline is.
BEHIND: Final = "SELECT coalesce((SELECT max(seq) FROM log), 0) > coalesce((SELECT seq FROM cursor), 0)"

# Stock.

LIES: Final = """
SELECT p.product, coalesce(bool_or(s.quantity > 0), false), count(s.product) FROM unnest(%b::text[]) AS p (product)
LEFT JOIN stock s ON s.product = p.product GROUP BY p.product
"""
SHELVES_NOW: Final = """
SELECT product, store, bool_or(quantity > 0) FROM stock WHERE product = ANY(%b::text[]) GROUP BY product, store
"""
SHELVES: Final = "SELECT product, store, lies FROM journey_shelves WHERE product = ANY(%b::text[])"
PUT_SHELVES: Final = """
INSERT INTO journey_shelves (product, store, lies)
SELECT product, store, lies FROM unnest(%b::text[], %b::text[], %b::bool[]) AS t (product, store, lies)
ON CONFLICT (product, store) DO UPDATE SET lies = excluded.lies
"""
ARTICLES: Final = "SELECT id FROM catalogue WHERE kind = 'article' AND refs && %b::text[] ORDER BY id LIMIT 1"

# Counts for people.

HERE: Final = """
SELECT journey, version, step, count(*) FROM journey_entries WHERE wake IS NOT NULL GROUP BY journey, version, step
"""
COUNTS: Final = "SELECT journey, version, step, what, n FROM journey_counts"
HERS: Final = """
SELECT journey, subject, started, step, wake, spoke, outcome FROM journey_entries WHERE customer = ANY(%s)
ORDER BY started
"""
ERASE: Final = "DELETE FROM journey_entries WHERE customer = ANY(%b::bytea[])"

# From here on DuckDB's, over the lake.

NEWEST: Final = "SELECT epoch_us(max(last_seen)) FROM customers"
REPLAYED: Final = """
SELECT e.customer, epoch_us(e.time), e.name, e.product, e.order_id, e.properties, e.origin, l.products
FROM events AS e
LEFT JOIN (
    SELECT space, order_id, list(DISTINCT product ORDER BY product) AS products FROM order_lines
    WHERE product IS NOT NULL AND day >= make_timestamp(?)::DATE GROUP BY space, order_id
) AS l ON l.space = e.space AND l.order_id = e.order_id AND e.name = 'Order Completed'
WHERE e.customer IS NOT NULL AND e.kind = 'track' AND e.day >= make_timestamp(?)::DATE AND e.time <= make_timestamp(?)
    AND list_contains(?, e.name)
ORDER BY e.customer, e.time, e.name, e.product, e.order_id
"""
INTERESTED: Final = """
SELECT i.product, i.customer, max(epoch_us(i.last)), any_value(s.stores)
FROM interactions AS i LEFT JOIN ({}) AS s USING (customer)
WHERE i.customer IS NOT NULL AND list_contains(?, i.product) AND i.last >= make_timestamp(?)
    AND i.kind IN ('viewed', 'saved', 'wishlisted')
    AND NOT EXISTS (
        SELECT 1 FROM order_lines AS o WHERE o.customer = i.customer AND o.product = i.product
            AND o.time >= make_timestamp(?)
    )
GROUP BY i.product, i.customer ORDER BY i.product, i.customer
"""
STORES: Final = "SELECT customer, stores FROM insights"
NO_STORES: Final = "SELECT NULL::VARCHAR AS customer, NULL::VARCHAR[] AS stores WHERE false"
