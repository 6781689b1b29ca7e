"""The lake: what is known of customers as Parquet files, for questions over all of them."""
