"""The tables of campaigns: each with how far it is, who is asked again later, counts."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from regulars.storage.metadata import truth

campaigns = Table(
    "campaigns",
    truth,
    Column("name", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("segment", Text, nullable=False),
    Column("variants", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("starts", BigInteger, nullable=False),
    Column("patience", BigInteger, nullable=False),
    Column("holdout", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("place", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
)

campaign_waiting = Table(
    "campaign_waiting",
    truth,
    Column("campaign", Text, primary_key=True),
    Column("customer", LargeBinary, primary_key=True),
    Column("wake", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("campaign_waiting_wake", "campaign", "wake"),
)

campaign_counts = Table(
    "campaign_counts",
    truth,
    Column("campaign", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
)
