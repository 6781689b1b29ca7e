"""Goes on for ever, through PostgreSQL's restarts."""

import time
from collections.abc import Callable
from typing import Final, NoReturn

import psycopg

from regulars.cli.logs import Say
from regulars.storage.database import DatabaseError
from regulars.storage.folder import FolderError

AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError, DatabaseError, FolderError)
"""What is raised while PostgreSQL is away."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 2.0
STEADY_SECONDS: Final = 10.0
"""Who worked for so long before it went away begins with the shortest pause again."""


def endure(work: Callable[[], None], say: Say) -> NoReturn:
    """Do this work again and again; while PostgreSQL is away it is told, and waited for a little longer each time."""
    pause = FIRST_PAUSE
    while True:
        started = time.monotonic()
        try:
            work()
        except AWAY as error:
            kind = type(error).__name__
            if time.monotonic() - started > STEADY_SECONDS:
                pause = FIRST_PAUSE
            say(f"PostgreSQL is away ({kind}); trying again", "database_away", error=kind, again_in_s=pause)
            time.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
