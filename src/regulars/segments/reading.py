"""What of the lake an evaluation needs to know before it asks: as of when, and which figures of insight there are."""

import duckdb

from regulars.segments import queries
from regulars.segments.compiled import Columns
from regulars.segments.moment import moment
from regulars.storage.lake.in_memory import INSIGHTS


def newest(lake: duckdb.DuckDBPyConnection) -> int | None:
    """When anybody was last seen, in microseconds since 1970 UTC; None where nobody was."""
    row = lake.execute(queries.NEWEST).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def insight_columns(lake: duckdb.DuckDBPyConnection) -> Columns:
    """The columns of the view `insights`, with their types; none where there is no such view."""
    return {str(name): str(type_) for name, type_ in lake.execute(queries.COLUMNS_OF, [INSIGHTS]).fetchall()}


def moment_of(lake: duckdb.DuckDBPyConnection, mode: str, now: int) -> int:
    """As of when the lake is evaluated."""
    return moment(mode, now, newest(lake))
