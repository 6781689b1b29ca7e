"""How pages explain and correct who is who: in a thread and on a connection of its own, since that waits."""

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

from regulars.identity.bundle import identifier_key
from regulars.identity.correct import End
from regulars.identity.lookup import BadLookup
from regulars.model.identifier import Identifier
from regulars.profiles import corrections
from regulars.profiles.corrections import Correcting, Ends
from regulars.storage import database, live
from regulars.storage.database import Connection
from regulars.web.customers import typed
from regulars.web.site import Site

T = TypeVar("T")

AT_ONCE = 2
"""The pipeline waits while something is tried out, so only so many may be tried at the same time."""
PATIENCE = 10.0
LIMIT = "SET statement_timeout = '20s'"

_REFERENCE = re.compile(r"([ic])-([0-9a-f]{32})")
_turns = asyncio.Semaphore(AT_ONCE)


def correcting(site: Site) -> Correcting:
    """What this site's corrections go by."""
    return Correcting(site.secret, site.policy, site.rules, site.composed.rules_name)


async def aside(site: Site, run: Callable[[Connection], T]) -> T:
    """Run something that waits for the database in a thread, on a connection of its own."""

    def within() -> T:
        with database.connect(str(site.pool.conninfo), autocommit=True) as connection:
            connection.execute(LIMIT)
            return run(connection)

    async with _turns:
        return await asyncio.to_thread(within)


def reference(site: Site, type_: str, space: str, value: str) -> str:
    """How an address names an identifier: by its key, so that no value stands in histories and logs."""
    return f"i-{identifier_key(Identifier(type_, space, value), site.secret).hex()}"


def end(connection: Connection, by: Correcting, text: str) -> End:
    """Who is meant by `i-KEY` or `c-ID` in an address. Raises BadLookup."""
    found = _REFERENCE.fullmatch(text)
    if found is None:
        raise BadLookup("the address does not say who is meant")
    if found[1] == "c":
        return corrections.end(connection, by, found[2])
    return corrections.end_of_key(connection, by, bytes.fromhex(found[2]))


def ends(connection: Connection, by: Correcting, a: str, b: str) -> Ends:
    """The two that an address names. Raises BadLookup."""
    return end(connection, by, a), end(connection, by, b)


def other(connection: Connection, by: Correcting, text: str) -> str:
    """How an address names whom somebody meant who typed an id, an e-mail, a phone or a card. Raises BadLookup."""
    fault = BadLookup("is empty")
    for each in typed(text) if text else ():
        try:
            found = corrections.end(connection, by, each)
        except BadLookup as error:
            fault = error
            continue
        return f"c-{each}" if found.whole else f"i-{found.key.hex()}"
    raise fault


async def until_taken_in(site: Site, place: int) -> bool:
    """Wait until the pipeline has come to a place of the log; False where that takes longer than a page may wait."""
    for _ in range(int(PATIENCE / 0.1)):
        async with site.writing() as connection:
            if await live.is_taken_in(connection, place):
                return True
        await asyncio.sleep(0.1)
    return False


def plain(error: BadLookup) -> str:
    """What went wrong as a sentence for a page, where no command is at hand."""
    words = str(error).replace(", with `regulars customers undo`", " under “How we know”")
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
