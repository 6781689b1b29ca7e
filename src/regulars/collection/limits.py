"""The bounds of the tracking API; sizes in bytes, after inflation unless stated."""

KB = 1024

MAX_EVENT = 32 * KB
MAX_BATCH = 500 * KB
MAX_ITEMS = 2_500

MAX_WIRE = MAX_BATCH
"""Bytes kept of a request before inflation: what is longer than this compressed is longer still when inflated."""

MAX_DRAIN = 8 * 1024 * KB
"""Bytes of an oversized request that are read and thrown away, so that its sender lives to read the answer."""

MAX_DEPTH = 64
"""Levels of nested objects and lists in one item, the item itself being the first."""

MAX_MESSAGE_ID = 100
MAX_ID = 256
"""Characters of a user, anonymous, previous, group or external id: they end up as index keys."""

MAX_NAME = 512
"""Characters of an event's, page's or screen's name."""

MAX_EXTERNAL_IDS = 32

MAX_KEPT = 32 * KB
"""Bytes kept of a request that could not be read at all."""
