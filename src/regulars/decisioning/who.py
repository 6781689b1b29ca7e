"""Whom a wish to decide means, for many at once."""

from collections import defaultdict
from collections.abc import Sequence

from regulars.decisioning import queries
from regulars.identity.blocked import Policy
from regulars.identity.lookup import BadLookup, Wanted, current_id, look_up, was_erased
from regulars.identity.normalise import normalise
from regulars.model.secret import Secret
from regulars.storage.awaited import awaited, finish
from regulars.storage.binary import byteas, int4s, texts
from regulars.storage.database import Connection

Who = Wanted
"""A customer's id, old ones too, or an identifier of hers."""


class Nobody(Exception):
    """Nobody in particular is meant; `code` is not_found, gone (erased) or bad_request."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def resolve(connection: Connection, asked: Sequence[Who], policy: Policy, secret: Secret) -> list[bytes | Nobody]:
    """The current id of each, or why there is none; two queries for those who are what they were yesterday."""
    ids = {each.id for each in asked if each.id}
    cursor = connection.cursor(binary=True)
    current = {row[0] for row in cursor.execute(queries.ARE_CURRENT, (byteas(ids),))} if ids else set()
    held = _held(connection, asked, policy)
    found: list[bytes | Nobody] = []
    for n, each in enumerate(asked):
        if each.id in current:
            found.append(each.id)
        elif len(held[n]) == 1 and held[n][0] is not None:
            found.append(held[n][0])
        else:
            found.append(_slowly(connection, each, policy, secret))
    return found


def _held(connection: Connection, asked: Sequence[Who], policy: Policy) -> defaultdict[int, list[bytes]]:
    """Who holds the identifiers, by their places in the list; None for what nobody holds."""
    wanted = []
    for n, each in enumerate(asked):
        if each.type:
            normalised = normalise(each.type, each.rest, policy)
            if not normalised.blocked:
                wanted.append((n, each.type, normalised.value))
    found: defaultdict[int, list[bytes]] = defaultdict(list)
    if wanted:
        places, types, values = zip(*wanted, strict=True)
        rows = connection.cursor(binary=True).execute(queries.HOLDERS, (int4s(places), texts(types), texts(values)))
        for n, customer in rows:
            found[n].append(customer)
    return found


def _slowly(connection: Connection, asked: Who, policy: Policy, secret: Secret) -> bytes | Nobody:
    if asked.id:
        current = finish(current_id(awaited(connection), asked.id, secret))
        if current is not None:
            return current
        if finish(was_erased(awaited(connection), asked.id)):
            return Nobody("gone", "this customer was erased")
        return Nobody("not_found", "nobody is known by this")
    try:
        holders = finish(look_up(awaited(connection), asked, policy, secret)).customers
    except BadLookup as error:
        return Nobody("bad_request", f"identifier: {error}")
    if len(holders) > 1:
        return Nobody("bad_request", "identifier: several customers have it; name one by its id")
    return holders[0] if holders else Nobody("not_found", "nobody is known by this")
