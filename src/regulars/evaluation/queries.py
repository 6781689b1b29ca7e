"""The SQL of evaluations: what is read of data sets (DuckDB; `?` is a file)."""

# A row a household, product and basket; the store of a basket is one.
BASKETS = """
SELECT household_id AS household, product_id::VARCHAR AS product, min(store_id)::VARCHAR AS store,
    min(epoch(transaction_timestamp)) / 86400 AS day
FROM read_parquet(?) GROUP BY household_id, product_id, basket_id ORDER BY day, household, product
"""
