"""How many members may be written to, channel by channel: by the last word of each for marketing."""

from typing import Final

import duckdb

from regulars.segments import queries

CHANNELS: Final = ("email", "sms", "phone", "push", "post")


def reach(lake: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    """How many of the customers in the table `found` said yes to marketing by each channel, and did not take it back.

    It is for counting: whether a message may go is decided by the profile, address by address.
    """
    rows = dict(lake.execute(queries.REACH).fetchall())
    return [(channel, int(rows.get(channel, 0))) for channel in CHANNELS]
