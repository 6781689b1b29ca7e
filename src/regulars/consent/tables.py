"""The tables of consent: the ledger of words, suppressions, preferences, and what promotions wait for.

They are all kept under the keyed name of an identifier, so that they follow it through every merge and split.
"""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, LargeBinary, SmallInteger, Table, Text

from regulars.storage.metadata import truth

consent_words = Table(
    "consent_words",
    truth,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("customer", LargeBinary, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("covers_all", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Index("consent_words_key", "key"),
    Index("consent_words_customer", "customer"),
)

suppressions = Table(
    "suppressions",
    truth,
    Column("key", LargeBinary, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("proof", Text, nullable=False),
)

preferences = Table(
    "preferences",
    truth,
    Column("key", LargeBinary, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("paused_until", BigInteger, nullable=False),
    Column("quiet_from", SmallInteger),
    Column("quiet_to", SmallInteger),
    Column("zone", Text, nullable=False),
    Column("less_often", Boolean, nullable=False),
    Column("language", Text, nullable=False),
)

consent_holds = Table(
    "consent_holds",
    truth,
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("consent_holds_key", "key"),
)
