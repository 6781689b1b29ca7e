"""Preparing the log ahead in a process of its own, so that the pipeline's other core is used while there is a backlog.

The child sees the log only. It may be killed at any moment: what it had prepared is prepared again.
"""

import gc
import os
import signal
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from multiprocessing.process import BaseProcess

from regulars.context import Context
from regulars.prepared import Prepared, decode, encode
from regulars.preparing import desk_of, prepare, until_record
from regulars.retraction import read_retracted
from regulars.storage import database, log
from regulars.storage.processes import follow
from regulars.storage.sources import Sources

COLLECT_EVERY = 16
"""Hardly anything here is in circles; looking for them after each piece would cost more than they hold."""
IN_FLIGHT = 2
"""Pieces that are prepared and not yet taken; bounds the memory."""
_NOTHING = b""


class ReadAhead:
    """The child and the pieces it sends; `start` it, ask `next` once it is `ready`, `close` it."""

    def __init__(self, conninfo: str, context: Context, events: int) -> None:
        self._arguments = (conninfo, context, events)
        self._child: BaseProcess | None = None
        self._pipe: Pipe | None = None
        self._place: int | None = None
        self._come: Prepared | None = None
        self._failed = False

    @property
    def pid(self) -> int | None:
        """The child's process id, None where none runs."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the child, unless it runs or has died before; it needs a moment to be ready."""
        if self._child is None and not self._failed:
            spawn = get_context("spawn")
            self._pipe, theirs = spawn.Pipe()
            self._child = spawn.Process(target=_work, args=(theirs, os.getpid(), *self._arguments), daemon=True)
            self._child.start()
            theirs.close()

    @property
    def ready(self) -> bool:
        """Whether the child has told that it is ready."""
        if self._pipe is None:
            return False
        if self._place is None:
            try:
                if not self._pipe.poll():
                    return False
                self._pipe.recv_bytes()
            except (EOFError, OSError):
                self._fail()
                return False
            self._place = -1
        return True

    def look(self) -> None:
        """Take the next piece in if it has come already, for `next` to give; for when there is time."""
        if self._pipe is None or self._come is not None or self._place in (None, -1):
            return
        with suppress(EOFError, OSError):
            if self._pipe.poll():
                self._come = self._receive()

    def next(self, after: int) -> Prepared | None:
        """What comes after a place of the log; None where there is nothing or the child died, which is closed then."""
        piece, self._come = self._come, None
        try:
            if self._place != after:
                self._ask_from(after)
                piece = None
            if piece is None:
                piece = self._receive()
        except (EOFError, OSError):
            self._fail()
            return None
        if piece is None:
            self.close()
            return None
        self._place = piece.last
        return piece

    def close(self) -> None:
        """End the child."""
        if self._pipe is not None:
            self._pipe.close()
        if self._child is not None:
            self._child.terminate()
            self._child.join()
            self._child.close()
        self._child = self._pipe = self._place = self._come = None

    def _fail(self) -> None:
        self._failed = True
        self.close()

    def _ask_from(self, after: int) -> None:
        assert self._pipe is not None
        if self._place != -1:
            # What was asked for before is still on its way.
            for _ in range(IN_FLIGHT):
                self._pipe.recv_bytes()
        self._pipe.send_bytes(str(after).encode())
        for _ in range(IN_FLIGHT - 1):
            self._pipe.send_bytes(_MORE)

    def _receive(self) -> Prepared | None:
        assert self._pipe is not None
        found = self._pipe.recv_bytes()
        self._pipe.send_bytes(_MORE)
        return None if found == _NOTHING else decode(found)


_MORE = b"more"


def _work(pipe: Pipe, parent: int, conninfo: str, context: Context, events: int) -> None:
    follow(parent, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()
    gc.disable()
    with database.connect(conninfo, autocommit=True) as connection:
        sources, after, retracted, done = Sources(connection), 0, None, 0
        try:
            pipe.send_bytes(b"ready")
            while True:
                asked = pipe.recv_bytes()
                if asked != _MORE:
                    after = int(asked)
                    retracted = read_retracted(connection, after)
                rows = until_record(log.read(connection, after, events))
                piece = prepare(desk_of(rows, after, sources, context, retracted))
                pipe.send_bytes(encode(piece) if rows else _NOTHING)
                after = piece.last
                del rows, piece
                done += 1
                if done % COLLECT_EVERY == 0:
                    gc.collect()
        except (EOFError, OSError):
            return
