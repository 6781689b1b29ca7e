"""Lines of CSV that a program for tables may open without running what somebody has typed into a field."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

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


def amount(minor: int, currency: str) -> str:
    """Money as programs read it: a decimal point, nothing else."""
    return str(Decimal(minor).scaleb(-exponent(currency)))


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULAS) and not _number(cell) else cell


def _number(cell: str) -> bool:
    """Whether it is only a negative amount."""
    return cell[0] == "-" and cell[1:].replace(".", "", 1).isdecimal() and cell.isascii()
