"""Users: added, found, changed; a user is never deleted, since the audit log names users by their number."""

import time
from typing import Any

import psycopg
from psycopg import sql

from regulars.model.user import Role, User

Connection = psycopg.AsyncConnection[tuple[Any, ...]]

COLUMNS = "u.id, u.email, u.name, u.role, u.locale, u.timezone, u.password <> '', u.ended IS NOT NULL"

ALL = f"SELECT {COLUMNS} FROM users u ORDER BY u.ended IS NOT NULL, lower(u.name), u.id"
BY_ID = f"SELECT {COLUMNS} FROM users u WHERE u.id = %s"
BY_EMAIL = f"SELECT {COLUMNS} FROM users u WHERE u.email = %s"
FIRST_OWNER = f"SELECT {COLUMNS} FROM users u WHERE u.role = 'owner' AND u.ended IS NULL ORDER BY u.id LIMIT 1"
OTHER_OWNERS = """
SELECT count(*) FROM users WHERE role = 'owner' AND ended IS NULL AND password <> '' AND id <> %s
"""
ANYBODY = "SELECT EXISTS (SELECT 1 FROM users WHERE password <> '')"
PASSWORD = "SELECT password FROM users WHERE id = %s"

ADD = """
INSERT INTO users (email, name, role, created) VALUES (%s, %s, %s, %s) ON CONFLICT (email) DO NOTHING RETURNING id
"""
SET = "UPDATE users SET {} = %s WHERE id = %s"

# So that of two who take away each other's ownership at once one comes second, and is refused.
LOCK = "SELECT id FROM users WHERE role = 'owner' ORDER BY id FOR UPDATE"

CHANGEABLE = frozenset({"email", "name", "role", "password", "locale", "timezone", "ended"})


def user_of(row: tuple[Any, ...]) -> User:
    """A row of `COLUMNS` as a user."""
    id, email, name, role, locale, timezone, active, ended = row
    return User(id, email, name, Role(role), locale, timezone, active, ended)


async def all_users(connection: Connection) -> list[User]:
    """Everybody, those whose access ended last."""
    return [user_of(row) for row in await (await connection.execute(ALL)).fetchall()]


async def by_id(connection: Connection, id: int) -> User | None:
    """The user of a number."""
    return await _one(connection, BY_ID, id)


async def by_email(connection: Connection, email: str) -> User | None:
    """The user of an e-mail address, in lower case."""
    return await _one(connection, BY_EMAIL, email)


async def first_owner(connection: Connection) -> User | None:
    """The owner who was there first."""
    return await _one(connection, FIRST_OWNER)


async def anybody_active(connection: Connection) -> bool:
    """Whether anybody ever set a password here."""
    row = await (await connection.execute(ANYBODY)).fetchone()
    return bool(row and row[0])


async def password_hash(connection: Connection, id: int) -> str:
    """The hash of a user's password; '' while there is none."""
    row = await (await connection.execute(PASSWORD, (id,))).fetchone()
    return str(row[0]) if row else ""


async def add_user(connection: Connection, email: str, name: str, role: Role) -> int | None:
    """Add a user without a password; the number, or None where the address is taken."""
    row = await (await connection.execute(ADD, (email, name, str(role), time.time_ns() // 1000))).fetchone()
    return int(row[0]) if row else None


async def change(connection: Connection, id: int, **values: str | int | None) -> None:
    """Set columns of `CHANGEABLE`. Raises psycopg.errors.UniqueViolation for an e-mail address that is taken."""
    for name, value in values.items():
        if name not in CHANGEABLE:
            raise ValueError(f"{name} cannot be changed")
        await connection.execute(sql.SQL(SET).format(sql.Identifier(name)), (value, id))


async def is_last_owner(connection: Connection, id: int) -> bool:
    """Whether nobody else could act as owner; until the transaction ends, no owner can be changed by others."""
    await connection.execute(LOCK)
    row = await (await connection.execute(OTHER_OWNERS, (id,))).fetchone()
    return row is None or row[0] == 0


async def _one(connection: Connection, query: str, *values: object) -> User | None:
    row = await (await connection.execute(query.encode(), values)).fetchone()
    return user_of(row) if row else None
