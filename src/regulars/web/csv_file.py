"""Lines of CSV that a program for tables may open without running what somebody has typed into a field."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from decimal import Decimal
from typing import Final

from litestar.response import Stream

from regulars.model.money import exponent

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that such a program takes for a formula (OWASP, CSV injection)."""


def csv_line(cells: Iterable[str]) -> str:
    """One line, quoted where need be; what might be a formula gets an apostrophe, which such programs hide."""
    line = io.StringIO()
    csv.writer(line).writerow(
        [f"'{cell}" if cell.startswith(FORMULAS) and not _number(cell) else cell for cell in cells]
    )
    return line.getvalue()


def csv_answer(name: str, lines: AsyncIterator[str]) -> Stream:
    """A table to take along under this name; lines are sent as they are made."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Stream(_marked(lines), media_type="text/csv; charset=utf-8", headers=headers)


async def _marked(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    # Programs that open tables take it for UTF-8 only with this mark.
    yield "\ufeff"
    async for line in lines:
        yield line


def amount(minor: int, currency: str) -> str:
    """Money as programs read it: a decimal point, nothing else."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def _number(cell: str) -> bool:
    """Whether it is only a negative amount."""
    return cell[0] == "-" and cell[1:].replace(".", "", 1).isdecimal() and cell.isascii()
