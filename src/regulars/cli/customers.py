"""`regulars customers`: find a customer, and read her page."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import psycopg

from regulars.app import App
from regulars.cli import correct
from regulars.cli.command import CliError, Subparsers, command, group, open_app, show
from regulars.cli.customer_page import page_text, summary_lines
from regulars.identity.lookup import BadLookup, Found, wanted
from regulars.profiles.find import find
from regulars.profiles.reader import CustomerPage, customer_page
from regulars.profiles.search import MOST, CustomerSummary, search, summaries
from regulars.storage import audit
from regulars.storage.database import DatabaseError
from regulars.storage.database import options as database_options

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]
T = TypeVar("T")
ACTOR = "cli"


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    customers = group(subparsers, "customers", "Find and read customers")
    found = command(customers, "search", "By part of a name, e-mail, phone or card", _search)
    found.add_argument("text", metavar="TEXT")
    found.add_argument("-n", type=int, default=20, metavar="N", help=f"how many at most (default: 20, up to {MOST})")
    shown = command(customers, "show", "One customer's page", _show)
    words = "a customer id (an old one leads to who she is now), TYPE:VALUE or TYPE:SPACE:VALUE"
    shown.add_argument("who", metavar="ID|TYPE:VALUE", help=words)
    correct.add(customers)


def _search(options: argparse.Namespace) -> None:
    if not 1 <= options.n <= MOST:
        raise CliError(f"-n: must be 1 to {MOST}")
    app = open_app(options)

    async def run(connection: AsyncConnection) -> tuple[CustomerSummary, ...]:
        found = await search(connection, options.text, options.n, app.settings.policy, app.settings.rules)
        await audit.record(connection, ACTOR, "search", [bytes.fromhex(each.id) for each in found])
        return found

    found = _read(app, run)
    show(options, found, "\n".join(summary_lines(found)) or "nobody found")


def _show(options: argparse.Namespace) -> None:
    app = open_app(options)

    async def run(connection: AsyncConnection) -> CustomerPage:
        found = await find(connection, wanted(options.who), app.settings.policy, app.secret)
        if len(found.customers) != 1:
            raise CliError(await _not_one(connection, app, found))
        page = await customer_page(connection, found.customers[0])
        if page is None:
            raise CliError("nobody is known by that")
        await audit.record(connection, ACTOR, "show", found.customers)
        return page

    page = _read(app, run)
    show(options, page, page_text(page))


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


def _read(app: App, run: Callable[[AsyncConnection], Awaitable[T]]) -> T:
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
