"""The names of the schemas, and the version of what is derived."""

TRUTH_SCHEMA = "regulars"
DERIVED_SCHEMA = "derived"

PROJECTION_VERSION = 4
"""Version of the derived tables' shape and meaning.

A pipeline that finds tables of a lower one makes them anew; one that finds a higher one refuses: it is the older one.
So it goes up with whatever changes what is derived, the versions of fragments and normalisers included.
"""
