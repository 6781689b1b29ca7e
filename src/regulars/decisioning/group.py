"""A group of wishes decided together: three ways to the database, the last of which commits."""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import msgspec
import psycopg
from psycopg.errors import UniqueViolation

from regulars.decisioning import actions, ledger
from regulars.decisioning.facts import Means, facts_of_asked
from regulars.decisioning.who import Nobody, Who
from regulars.decisioning.words import why
from regulars.identity.blocked import Policy
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Decision, Occasion, Rulebook
from regulars.storage import audit
from regulars.storage.database import options

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]
Looks = dict[str, list[bytes]]
"""By who looks, at whom."""

FRESH: Final = 0.5
"""So many seconds actions that were read are taken to be the present ones."""
# A plan for each group would cost as much as its rows.
LIMITS: Final = "-c statement_timeout=10s -c plan_cache_mode=force_generic_plan"
CONNECT_SECONDS: Final = 5
TRIES: Final = 5
"""So often a group is settled anew because others decided its occasions at the same moment."""


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


class By(msgspec.Struct, frozen=True):
    """What is decided by: identity, contact policy, and the shop's zone and currency."""

    means: Means
    policy: Policy
    contact: ContactPolicy
    zone: str
    currency: str


class Worker:
    """Settles one group after the other, on a connection of its own that it makes when it is needed."""

    def __init__(self, conninfo: str, by: By) -> None:
        self._conninfo, self._by = conninfo, by
        self._connection: AsyncConnection | None = None
        self._book: tuple[float, Rulebook] | None = None

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close()
        self._connection = None

    async def settle(self, wishes: Sequence[Wish]) -> list[Settled | Exception]:
        """What came of each, in their order; what was decided is durable. A group of some tens at most."""
        try:
            return await self._settle(wishes)
        except (psycopg.DataError, ValueError) as error:
            # One that the database refuses must not take the others with it.
            if len(wishes) == 1:
                return [error]
            return [outcome for wish in wishes for outcome in await self.settle([wish])]
        except (psycopg.Error, OSError) as error:
            await self.close()
            return [Unavailable(type(error).__name__)] * len(wishes)
        except Exception as error:
            await self.close()
            return [error] * len(wishes)

    async def _settle(self, wishes: Sequence[Wish]) -> list[Settled | Exception]:
        connection = await self._connected()
        book = await self._present(connection)
        means = self._by.means
        now = time.time_ns() // 1000
        asked = [each.who for each in wishes]
        whom, known = await facts_of_asked(connection, asked, self._by.policy, book, means, now)
        wanted = [
            ledger.Wanted(known[who], wish.occasion, now)
            for wish, who in zip(wishes, whom, strict=True)
            if isinstance(who, bytes)
        ]
        new = await self._written(connection, wanted, _looks(wishes, whom), book)
        older = [each.asked.id for each in wanted if each.asked.id not in new]
        there = {each.decision.id: each for each in await ledger.find_all_async(connection, older)} if older else {}
        return [
            who if isinstance(who, Nobody) else _settled(wish, new, there, known[who].ids, book)
            for wish, who in zip(wishes, whom, strict=True)
        ]

    async def _written(
        self, connection: AsyncConnection, wanted: Sequence[ledger.Wanted], looks: Looks, book: Rulebook
    ) -> dict[bytes, Decision]:
        tries = TRIES if wanted else 0
        while tries:
            tries -= 1
            try:
                # All that goes one way is one transaction: what begins with the lock ends with the commit.
                async with connection.pipeline():
                    for actor, customers in looks.items():
                        await audit.record(connection, actor, "decide", customers)
                    new = await ledger.settle(connection, wanted, book)
                return new
            except UniqueViolation:
                # The same occasion was decided for somebody else at this moment; now it is there to be seen.
                if not tries:
                    raise
        return {}

    async def _present(self, connection: AsyncConnection) -> Rulebook:
        now, by = time.monotonic(), self._by
        if self._book is None or now - self._book[0] > FRESH:
            self._book = now, await actions.present_book_async(connection, by.contact, by.zone, by.currency)
        return self._book[1]

    async def _connected(self) -> AsyncConnection:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._conninfo, options=f"{options()} {LIMITS}", autocommit=True, connect_timeout=CONNECT_SECONDS
            )
        return self._connection


def _settled(
    wish: Wish, new: dict[bytes, Decision], there: dict[bytes, ledger.Recorded], ids: Sequence[bytes], book: Rulebook
) -> Settled | Exception:
    made = new.get(wish.occasion.id)
    found = Settled(made, why(made, book), True) if made is not None else _before(there[wish.occasion.id])
    return found if found.decision.customer in ids else Taken()


def _before(recorded: ledger.Recorded) -> Settled:
    return Settled(recorded.decision, recorded.words, False)


def _looks(wishes: Sequence[Wish], whom: Sequence[bytes | Nobody]) -> Looks:
    looked: dict[str, list[bytes]] = defaultdict(list)
    for wish, who in zip(wishes, whom, strict=True):
        if wish.actor and isinstance(who, bytes):
            looked[wish.actor].append(who)
    return looked
