"""The identity tables: identifiers, bundles, who is in which, the evidence for them, and links said by hand."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from regulars.storage.metadata import derived

identifiers = Table(
    "identifiers",
    derived,
    Column("key", LargeBinary, primary_key=True),
    Column("type", Text, nullable=False),
    Column("space", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("normaliser", SmallInteger, nullable=False),
    Column("server", Boolean, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("standing", Text, nullable=False, server_default=""),
    Column("customer", LargeBinary),
    # Only whole values are looked up here; to keep such indexes costs next to nothing, in contrast to sorted ones.
    Index("identifiers_value", "value", postgresql_using="hash"),
    Index("identifiers_customer", "customer", postgresql_using="hash"),
    # Parts are searched of what people read out; an index of every cookie's parts would cost more than all the rest.
    Index(
        "identifiers_search",
        "value",
        postgresql_using="gin",
        postgresql_ops={"value": "gin_trgm_ops"},
        postgresql_where="type NOT IN ('anonymous_id', 'device_id', 'user_id')",
    ),
)

bundles = Table(
    "bundles",
    derived,
    Column("key", LargeBinary, primary_key=True),
    Column("trust", SmallInteger, nullable=False),
    Column("members", ARRAY(LargeBinary), nullable=False),
    Column("fallback", Text, nullable=False, server_default=""),
    Column("customer", LargeBinary),
    Index("bundles_customer", "customer", postgresql_using="hash"),
)

members = Table(
    "members",
    derived,
    Column("identifier", LargeBinary, primary_key=True),
    Column("bundle", LargeBinary, primary_key=True),
    Column("joins", Boolean, nullable=False),
)

evidence = Table(
    "evidence",
    derived,
    Column("bundle", LargeBinary, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)

links = Table(
    "links",
    derived,
    Column("a", LargeBinary, primary_key=True),
    Column("b", LargeBinary, primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("word", Text, nullable=False),
    Column("trust", SmallInteger, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("message_id", Text, nullable=False),
    Index("links_b", "b"),
)

erased_neighbours = Table(
    "erased_neighbours",
    derived,
    Column("identifier", LargeBinary, primary_key=True),
    Column("neighbour", LargeBinary, primary_key=True),
    Column("server", Boolean, primary_key=True),
    Column("type", Text, nullable=False),
    Column("space", Text, nullable=False),
)

erased_identifiers = Table(
    "erased_identifiers",
    derived,
    Column("identifier", LargeBinary, primary_key=True),
    Column("times", SmallInteger, nullable=False),
)

erased_customers = Table(
    "erased_customers",
    derived,
    Column("customer", LargeBinary, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
