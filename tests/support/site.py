"""The pages of an installation for tests: served by a thread, with users who are signed in."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
import uvicorn
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from support.installation import SECRET, Installation

from regulars.app import EXPORT
from regulars.erasure import erasure_frame
from regulars.model.user import Role
from regulars.storage import database, log, users
from regulars.storage.queries import left_to_do
from regulars.storage.sessions import start_session
from regulars.web.composed import Acting, Composed, Segmenting
from regulars.web.server import create_server
from regulars.web.site import SiteOptions

T = TypeVar("T")
PASSWORD = "a red scarf in winter"
HASH = Argon2id(salt=bytes(16), length=32, iterations=1, lanes=1, memory_cost=8).derive_phc_encoded(PASSWORD.encode())
"""Of `PASSWORD`, made with weak parameters, which is quick."""


class Served:
    """One installation's pages at an address of this machine."""

    def __init__(
        self, installation: Installation, options: SiteOptions | None = None, segmenting: Segmenting | None = None,
        acting: Acting | None = None,
    ) -> None:  # fmt: skip
        self.installation = installation
        composed = Composed(installation.context.rules_name, EXPORT, self._forget, segmenting=segmenting, acting=acting)
        site = options or SiteOptions(currency="EUR")
        app = create_server(installation.conninfo, SECRET, site=site, composed=composed)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join(10)

    def _forget(self, customer: bytes, keys: list[bytes]) -> None:
        """What `regulars customers erase` does but for the folder's file; a pipeline must run."""
        with database.connect(self.installation.conninfo, autocommit=True) as connection:
            log.append(connection, [[erasure_frame(customer, keys, time.time_ns() // 1000)]])
            place = log.last(connection)
            while left_to_do(connection, place):
                time.sleep(0.02)

    def run(self, work: Callable[[psycopg.AsyncConnection[tuple[Any, ...]]], Awaitable[T]]) -> T:
        """Do something on the database and commit it."""
        return run(self.installation, work)


def run(installation: Installation, work: Callable[[psycopg.AsyncConnection[tuple[Any, ...]]], Awaitable[T]]) -> T:
    """Do something on an installation's database and commit it."""

    async def within() -> T:
        options = database.options()
        async with await psycopg.AsyncConnection.connect(installation.conninfo, options=options) as connection:
            return await work(connection)

    # In a thread of its own: the browser's driver has a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(within())).result()


def add_user(installation: Installation, role: Role, name: str = "", password: str = HASH) -> tuple[int, str]:
    """A user of a role who may sign in with `PASSWORD`; their number and e-mail address."""
    name = name or f"{role.capitalize()} Example"
    email = f"{role}.{time.time_ns()}@shop.example"

    async def add(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> int:
        id = await users.add_user(connection, email, name, role)
        assert id is not None
        await users.change(connection, id, password=password)
        return id

    return run(installation, add), email


def session_of(installation: Installation, user: int) -> str:
    """The token of a new session of a user."""

    async def start(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> str:
        return await start_session(connection, user, "Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0")

    return run(installation, start)
