"""The tables of deliveries: the sandbox mailbox, what came in by e-mail, soft bounces, questions and their turns."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, LargeBinary, Table, Text, text

from regulars.storage.metadata import truth

mailbox = Table(
    "mailbox",
    truth,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("decision", LargeBinary, nullable=False, unique=True),
    Column("customer", LargeBinary, nullable=False),
    Column("channel", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("mailbox_customer", "customer"),
)

inbound = Table(
    "inbound",
    truth,
    Column("key", LargeBinary, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("decision", LargeBinary),
    Column("customer", LargeBinary),
    Column("why", Text, nullable=False),
    Index("inbound_at", "at"),
    Index("inbound_customer", "customer"),
)

soft_bounces = Table(
    "soft_bounces",
    truth,
    Column("key", LargeBinary, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("handed", BigInteger, nullable=False, server_default="0"),
)

questions = Table(
    "questions",
    truth,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("customer", LargeBinary),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("decision", LargeBinary),
    Column("at", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", BigInteger),
    Index("questions_customer", "customer", postgresql_where=text("state = 'open'")),
    Index("questions_changed", "state", "changed"),
    Index("questions_address", "address"),
)

question_turns = Table(
    "question_turns",
    truth,
    Column("question", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("actor", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("cut", Boolean, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("decision", LargeBinary),
    Index("question_turns_message_id", "message_id"),
)
