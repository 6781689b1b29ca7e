"""The tables of the shop floor: claimed receipts, addresses to be confirmed, the store at which each user works."""

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, Table, Text

from regulars.storage.metadata import truth

receipt_claims = Table(
    "receipt_claims",
    truth,
    # Keyed, and nobody's: it says that a receipt was claimed, not by whom.
    Column("receipt", LargeBinary, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

confirmations = Table(
    "confirmations",
    truth,
    # By the address's keyed name; `asked` once a message was decided on, `tried` and `confirmed` are when.
    Column("key", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("proof", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("asked", Boolean, nullable=False, server_default="false"),
    Column("tried", BigInteger, nullable=False, server_default="0"),
    Column("confirmed", BigInteger, nullable=False, server_default="0"),
)

floor_stores = Table(
    "floor_stores",
    truth,
    Column("user_id", BigInteger, primary_key=True),
    Column("store", Text, nullable=False),
    Column("chosen", BigInteger, nullable=False),
)
