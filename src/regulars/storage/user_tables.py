"""The tables of those who work here: users, one-time links, sessions, and how often signing in failed."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Text

from regulars.storage.metadata import truth

users = Table(
    "users",
    truth,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False, server_default=""),
    Column("locale", Text, nullable=False, server_default=""),
    Column("timezone", Text, nullable=False, server_default=""),
    Column("created", BigInteger, nullable=False),
    Column("ended", BigInteger),
)

one_time_links = Table(
    "one_time_links",
    truth,
    Column("hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
)

sessions = Table(
    "sessions",
    truth,
    Column("hash", LargeBinary, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("agent", Text, nullable=False),
    Index("sessions_user", "user_id"),
)

failed_sign_ins = Table(
    "failed_sign_ins",
    truth,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
)
