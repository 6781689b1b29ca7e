"""Who is meant on the command line: the one customer an id or identifier leads to, or why there is not one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from regulars.app import App
from regulars.cli.command import CliError
from regulars.identity.lookup import BadLookup, Found, wanted, was_erased
from regulars.profiles.find import find
from regulars.profiles.search import CustomerSummary, summaries
from regulars.storage.database import DatabaseError
from regulars.storage.database import options as database_options

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")
ACTOR = "cli"
WHO = "a customer id (an old one leads to who she is now), TYPE:VALUE or TYPE:SPACE:VALUE"


async def one(connection: AsyncConnection, app: App, who: str) -> bytes:
    """The current id of the one customer that `who` leads to. Raises CliError, BadLookup."""
    asked = wanted(who)
    found = await find(connection, asked, app.settings.policy, app.secret)
    if len(found.customers) == 1:
        return found.customers[0]
    if asked.id and await was_erased(connection, asked.id):
        raise CliError("this customer was erased")
    raise CliError(await _not_one(connection, app, found))


async def _not_one(connection: AsyncConnection, app: App, found: Found) -> str:
    """Why a look-up does not lead to one customer, in one line."""
    if found.customers:
        each = [f"{id.hex()} ({_spaces(found, id)})" for id in found.customers]
        return f"several customers are known by that: {', '.join(each)}; write TYPE:SPACE:VALUE or the id"
    if found.near:
        near = await summaries(connection, list(found.near), app.settings.rules)
        return f"{found.note}; it came together with {', '.join(_called(each) for each in near)}"
    return f"nobody is known by that{': ' if found.note else ''}{found.note}"


def _spaces(found: Found, id: bytes) -> str:
    spaces = sorted({each.identifier.space for each in found.holdings if each.customer == id})
    return f"space {', '.join(spaces)}" if spaces else "shared, or an order of hers"


def _called(each: CustomerSummary) -> str:
    return f"{each.id} ({each.name})" if each.name else each.id


def read(app: App, run: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Run against one snapshot of the database; raises CliError for a text that can name nobody."""

    async def within() -> T:
        try:
            connection = await psycopg.AsyncConnection.connect(app.conninfo, options=database_options())
        except psycopg.OperationalError as error:
            raise DatabaseError(f"PostgreSQL cannot be reached ({error}); is `regulars up` running?") from error
        async with connection:
            await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
            return await run(connection)

    try:
        return asyncio.run(within())
    except BadLookup as error:
        raise CliError(str(error)) from None
