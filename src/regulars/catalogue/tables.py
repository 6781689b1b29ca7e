"""The catalogue's tables: things as registers, their amounts of money and stock by key, and products merely seen."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Numeric, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from regulars.storage.metadata import derived


def _rank() -> tuple[Column[int], Column[int], Column[str], Column[str], Column[bool]]:
    """Whose word a row is."""
    return (
        Column("precedence", Integer, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("simulated", Boolean, nullable=False),
    )


catalogue = Table(
    "catalogue",
    derived,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("words", Text, nullable=False),
    Column("refs", ARRAY(Text), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(
        "catalogue_words",
        "words",
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
        postgresql_where="words <> ''",
    ),
    Index("catalogue_refs", "refs", postgresql_using="gin"),
)

amounts = Table(
    "amounts",
    derived,
    Column("product", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("valid_from", BigInteger, primary_key=True),
    Column("minor", BigInteger),
    *_rank(),
)

stock = Table(
    "stock",
    derived,
    Column("product", Text, primary_key=True),
    Column("variant", Text, primary_key=True),
    Column("store", Text, primary_key=True),
    Column("quantity", Numeric),
    *_rank(),
    Index("stock_store", "store", "product"),
)

# Without an index for the search: it would cost every import of orders more than the search ever gains.
seen_products = Table(
    "seen_products",
    derived,
    Column("product", Text, primary_key=True),
    Column("client", Boolean, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("bundle", LargeBinary),
    Column("lost", Boolean, nullable=False, server_default="false"),
    Column("words", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
