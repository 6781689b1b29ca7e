"""Whom a wish to decide means."""

from collections.abc import Sequence
from typing import Any

import psycopg

from regulars.identity.blocked import Policy
from regulars.identity.lookup import BadLookup, Wanted, current_id, look_up, was_erased
from regulars.identity.normalise import normalise
from regulars.model.secret import Secret
from regulars.storage.binary import byteas, int4s, texts

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]

Who = Wanted
"""A customer's id, old ones too, or an identifier of hers."""


class Nobody(Exception):
    """Nobody in particular is meant; `code` is not_found, gone (erased) or bad_request."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def told(asked: Sequence[Who], policy: Policy) -> dict[str, Any]:
    """What `queries.FACTS_OF_ASKED` finds them by: each by its place in the list."""
    named = [(n, each.id) for n, each in enumerate(asked) if each.id]
    spelt = [
        (n, each.type, normalised.value)
        for n, each in enumerate(asked)
        if each.type and not (normalised := normalise(each.type, each.rest, policy)).blocked
    ]
    return {
        "named": int4s(n for n, _ in named), "ids": byteas(id for _, id in named),
        "places": int4s(n for n, _, _ in spelt), "types": texts(type_ for _, type_, _ in spelt),
        "values": texts(value for _, _, value in spelt),
    }  # fmt: skip


async def resolve(connection: AsyncConnection, asked: Who, policy: Policy, secret: Secret) -> bytes | Nobody:
    """The current id of whoever is meant, or why there is none."""
    if asked.id:
        current = await current_id(connection, asked.id, secret)
        if current is not None:
            return current
        if await was_erased(connection, asked.id):
            return Nobody("gone", "this customer was erased")
        return Nobody("not_found", "nobody is known by this")
    try:
        holders = (await look_up(connection, asked, policy, secret)).customers
    except BadLookup as error:
        return Nobody("bad_request", f"identifier: {error}")
    if len(holders) > 1:
        return Nobody("bad_request", "identifier: several customers have it; name one by its id")
    return holders[0] if holders else Nobody("not_found", "nobody is known by this")
