"""Decides for whoever asks one at a time: what waits while one group is decided and committed goes with the next."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec
import psycopg

from regulars.decisioning import actions, ledger
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.facts import Means, gather
from regulars.decisioning.who import Nobody, Who, resolve
from regulars.decisioning.words import why
from regulars.identity.blocked import Policy
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Decision, Occasion, Rulebook
from regulars.storage import audit
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection, DatabaseError, connect

AT_ONCE: Final = 64
"""How many are decided in one transaction."""
MOST_WAITING: Final = 2_000
WORKERS: Final = 2
"""While one waits for its commit, the other gathers and decides; caps hold between them by a lock a customer."""
FRESH: Final = 0.5
"""So many seconds actions that were read are taken to be the present ones."""
LIMIT: Final = "SET statement_timeout = '10s'"


class Busy(Exception):
    """Too many wait to be decided."""


class Unavailable(Exception):
    """The database cannot be reached, so nothing was decided."""


class Taken(Exception):
    """The occasion was decided already, for somebody else."""


class Wish(msgspec.Struct, frozen=True):
    """For whom to decide and why; `actor` is who looks, for the audit log ('' for nobody)."""

    who: Who
    occasion: Occasion
    actor: str = ""


class Settled(msgspec.Struct, frozen=True):
    """What was decided, the words why, and whether it was just now (else the occasion had been decided before)."""

    decision: Decision
    words: str
    new: bool


class Decider:
    """Two threads, each with a connection; `decide` may be called by any number of coroutines of one loop."""

    def __init__(
        self, conninfo: str, means: Means, policy: Policy, contact: ContactPolicy, zone: str, currency: str
    ) -> None:
        self._make = partial(_Worker, conninfo, means, policy, contact, zone, currency)
        self._waiting: list[tuple[Wish, asyncio.Future[Settled]]] = []
        self._wake = threading.Condition()
        self._ended = False
        self._threads: list[threading.Thread] = []

    async def decide(self, wish: Wish) -> Settled:
        """Returns once the decision is durable. Raises Nobody, Taken, Busy or Unavailable."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Settled] = loop.create_future()
        with self._wake:
            if len(self._waiting) >= MOST_WAITING or self._ended:
                raise Busy
            if not self._threads:
                # They begin with the first wish, so that a server that never decides has no connections for it.
                self._threads = [
                    threading.Thread(target=self._work, args=(loop,), name="decider", daemon=True)
                    for _ in range(WORKERS)
                ]
                for thread in self._threads:
                    thread.start()
            self._waiting.append((wish, done))
            self._wake.notify()
        return await done

    async def stop(self) -> None:
        """Decide what waits, then end."""
        with self._wake:
            self._ended = True
            self._wake.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join, 10.0)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        worker = self._make()
        while True:
            with self._wake:
                while not self._waiting and not self._ended:
                    self._wake.wait()
                group, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            if not group:
                break
            found = worker.settle([wish for wish, _ in group])
            try:
                loop.call_soon_threadsafe(_tell, [done for _, done in group], found)
            except RuntimeError:
                # The loop has ended, and with it everybody who waited.
                break
        worker.close()


class _Worker:
    def __init__(
        self, conninfo: str, means: Means, policy: Policy, contact: ContactPolicy, zone: str, currency: str
    ) -> None:
        self._conninfo, self._means, self._policy = conninfo, means, policy
        self._contact, self._zone, self._currency = contact, zone, currency
        self._connection: Connection | None = None
        self._book: tuple[float, Rulebook] | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def settle(self, wishes: Sequence[Wish]) -> list[Settled | Exception]:
        try:
            return self._settle(wishes)
        except (psycopg.DataError, ValueError) as error:
            # One that the database refuses must not take the others with it.
            if len(wishes) == 1:
                return [error]
            return [outcome for wish in wishes for outcome in self.settle([wish])]
        except (psycopg.Error, OSError, DatabaseError) as error:
            self.close()
            return [Unavailable(type(error).__name__)] * len(wishes)
        except Exception as error:
            self.close()
            return [error] * len(wishes)

    def _settle(self, wishes: Sequence[Wish]) -> list[Settled | Exception]:
        connection = self._connected()
        with connection.pipeline(), connection.transaction():
            book = self._current(connection)
            whom = resolve(connection, [each.who for each in wishes], self._policy, self._means.secret)
            now = time.time_ns() // 1000
            customers = sorted({each for each in whom if isinstance(each, bytes)})
            known = gather(connection, customers, book, self._means, now)
            made = [
                None if isinstance(who, Nobody) else decide(known[who], wish.occasion, book, now)
                for wish, who in zip(wishes, whom, strict=True)
            ]
            new = ledger.record(connection, [each for each in made if each is not None], book)
            _audit(connection, wishes, whom)
            older = [each.id for each in made if each is not None and each.id not in new]
            there = {each.decision.id: each for each in ledger.find_all(connection, older)} if older else {}
        return [
            who if isinstance(who, Nobody) else _settled(wish, new, there, known[who].ids, book)
            for wish, who in zip(wishes, whom, strict=True)
        ]

    def _current(self, connection: Connection) -> Rulebook:
        now = time.monotonic()
        if self._book is None or now - self._book[0] > FRESH:
            self._book = now, actions.present_book(connection, self._contact, self._zone, self._currency)
        return self._book[1]

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._conninfo, autocommit=True)
            self._connection.execute(LIMIT)
        return self._connection


def _settled(
    wish: Wish, new: dict[bytes, Decision], there: dict[bytes, ledger.Recorded], ids: Sequence[bytes], book: Rulebook
) -> Settled | Exception:
    id = wish.occasion.id
    if id in new:
        return Settled(new[id], why(new[id], book), True)
    before = there[id]
    if before.decision.customer not in ids:
        return Taken()
    return Settled(before.decision, before.words, False)


def _audit(connection: Connection, wishes: Sequence[Wish], whom: Sequence[bytes | Nobody]) -> None:
    looked: dict[str, list[bytes]] = defaultdict(list)
    for wish, who in zip(wishes, whom, strict=True):
        if wish.actor and isinstance(who, bytes):
            looked[wish.actor].append(who)
    for actor, customers in looked.items():
        finish(audit.record(awaited(connection), actor, "decide", customers))


def _tell(waiting: Sequence[asyncio.Future[Settled]], found: Sequence[Settled | Exception]) -> None:
    for done, outcome in zip(waiting, found, strict=True):
        if done.done():
            continue
        if isinstance(outcome, Settled):
            done.set_result(outcome)
        else:
            done.set_exception(outcome)
