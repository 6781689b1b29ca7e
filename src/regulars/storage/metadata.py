"""The two sets of tables: the truth, which is migrated, and what is derived from it, which is rebuilt."""

from sqlalchemy import MetaData

TRUTH_SCHEMA = "regulars"
DERIVED_SCHEMA = "derived"

truth = MetaData()
derived = MetaData()

PROJECTION_VERSION = 1
"""Version of the derived tables' shape and meaning; raising it asks for `regulars rebuild`."""
