"""The tables of measurement: what was opened, followed and shown, and every result as it was last measured."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text

from regulars.storage.metadata import truth

touches = Table(
    "touches",
    truth,
    Column("decision", LargeBinary, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("machine", Text, primary_key=True),
    Column("place", LargeBinary, primary_key=True),
    Column("customer", LargeBinary, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Index("touches_customer", "customer"),
    Index("touches_last", "last"),
)

results = Table(
    "results",
    truth,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
