"""Having somebody erased from a page, which does not wait for ever."""

import asyncio
import logging

from regulars.identity.queries import KEYS_OF
from regulars.web.composed import Forget
from regulars.web.site import Connection

PATIENCE = 15.0
"""Seconds."""

_log = logging.getLogger("regulars.web")
_running: set[asyncio.Task[object]] = set()


async def forgotten(forget: Forget, customer: bytes, keys: list[bytes]) -> bool:
    """Have somebody erased; False where that takes longer than a page may wait, and goes on."""
    task: asyncio.Task[object] = asyncio.create_task(asyncio.to_thread(forget, customer, keys))
    _running.add(task)
    task.add_done_callback(_ended)
    try:
        await asyncio.wait_for(asyncio.shield(task), PATIENCE)
    except TimeoutError:
        return False
    return True


async def keys_of(connection: Connection, customer: bytes) -> list[bytes]:
    """The keyed names of a customer's identifiers."""
    rows = await (await connection.cursor(binary=True).execute(KEYS_OF, (customer,))).fetchall()
    return [row[0] for row in rows]


def _ended(task: asyncio.Task[object]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("an erasure was not seen to be carried out: %s", error)
