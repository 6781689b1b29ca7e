"""The small SQL of insight, DuckDB's first, then PostgreSQL's; what computes stands in `sql/`."""

LATEST_DAY = """
SELECT max(day) FROM (SELECT max(last_seen)::DATE AS day FROM customers
    UNION ALL SELECT max(day) FROM orders WHERE NOT claimed)
"""
PLACES = "SELECT (sum(hash(label, kind, name)) % 9223372036854775783)::BIGINT FROM places"
PARAMETERS = "CREATE TEMP TABLE parameters AS SELECT ?::DATE AS as_of, ?::DATE AS before"
BEFORE = "CREATE TEMP TABLE {0}_before AS SELECT * FROM read_parquet({1})"
WHO_ALL = "CREATE TEMP TABLE who AS SELECT person FROM people"
WHO_CHANGED = "CREATE TEMP TABLE who AS SELECT person FROM who_changed"
COMPUTED = "SELECT count(*) FROM who"
CUSTOMERS = "SELECT count(*) FROM insights"
WITH_KEPT = "SELECT * FROM ({0}) UNION ALL BY NAME SELECT * FROM {1}_kept"
KINDS = """
SELECT table_name, 'TABLE' FROM duckdb_tables()
UNION ALL SELECT view_name, 'VIEW' FROM duckdb_views() WHERE NOT internal
"""
TYPED = "SELECT {} FROM ({})"
COPY = "COPY ({}) TO {} (FORMAT parquet, PARQUET_VERSION v2)"
READ = 'CREATE TEMP VIEW "{}" AS SELECT * FROM read_parquet({})'

# From the files to what pages read.

_SHOWN = (
    "epoch_us(first_order) AS first_order, epoch_us(last_order) AS last_order, * EXCLUDE (customer, as_of, recency, "
    "first_order, last_order)"
)
ROWS = f"""
CREATE TEMP VIEW {{0}} AS SELECT n.customer, n.stage, n.regular, n.ways, n AS whole, hash(n) AS print
FROM (SELECT customer, {_SHOWN} FROM read_parquet({{1}})) AS n
"""
CHANGED = """
SELECT unhex(n.customer), n.stage, n.regular, n.ways, to_json(n.whole)::VARCHAR FROM later AS n
ANTI JOIN earlier AS e ON e.customer = n.customer AND e.print = n.print
"""
GONE = "SELECT unhex(customer) FROM earlier ANTI JOIN later USING (customer)"
NOTHING = "CREATE TEMP TABLE earlier AS SELECT customer, print FROM later LIMIT 0"
TOTAL = "SELECT {} FROM read_parquet({})"

# PostgreSQL's.

LOADED = "SELECT run FROM insight_totals"
EMPTY = "TRUNCATE insights"
DELETE = "DELETE FROM insights WHERE customer = ANY(%b)"
LOADING = "CREATE TEMP TABLE insights_loading (LIKE insights) ON COMMIT DROP"
COPY_ROWS = "COPY insights_loading (customer, stage, regular, ways, body) FROM STDIN"
PUT_ROWS = """
INSERT INTO insights (customer, stage, regular, ways, body) SELECT customer, stage, regular, ways, body
FROM insights_loading AS l WHERE NOT EXISTS (SELECT FROM erased_customers AS e WHERE e.customer = l.customer)
ON CONFLICT (customer) DO UPDATE
SET stage = excluded.stage, regular = excluded.regular, ways = excluded.ways, body = excluded.body
"""
PUT_TOTALS = """
INSERT INTO insight_totals (one, run, as_of, made, body) VALUES (true, %s, %s, %s, %s)
ON CONFLICT (one) DO UPDATE SET run = excluded.run, as_of = excluded.as_of, made = excluded.made, body = excluded.body
"""
ANALYZE = "ANALYZE insights"
INSIGHT_OF = "SELECT body FROM insights WHERE customer = %s"
TOTALS = "SELECT as_of, made, body FROM insight_totals"
