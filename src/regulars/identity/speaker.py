"""By which identifier an event of ours speaks of a customer, and as which source."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from regulars.identity import queries
from regulars.identity.rules import Rules
from regulars.model.identifier import Identifier
from regulars.model.source import Source, Trust
from regulars.storage.database import Connection

_BEST: Final = ("user_id", "loyalty_id", "email", "phone", "anonymous_id")


class Speaker(msgspec.Struct, frozen=True):
    """The source that speaks of a customer, and the identifier of hers by which it means her."""

    source: Source
    identifier: Identifier

    def named(self) -> dict[str, Any]:
        """The fields of a call that name her."""
        if self.identifier.type == "user_id":
            return {"userId": self.identifier.value}
        if self.identifier.type == "anonymous_id":
            return {"anonymousId": self.identifier.value}
        return {"context": {"traits": {self.identifier.type: self.identifier.value}}}


def speakers(connection: Connection, customers: Iterable[bytes], rules: Rules, name: str) -> dict[bytes, Speaker]:
    """Who speaks of each: the source of this `name` in the id space of her strongest identifier.

    Who is not in it is nobody any more, or known by nothing that an event can name.

    Where no server knows the identifier, the source is trusted as little: else one word of ours would weigh more than
    all that browsers told of her.
    """
    found: dict[bytes, tuple[Any, ...]] = {}
    for customer, *row in connection.cursor(binary=True).execute(queries.SPEAKS_FOR, (sorted(customers),)):
        type_, space, value, server = row
        if type_ in _BEST:
            key = (not server, _BEST.index(type_), space, value)
            found[customer] = min(found.get(customer, key), key)
    return {customer: _speaker(key, rules, name) for customer, key in found.items()}


def _speaker(key: tuple[Any, ...], rules: Rules, source: str) -> Speaker:
    unknown, rank, space, value = key
    type_ = _BEST[rank]
    group = space if rules.rule_of(type_).space in ("group", "site") else "main"
    name = source if group == "main" else f"{source} ({group})"
    trust = Trust.CLIENT if unknown else Trust.SERVER
    return Speaker(Source(name, trust, group), Identifier(type_, space, value))
