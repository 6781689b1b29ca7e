"""The tables of decisions: what may be done, by what it was decided, the ledger, who was contacted, the outbox."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from regulars.storage.metadata import truth

actions = Table(
    "actions",
    truth,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("body", Text, nullable=False),
)

rulebooks = Table(
    "rulebooks",
    truth,
    Column("version", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)

decisions = Table(
    "decisions",
    truth,
    Column("id", LargeBinary, primary_key=True),
    Column("occasion", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("customer", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("probability", Double, nullable=False),
    Column("arm", Text, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("again", BigInteger, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("words", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("decisions_customer", "customer", "at"),
    Index("decisions_name", "kind", "name", "at"),
    Index("decisions_at", "at", postgresql_using="brin"),
)
"""Append-only. `action`, `version`, `channel` are of what was done (`done`) or held back (`arm`), '' for nothing."""

contacts = Table(
    "contacts",
    truth,
    Column("decision", LargeBinary, primary_key=True),
    Column("customer", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("seen", Boolean, nullable=False),
    Index("contacts_customer", "customer", "at"),
)
"""What was handed to whoever asked, such as a place on the site; what we deliver ourselves stands in the outbox."""

outbox = Table(
    "outbox",
    truth,
    Column("decision", LargeBinary, primary_key=True),
    Column("customer", LargeBinary, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("variant", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("context", JSONB, nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("doubtful", Integer, nullable=False, server_default="0"),
    Column("message_id", Text, nullable=False, server_default=""),
    Column("at", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("why", Text, nullable=False, server_default=""),
    Index("outbox_customer", "customer", "at"),
    Index("outbox_waiting", "channel", "not_before", postgresql_where="state = 'waiting'"),
    Index("outbox_sending", "changed", postgresql_where="state = 'sending'"),
    Index("outbox_changed", "changed"),
)
