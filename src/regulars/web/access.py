"""Who may use a route: each route declares it, and what does not declare it is closed to everybody."""

from enum import StrEnum
from typing import Any

from litestar.handlers import BaseRouteHandler

from regulars.model.user import Role


class Door(StrEnum):
    """Routes that no signed-in user is asked for."""

    PUBLIC = "public"
    KEY = "key"
    """The handler itself asks for a key of a source."""


Access = Door | frozenset[Role]

EVERYONE: frozenset[Role] = frozenset(Role)
OWNER: frozenset[Role] = frozenset({Role.OWNER})
PEOPLE: frozenset[Role] = EVERYONE - {Role.ANALYST}
"""Those whose work is with single customers; an analyst's is with numbers."""
FLOOR: frozenset[Role] = frozenset({Role.OWNER, Role.CARE, Role.ASSOCIATE})
"""Those who stand before a customer, or speak with her."""
FIGURES: frozenset[Role] = frozenset({Role.OWNER, Role.MARKETER, Role.ANALYST})
"""Those whose work is with figures of all customers."""
SEGMENTERS: frozenset[Role] = frozenset({Role.OWNER, Role.MARKETER})
"""Those who make and change segments."""
READERS: frozenset[Role] = frozenset({Role.OWNER, Role.ANALYST})
"""Those who look after what could not be read."""

_NAME = "access"


def declared(access: Access) -> dict[str, Any]:
    """The option by which a handler, or a router for all of its handlers, declares who may use it."""
    return {_NAME: access}


def access_of(handler: BaseRouteHandler) -> Access | None:
    """Who may use a route; None where that was not declared."""
    found: Access | None = handler.opt.get(_NAME)
    return found


def words(access: Access) -> str:
    """An access for documents: `public`, `key`, `everyone`, or the roles."""
    if isinstance(access, Door):
        return str(access)
    return "everyone" if access == EVERYONE else ", ".join(role for role in Role if role in access)
