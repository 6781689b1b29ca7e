"""What is wrong with a row of a file: which row, which column, which value, and how to mend it."""

from typing import Any

import msgspec

from regulars.collection.body import Unreadable
from regulars.model.rejection import Reason

SHOWN = 200
"""Characters shown of a value."""


class BadCell(Exception):
    """Raised where a value cannot be what the map says it is; the message never holds the value."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class BadRow(Exception):
    """Raised where a row cannot become what the map says; `column` and `value` are '' where it is none of one cell."""

    def __init__(self, reason: Reason, message: str, column: str = "", value: Any = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.column = column
        self.value = shown(value)


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A row that is not taken. `rows` are all rows held back with it; `cells` is what the map reads of it."""

    file: str
    row: int
    reason: Reason
    message: str
    column: str = ""
    value: str = ""
    rows: tuple[int, ...] = ()
    cells: dict[str, str] = {}

    def __str__(self) -> str:
        where = f"{self.file}, row {self.row}"
        if self.column:
            where += f", {self.column} = {self.value!r}"
        return f"{where}: {self.message}"

    def refused(self) -> Unreadable:
        """The problem as what goes to `rejected`; the value stands in its bytes only, where an erasure looks for it."""
        where = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return Unreadable(self.reason, f"{where}: {self.message}", msgspec.json.encode(self))


def shown(value: Any) -> str:
    """A value for people to look at: one line, cut."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text[:SHOWN])
