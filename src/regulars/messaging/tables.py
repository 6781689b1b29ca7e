"""The table of messages: every version of each."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table, Text

from regulars.storage.metadata import truth

messages = Table(
    "messages",
    truth,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
)
