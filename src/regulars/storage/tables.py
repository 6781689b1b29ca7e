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
)
