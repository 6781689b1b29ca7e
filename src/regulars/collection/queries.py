"""The SQL of this room: how the Complete Journey's Parquet files are checked and read (DuckDB; `?` is a file)."""

from typing import Final

# Per file: its columns, the DuckDB type each must hold, and whether each row must have a value.
COMPLETEJOURNEY_COLUMNS: Final[dict[str, dict[str, tuple[str, bool]]]] = {
    "transactions": {
        "household_id": ("BIGINT", True),
        "store_id": ("BIGINT", True),
        "basket_id": ("BIGINT", True),
        "product_id": ("BIGINT", True),
        "quantity": ("BIGINT", True),
        "sales_value": ("DECIMAL(12, 2)", True),
        "retail_disc": ("DECIMAL(12, 2)", True),
        "coupon_disc": ("DECIMAL(12, 2)", True),
        "coupon_match_disc": ("DECIMAL(12, 2)", True),
        "transaction_timestamp": ("TIMESTAMP", True),
    },
    "products": {
        "product_id": ("BIGINT", True),
        "manufacturer_id": ("BIGINT", False),
        "department": ("VARCHAR", False),
        "brand": ("VARCHAR", False),
        "product_category": ("VARCHAR", False),
        "product_type": ("VARCHAR", False),
        "package_size": ("VARCHAR", False),
    },
    "demographics": {
        "household_id": ("BIGINT", True),
        "age": ("VARCHAR", False),
        "income": ("VARCHAR", False),
        "home_ownership": ("VARCHAR", False),
        "marital_status": ("VARCHAR", False),
        "household_size": ("VARCHAR", False),
        "household_comp": ("VARCHAR", False),
        "kids_count": ("VARCHAR", False),
    },
    "campaign_descriptions": {
        "campaign_id": ("BIGINT", True),
        "campaign_type": ("VARCHAR", True),
        "start_date": ("TIMESTAMP", True),
        "end_date": ("TIMESTAMP", True),
    },
    "campaigns": {"campaign_id": ("BIGINT", True), "household_id": ("BIGINT", True)},
    "coupons": {"coupon_upc": ("BIGINT", True), "product_id": ("BIGINT", True), "campaign_id": ("BIGINT", True)},
    "coupon_redemptions": {
        "household_id": ("BIGINT", True),
        "coupon_upc": ("BIGINT", True),
        "campaign_id": ("BIGINT", True),
        "redemption_date": ("TIMESTAMP", True),
    },
}

# How the types above may be stored: beginnings of DuckDB's names for them.
STORED_AS: Final[dict[str, tuple[str, ...]]] = {
    "BIGINT": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"),
    "DECIMAL(12, 2)": ("DOUBLE", "FLOAT", "DECIMAL", "BIGINT", "INTEGER"),
    "TIMESTAMP": ("TIMESTAMP", "DATE"),
    "VARCHAR": ("VARCHAR",),
}

# Column names and types of a file, without reading its rows.
COLUMNS: Final = "SELECT * FROM read_parquet(?) LIMIT 0"

ALL_OF_PARQUET: Final = "SELECT * FROM read_parquet(?)"


def unreadable(columns: dict[str, tuple[str, bool]]) -> str:
    """SQL giving, per column in order, how many rows lack the value or hold one out of its range."""
    tests = (
        f"count(*) FILTER (WHERE TRY_CAST({name} AS {kind}) IS NULL{'' if needed else f' AND {name} IS NOT NULL'})"
        for name, (kind, needed) in columns.items()
    )
    return f"SELECT {', '.join(tests)} FROM read_parquet(?)"


# A basket is one visit of one household to one store; its lines carry no ids of their own that could prove it.
TORN_BASKETS: Final = """
SELECT basket_id FROM read_parquet(?) GROUP BY basket_id
HAVING min(household_id) <> max(household_id) OR min(store_id) <> max(store_id)
    OR min(transaction_timestamp) <> max(transaction_timestamp)
ORDER BY basket_id LIMIT 1
"""

FIRST_DAY: Final = "SELECT strftime(min(transaction_timestamp), '%Y-%m-%d') FROM read_parquet(?)"

# Money leaves as whole cents: sums of doubles depend on their order.
LINES: Final = """
SELECT epoch(transaction_timestamp)::BIGINT, basket_id, household_id, store_id, product_id, quantity::BIGINT,
    round(sales_value * 100)::BIGINT, round(retail_disc * 100)::BIGINT,
    round(coupon_disc * 100)::BIGINT, round(coupon_match_disc * 100)::BIGINT, sales_value = 0
FROM read_parquet(?, file_row_number = true)
ORDER BY transaction_timestamp, basket_id, file_row_number
"""

PRODUCTS: Final = """
SELECT product_id, manufacturer_id, department, product_category, product_type, brand, package_size
FROM read_parquet(?) ORDER BY product_id
"""

# Where a product's number speaks of something else than pieces, whatever the number is.
FUEL: Final = "SELECT product_id FROM read_parquet(?) WHERE department = 'FUEL' OR product_type LIKE 'GASOLINE%'"

STORES: Final = """
SELECT store_id, strftime(min(transaction_timestamp), '%Y-%m-%dT%H:%M:%SZ') FROM read_parquet(?)
GROUP BY store_id ORDER BY store_id
"""

CAMPAIGNS: Final = """
SELECT campaign_id, campaign_type, strftime(start_date, '%Y-%m-%d'), strftime(end_date, '%Y-%m-%d')
FROM read_parquet(?) ORDER BY campaign_id
"""

COUPONS: Final = """
SELECT coupon_upc, campaign_id, list_sort(list(DISTINCT product_id)), count(*)
FROM read_parquet(?) GROUP BY coupon_upc, campaign_id ORDER BY campaign_id, coupon_upc
"""

MAILINGS: Final = "SELECT household_id, campaign_id FROM read_parquet(?) ORDER BY campaign_id, household_id"

REDEMPTIONS: Final = """
SELECT household_id, coupon_upc, campaign_id, strftime(redemption_date, '%Y-%m-%d')
FROM read_parquet(?) ORDER BY redemption_date, household_id, campaign_id, coupon_upc
"""

# Two files: transactions, demographics. A household may stand in either alone.
HOUSEHOLDS: Final = """
WITH seen AS (
    SELECT household_id, strftime(min(transaction_timestamp), '%Y-%m-%dT%H:%M:%SZ') AS first
    FROM read_parquet(?) GROUP BY household_id
)
SELECT coalesce(s.household_id, d.household_id) AS household, s.first, d.household_id IS NOT NULL,
    d.age, d.income, d.home_ownership, d.marital_status, d.household_size, d.household_comp, d.kids_count
FROM seen s FULL JOIN read_parquet(?) d ON d.household_id = s.household_id
ORDER BY household
"""

REFUSED_BEFORE: Final = """
SELECT body FROM rejected WHERE source = %s AND trust = %s AND reason = ANY(%s) AND body = ANY(%s)
"""
