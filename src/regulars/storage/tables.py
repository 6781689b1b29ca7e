"""The tables of the truth (log, sources, keys, issued customer ids, audit) and of the pipeline's own state."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, LargeBinary, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from regulars.storage.metadata import derived, truth

installation = Table(
    "installation",
    truth,
    Column("fingerprint", LargeBinary, primary_key=True),
)

log = Table(
    "log",
    truth,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("received", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

sources = Table(
    "sources",
    truth,
    Column("name", Text, primary_key=True),
    Column("trust", SmallInteger, primary_key=True),
    Column("id_group", Text, nullable=False),
    Column("precedence", Integer, nullable=False, server_default="0"),
)

keys = Table(
    "keys",
    truth,
    Column("hash", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger),
)

issued_ids = Table(
    "issued_ids",
    truth,
    Column("customer", LargeBinary, primary_key=True),
    Column("anchor", LargeBinary, nullable=False),
    Column("members", ARRAY(LargeBinary), nullable=False),
)

audit = Table(
    "audit",
    truth,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("customer", LargeBinary),
    Column("detail", Text, nullable=False, server_default=""),
)

retention_runs = Table(
    "retention_runs",
    truth,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("class", Text, nullable=False),
    Column("cutoff", BigInteger, nullable=False),
    Column("place", BigInteger, nullable=False, server_default="0"),
    Column("removed", BigInteger, nullable=False, server_default="0"),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("error", Text, nullable=False, server_default=""),
    Index("retention_runs_class", "class", "place"),
)

imports = Table(
    "imports",
    truth,
    Column("id", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("map", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    Column("place", Text, nullable=False, server_default=""),
    Column("items", BigInteger, nullable=False, server_default="0"),
    Column("added", BigInteger, nullable=False, server_default="0"),
    Column("present", BigInteger, nullable=False, server_default="0"),
    Column("rejected", BigInteger, nullable=False, server_default="0"),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger),
    Column("report", Text, nullable=False, server_default=""),
)

retractions = Table(
    "retractions",
    truth,
    Column("seq", BigInteger, primary_key=True),
    Column("what", Text, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("back", BigInteger, nullable=False),
)

cursor = Table(
    "cursor",
    derived,
    Column("one", Boolean, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("projection_version", Integer, nullable=False),
    Column("rules", Text, nullable=False),
)

totals = Table(
    "totals",
    derived,
    Column("one", Boolean, primary_key=True),
    Column("body", Text, nullable=False),
)

import_counts = Table(
    "import_counts",
    derived,
    Column("run", Text, primary_key=True),
    Column("items", BigInteger, nullable=False),
    Column("added", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
)

message_ids = Table(
    "message_ids",
    derived,
    Column("key", LargeBinary, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

rejected = Table(
    "rejected",
    derived,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("item", Text, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("trust", SmallInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("rejected_reason", "reason", "id"),
)

events = Table(
    "events",
    derived,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("bundle", LargeBinary),
    Column("time", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("trust", SmallInteger, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("flags", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("events_bundle_time", "bundle", "time"),
    # For the few words that are looked for by name; `recommendations.queries` names them alike.
    Index(
        "events_words",
        "bundle",
        postgresql_where="kind = 'track' AND name IN "
        "('Gift Marked', 'Gift Unmarked', 'Recommendation Hidden', 'Recommendation Shown Again')",
    ),
)

stale = Table(
    "stale",
    derived,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("names", LargeBinary, nullable=False),
)

stale_customers = Table(
    "stale_customers",
    derived,
    Column("customer", LargeBinary, primary_key=True),
)

lake_state = Table(
    "lake_state",
    derived,
    Column("one", Boolean, primary_key=True),
    Column("as_of", BigInteger, nullable=False),
    Column("place", BigInteger, nullable=False),
)

retold = Table(
    "retold",
    derived,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("bundle", LargeBinary, nullable=False),
)
