"""What the doctor finds: a check, how it stands, and how to mend it."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """How a check stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True):
    """One finding; `mend` says what to do, and is empty where there is nothing to do."""

    check: str
    level: Level
    found: str
    mend: str = ""


def ok(check: str, found: str) -> Finding:
    """A check that is as it should be."""
    return Finding(check, Level.OK, found)


def warn(check: str, found: str, mend: str) -> Finding:
    """Something that should be looked at."""
    return Finding(check, Level.WARN, found, mend)


def fail(check: str, found: str, mend: str) -> Finding:
    """Something that must be mended."""
    return Finding(check, Level.FAIL, found, mend)


def megabytes(size: int) -> str:
    """A number of bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
