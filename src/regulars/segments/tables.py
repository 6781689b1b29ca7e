"""The tables of segments: every version of each rule, who is in and was, and how the last evaluation went."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text

from regulars.storage.metadata import truth

segments = Table(
    "segments",
    truth,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
)

memberships = Table(
    "memberships",
    truth,
    Column("segment", Text, primary_key=True),
    Column("customer", LargeBinary, primary_key=True),
    Column("joined", BigInteger, nullable=False),
    Column("gone", BigInteger),
    Column("changes", Integer, nullable=False),
    Index("memberships_customer", "customer"),
)

evaluations = Table(
    "evaluations",
    truth,
    Column("segment", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("members", BigInteger, nullable=False),
    Column("joined", BigInteger, nullable=False),
    Column("gone", BigInteger, nullable=False),
    Column("reach", Text, nullable=False),
    Column("error", Text, nullable=False),
)
