"""The profile tables: fragments, orders, interactions and consents."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, SmallInteger, Table, Text, text

from regulars.storage.metadata import derived

fragments = Table(
    "fragments",
    derived,
    Column("bundle", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Index(
        "fragments_name",
        "name",
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
        postgresql_where="name <> ''",
    ),
)

orders = Table(
    "orders",
    derived,
    Column("space", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("bundle", LargeBinary, primary_key=True),
    Column("reports", LargeBinary, nullable=False),
    Index("orders_bundle", "bundle"),
    # People type the last digits of a number.
    Index("orders_ending", text("reverse(lower(order_id)) text_pattern_ops")),
)

refunds = Table(
    "refunds",
    derived,
    Column("space", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("trust", SmallInteger, primary_key=True),
    Column("bundle", LargeBinary),
    Column("kind", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("refunds_bundle", "bundle"),
)

interactions = Table(
    "interactions",
    derived,
    Column("bundle", LargeBinary, primary_key=True),
    Column("product", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("n", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)

consents = Table(
    "consents",
    derived,
    Column("bundle", LargeBinary, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("space", Text, primary_key=True),
    Column("covers_all", Boolean, primary_key=True),
    Column("trust", SmallInteger, primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Index("consents_address", "address"),
)
