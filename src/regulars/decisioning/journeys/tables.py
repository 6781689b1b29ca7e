"""The tables of journeys: every version of each, whether it runs, who is where in it, counts, what was read."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from regulars.storage.metadata import truth

journeys = Table(
    "journeys",
    truth,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
)

journey_switches = Table(
    "journey_switches",
    truth,
    Column("name", Text, primary_key=True),
    Column("running", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
)

journey_entries = Table(
    "journey_entries",
    truth,
    Column("key", LargeBinary, primary_key=True),
    Column("journey", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("customer", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("products", ARRAY(Text), nullable=False),
    Column("order_id", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("step", Integer, nullable=False),
    Column("wake", BigInteger),
    Column("asked", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("spoke", BigInteger, nullable=False, server_default="0"),
    Column("outcome", Text, nullable=False, server_default=""),
    Column("changed", BigInteger, nullable=False),
    Index("journey_entries_wake", "journey", "wake", postgresql_where="wake IS NOT NULL"),
    Index("journey_entries_once", "journey", "customer", "subject", unique=True, postgresql_where="wake IS NOT NULL"),
    Index("journey_entries_customer", "customer"),
)

journey_counts = Table(
    "journey_counts",
    truth,
    Column("journey", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("what", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
)

journey_place = Table(
    "journey_place",
    truth,
    Column("one", Boolean, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("place", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
)

journey_shelves = Table(
    "journey_shelves",
    truth,
    Column("product", Text, primary_key=True),
    Column("store", Text, primary_key=True),
    Column("lies", Boolean, nullable=False),
)
