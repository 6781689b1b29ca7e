"""The tables of the shop floor: which receipts were claimed, and the store at which each user works."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from regulars.storage.metadata import truth

receipt_claims = Table(
    "receipt_claims",
    truth,
    # Keyed, and nobody's: it says that a receipt was claimed, not by whom.
    Column("receipt", LargeBinary, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

floor_stores = Table(
    "floor_stores",
    truth,
    Column("user_id", BigInteger, primary_key=True),
    Column("store", Text, nullable=False),
    Column("chosen", BigInteger, nullable=False),
)
