"""The two sets of tables: the truth, which is migrated, and what is derived from it, which is rebuilt."""

from sqlalchemy import MetaData

truth = MetaData()
derived = MetaData()
