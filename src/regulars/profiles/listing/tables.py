"""The table of customers, and the words of their names."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

from regulars.profiles.listing.queries import REFUSED
from regulars.storage.metadata import derived

customers = Table(
    "customers",
    derived,
    Column("id", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sorted", Text(collation="C"), nullable=False),
    Column("words", Text, nullable=False),
    Column("known", ARRAY(Text), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("stores", ARRAY(Text), nullable=False),
    Column("orders", Integer, nullable=False),
    Column("spend", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("consents", ARRAY(Text), nullable=False),
    Column("cart", Integer, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Index("customers_last", "last", "id"),
    Index("customers_first", "first", "id"),
    Index("customers_spend", "spend", "id"),
    Index("customers_orders", "orders", "id"),
    Index("customers_sorted", "sorted", "id"),
    Index("customers_cart", "last", "id", postgresql_where="cart > 0"),
    Index("customers_simulated", "last", "id", postgresql_where="simulated"),
    Index("customers_refused", "last", "id", postgresql_where=REFUSED),
    Index("customers_stores", "stores", postgresql_using="gin"),
    Index("customers_words", "words", postgresql_using="gin", postgresql_ops={"words": "gin_trgm_ops"}),
)

name_words = Table(
    "name_words",
    derived,
    Column("word", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
)
"""How many customers' names hold a word: what a misspelling is held against."""
