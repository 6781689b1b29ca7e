"""Those who work here, and what their work is."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What somebody's work is; each page says which roles it is for."""

    OWNER = "owner"
    MARKETER = "marketer"
    ASSOCIATE = "associate"
    CARE = "care"
    ANALYST = "analyst"


class User(msgspec.Struct, frozen=True):
    """Somebody who may sign in.

    `email` is in lower case; `locale` and `timezone` are '' for the shop's own; `active` is whether a password was
    set; `ended` whether the person's access was taken away.
    """

    id: int
    email: str
    name: str
    role: Role
    locale: str = ""
    timezone: str = ""
    active: bool = False
    ended: bool = False

    @property
    def actor(self) -> str:
        """How the audit log names this user."""
        return f"user:{self.id}"
