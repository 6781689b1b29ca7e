"""The lake kept current: what PostgreSQL holds, written as the Parquet files of `storage.lake`."""
