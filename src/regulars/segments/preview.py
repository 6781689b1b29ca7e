"""What a rule would give, before it is kept: how many, how many can be written to, and some of them."""

import time
from pathlib import Path
from typing import Any, Final

import msgspec

from regulars.segments import queries, tree
from regulars.segments.compiled import members_tree
from regulars.segments.moment import moment
from regulars.segments.reach import CHANNELS
from regulars.segments.rule import Group
from regulars.storage.asked import Columns, End
from regulars.storage.asking import ask
from regulars.storage.engine import LakeError
from regulars.storage.lake.in_memory import INSIGHTS
from regulars.storage.lake.insight_files import columns

SECONDS: Final = 15.0
MEMORY: Final = "1GB"


class Preview(msgspec.Struct, frozen=True):
    """How many customers a rule takes, as of when (microseconds since 1970 UTC), reach by channel, and some ids."""

    count: int
    at: int
    reach: list[tuple[str, int]]
    sample: list[str]


def preview(lake: Path, rule: Group, mode: str, seconds: float = SECONDS) -> Preview:
    """Ask the lake, in a process of its own. Raises BadRule and LakeError."""
    now = time.time_ns() // 1000
    found = _first(lake, queries.NEWEST, seconds)
    at = moment(mode, now, None if found is None else found[0])
    query = members_tree(rule, at, columns()[INSIGHTS], None, ("last_seen",))
    try:
        row = _first(lake, queries.PREVIEW.format(tree.sql(query)), seconds)
    except LakeError as error:
        if "longer than" in str(error):
            raise LakeError(f"this took longer than {seconds:g} s: ask for less") from None
        raise
    if row is None:
        raise LakeError("the lake gave no answer")
    counts = {str(each["channel"]): int(each["count"]) for each in row[1]}
    reach = [(channel, counts.get(channel, 0)) for channel in CHANNELS]
    return Preview(int(row[0]), at, reach, [str(each) for each in row[2] or []])


def _first(lake: Path, query: str, seconds: float) -> list[Any] | None:
    rows: list[list[Any]] = []
    for part in ask(lake, query, limit=1, seconds=seconds, memory=MEMORY):
        if not isinstance(part, Columns | End):
            rows += part.rows
    return rows[0] if rows else None
