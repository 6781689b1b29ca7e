"""The SQL of this room: what the town needs of the Complete Journey's Parquet files (DuckDB; `?` is a file)."""

from typing import Final

DAYS: Final = "SELECT strftime(min(transaction_timestamp), '%Y-%m-%d') FROM read_parquet(?)"

# Two files: transactions, products. The best known products of the largest categories; fuel and coupons are no goods.
ASSORTMENT: Final = """
WITH bought AS (
    SELECT product_id, count(*) AS lines,
        quantile_disc(round(100 * (sales_value + retail_disc + coupon_match_disc) / quantity)::BIGINT, 0.5) AS price
    FROM read_parquet(?) WHERE quantity BETWEEN 1 AND 100 AND sales_value > 0 GROUP BY product_id
), named AS (
    SELECT product_id, lines, price, department, product_category, product_type, brand, package_size
    FROM bought JOIN read_parquet(?) USING (product_id)
    WHERE product_category IS NOT NULL AND department NOT IN ('FUEL', 'COUPON', 'MISCELLANEOUS') AND price > 0
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY product_category ORDER BY lines DESC, product_id) AS place,
        sum(lines) OVER (PARTITION BY product_category) AS total
    FROM named
), chosen AS (
    SELECT *, dense_rank() OVER (ORDER BY total DESC, product_category) AS category_place FROM ranked
)
SELECT category_place - 1, product_id, department, product_category, product_type, brand, package_size, price
FROM chosen WHERE category_place <= 40 AND place <= 20 ORDER BY category_place, place
"""

# The baskets of the first so many cards, by card and time (seconds since 1970).
BASKETS: Final = """
WITH cards AS (SELECT DISTINCT household_id FROM read_parquet($file) ORDER BY household_id LIMIT $cards)
SELECT household_id, epoch(transaction_timestamp)::BIGINT AS time, basket_id, store_id,
    list(product_id ORDER BY product_id)
FROM read_parquet($file) SEMI JOIN cards USING (household_id)
GROUP BY household_id, time, basket_id, store_id ORDER BY household_id, time, basket_id
"""
