"""The names of the schemas, and the version of what is derived."""

TRUTH_SCHEMA = "regulars"
DERIVED_SCHEMA = "derived"

PROJECTION_VERSION = 1
"""Version of the derived tables' shape and meaning; raising it asks for `regulars rebuild`."""
