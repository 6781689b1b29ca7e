"""What pages read of insight: a row a customer, and one row of totals; copied from the lake's files."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Table, Text

from regulars.storage.metadata import derived

insights = Table(
    "insights",
    derived,
    Column("customer", LargeBinary, primary_key=True),
    Column("stage", Text),
    Column("regular", Boolean, nullable=False),
    Column("ways", Text),
    Column("body", Text, nullable=False),
    Index("insights_stage", "stage", "regular", "customer"),
    Index("insights_ways", "ways", "customer"),
)

insight_totals = Table(
    "insight_totals",
    derived,
    Column("one", Boolean, primary_key=True),
    Column("run", Text, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)
