"""What is shown in a place on the shop's site, decided for whoever is there.

A public key can be copied by anybody. So what it asks for rests on the history of the asking cookie alone: where the
cookie's record is known by nothing else, on all of that record; where it belongs to somebody who is known by more, on
nothing of hers but what withholds (her refusals, and that she was contacted enough). Only where the shop has signed
the user id is it decided, and said, by what is known of her.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from regulars.decisioning import actions, ledger
from regulars.decisioning.facts import Means, facts_of
from regulars.decisioning.who import Nobody, resolve
from regulars.identity.blocked import Policy
from regulars.identity.lookup import Wanted as Who
from regulars.identity.normalise import normalise
from regulars.identity.rules import Rules
from regulars.messaging import store
from regulars.messaging.data import By, Wanted, data_now
from regulars.messaging.file import BadMessage
from regulars.messaging.links import SHOWN, token
from regulars.messaging.message import ONSITE
from regulars.messaging.render.render import CannotRender, render
from regulars.messaging.slots import queries
from regulars.model.contact import ContactPolicy
from regulars.model.decision import Decision, Occasion, Rulebook, occasion_id
from regulars.model.secret import Secret
from regulars.model.source import Source
from regulars.storage.awaited import awaited, finish
from regulars.storage.database import Connection

HALF_HOUR: Final = 1_800_000_000
"""So long what was decided for a place stays, in microseconds: a visit sees one thing there."""


class Asked(msgspec.Struct, frozen=True):
    """What a page asks: for which place, and who is there. `user` is '' unless the shop has signed it."""

    source: Source
    placement: str
    anonymous: str
    user: str = ""
    product: str = ""


class Shown(msgspec.Struct, frozen=True):
    """What to show, and the token by which the page reports what becomes of it."""

    token: str
    action: str
    message: dict[str, Any]
    html: str


class Settled(msgspec.Struct, frozen=True):
    """What slots are decided by."""

    rules: Rules
    policy: Policy
    contact: ContactPolicy
    secret: Secret
    zone: str
    currency: str


def answer(connection: Connection, by: Settled, filling: By, asked: Asked, now: int) -> Shown | None:
    """What to show now (microseconds since 1970 UTC); None for nothing."""
    book = actions.present_book(connection, by.contact, by.zone, by.currency)
    if not _may_stand(book, asked.placement):
        return None
    customer, personal = _who(connection, by, asked)
    if customer is None:
        return None
    decision = _decided(connection, by, book, customer, personal, asked, now)
    did = decision.did
    if did is None or _put_away(connection, decision.id):
        return None
    message = next((each.message for each in book.actions if each.name == did.action), "")
    said = _said(connection, filling, message, customer if personal else b"", decision.asked.context, now)
    if said is None:
        return None
    return Shown(token(by.secret, SHOWN, decision.id), did.action, *said)


def _may_stand(book: Rulebook, placement: str) -> bool:
    """Whether there is anything for this place, so that a page without any costs no decision."""
    return any(
        each.enabled and ONSITE in each.channels and (not each.placements or placement in each.placements)
        for each in book.actions
    )


def _who(connection: Connection, by: Settled, asked: Asked) -> tuple[bytes | None, bool]:
    """Who is there, and whether what is known of that record may show."""
    if asked.user:
        who = Who(type="user_id", rest=asked.user)
        found = finish(resolve(awaited(connection), who, by.policy, by.secret))
        return (None, False) if isinstance(found, Nobody) else (found, True)
    normalised = normalise("anonymous_id", asked.anonymous, by.policy)
    if not asked.anonymous or normalised.blocked:
        return None, False
    cursor = connection.cursor(binary=True)
    row = cursor.execute(queries.VISITOR, (asked.source.group, normalised.value)).fetchone()
    return (None, False) if row is None else (row[0], row[1] == 1)


def _decided(
    connection: Connection, by: Settled, book: Rulebook, customer: bytes, personal: bool, asked: Asked, now: int
) -> Decision:
    who = asked.user or asked.anonymous
    visit = by.secret.mac("slot visit", asked.source.name, who.replace("\0", "")).hex()
    key = f"slot {asked.placement} {visit} {'signed' if asked.user else 'public'} {now // HALF_HOUR}"
    occasion = Occasion(
        id=occasion_id(by.secret, key), key=key, kind="slot", name=asked.placement, placement=asked.placement,
        channels=(ONSITE,), context={"product": asked.product} if asked.product else {},
    )  # fmt: skip
    there = ledger.find(connection, occasion.id)
    if there is not None:
        return there.decision
    known = facts_of(connection, [customer], book, Means(by.rules, by.secret), now)[customer]
    if not personal:
        known = msgspec.structs.replace(known, segments=(), stage="", currency="", cart=0)
    made = ledger.record(connection, [ledger.Wanted(known, occasion, now)], book)
    if occasion.id in made:
        return made[occasion.id]
    (found,) = ledger.find_all(connection, [occasion.id])
    return found.decision


def _put_away(connection: Connection, decision: bytes) -> bool:
    row = connection.cursor(binary=True).execute(queries.PUT_AWAY, (decision,)).fetchone()
    return bool(row and row[0])


def _said(
    connection: Connection, filling: By, name: str, customer: bytes, context: Mapping[str, Any], now: int
) -> tuple[dict[str, Any], str] | None:
    """The message as data and as HTML; of an action without one both are empty. None where it cannot be said."""
    if not name:
        return {}, ""
    try:
        message = store.message(connection, name)
        if message is None:
            return None
        (data,) = data_now(connection, [Wanted(message, customer, context)], filling, now)
        rendered = render(message, ONSITE, data)
    except (BadMessage, CannotRender):
        return None
    return rendered.data, rendered.html
