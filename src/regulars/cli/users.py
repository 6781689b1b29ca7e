"""`regulars users`: who may sign in to the pages, and the one-time links by which they set a password."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

from regulars.app import App
from regulars.cli.command import CliError, Subparsers, command, group, open_app, port_of, show
from regulars.model.user import Role, User
from regulars.storage import audit, database, users
from regulars.storage.one_time_links import make_link
from regulars.storage.users import Connection

T = TypeVar("T")
ACTOR = "cli"


def add(subparsers: Subparsers) -> None:
    """Declare the commands."""
    commands = group(subparsers, "users", "Who may sign in to the pages")
    command(commands, "list", "Everybody who may sign in, with their roles", _list)
    link = command(commands, "link", "Print a one-time link by which a user sets a password", _link)
    link.add_argument("email", nargs="?", metavar="EMAIL", help="whose (default: the owner's)")
    link.add_argument("--port", type=int, help="the port of the pages (default: the settings', else 8765)")


def address_of(app: App, port: int) -> str:
    """Where people reach the pages: the settings' address, else host and port."""
    host = app.settings.host
    named = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return app.settings.address or f"http://{named}:{port}"


def first_link(app: App, address: str) -> str:
    """A new one-time link for the owner while no owner has a password; else ''. Links made before stop working."""

    async def make(connection: Connection) -> str:
        owner = await _owner(connection)
        return "" if owner.active else await _linked(connection, owner, address)

    try:
        return _run(app, make)
    except psycopg.Error:
        # It is only told less: `regulars users link` says what is wrong.
        return ""


def is_without_owner(app: App) -> bool:
    """Whether no owner has a password yet; False where the database does not say."""

    async def look(connection: Connection) -> bool:
        return not (await _owner(connection)).active

    try:
        return _run(app, look)
    except psycopg.Error:
        return False


def _list(options: argparse.Namespace) -> None:
    found = _run(open_app(options), users.all_users)
    lines = [f"{each.email or '(no e-mail address yet)'}  {each.role}  {each.name}{_state(each)}" for each in found]
    show(options, found, "\n".join(lines) or "Nobody yet: `regulars users link` makes the owner's one-time link.")


def _state(user: User) -> str:
    return "  (access ended)" if user.ended else "" if user.active else "  (no password yet)"


def _link(options: argparse.Namespace) -> None:
    app = open_app(options)
    address = address_of(app, port_of(options, app))
    # A terminal may hand over bytes that are no text.
    email = (options.email or "").lower().encode("utf-8", "replace").decode()

    async def make(connection: Connection) -> str:
        user = await users.by_email(connection, email) if email else await _owner(connection)
        if user is None or user.ended:
            raise CliError("nobody with this e-mail address may sign in: `regulars users list` shows who may")
        return await _linked(connection, user, address)

    link = _run(app, make)
    show(options, {"link": link}, link)


async def _owner(connection: Connection) -> User:
    owner = await users.first_owner(connection)
    if owner is None:
        await users.add_user(connection, "", "", Role.OWNER)
        owner = await users.first_owner(connection)
    if owner is None:
        raise CliError("the owner cannot be made: is an ended user without an e-mail address there?")
    return owner


async def _linked(connection: Connection, user: User, address: str) -> str:
    token = await make_link(connection, user.id)
    await audit.record(connection, ACTOR, "make one-time link", (), user.actor)
    return f"{address}/welcome/{token}"


def _run(app: App, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Do something in one transaction."""

    async def within() -> T:
        connected = await psycopg.AsyncConnection.connect(app.conninfo, options=database.options())
        async with connected as connection:
            return await work(connection)

    return asyncio.run(within())
