"""Preparing the log ahead in a process of its own, so that the pipeline's other core is used while there is a backlog.

The child sees the log only. It may be killed at any moment: what it had prepared is prepared again.
"""

import gc
import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor, wait
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
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pieces")
        self._coming: Future[bytes] | None = None
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

    def next(self, after: int) -> Prepared | None:
        """What comes after a place of the log; None where there is nothing or the child died, which is closed then."""
        try:
            if self._place != after:
                self._ask_from(after)
            found = self._receive()
        except (EOFError, OSError):
            self._fail()
            return None
        if found == _NOTHING:
            self.close()
            return None
        piece = decode(found)
        self._place = piece.last
        return piece

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.terminate()
            self._child.join()
            self._child.close()
        if self._coming is not None:
            # It ends with the child.
            wait([self._coming])
        if self._pipe is not None:
            self._pipe.close()
        self._child = self._pipe = self._place = self._coming = None

    def _fail(self) -> None:
        self._failed = True
        self.close()

    def _ask_from(self, after: int) -> None:
        assert self._pipe is not None
        if self._place != -1:
            # What was asked for before is still on its way.
            for _ in range(IN_FLIGHT):
                self._take()
        self._pipe.send_bytes(str(after).encode())
        for _ in range(IN_FLIGHT - 1):
            self._pipe.send_bytes(_MORE)

    def _receive(self) -> bytes:
        """The piece that comes next; a thread goes on to take in the one after it, so that the child need not wait."""
        assert self._pipe is not None
        found = self._take()
        self._pipe.send_bytes(_MORE)
        self._coming = self._thread.submit(self._pipe.recv_bytes)
        return found

    def _take(self) -> bytes:
        assert self._pipe is not None
        coming, self._coming = self._coming, None
        return self._pipe.recv_bytes() if coming is None else coming.result()


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
