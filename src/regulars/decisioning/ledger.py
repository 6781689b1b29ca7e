"""The ledger: every decision with what led to it, written once an occasion, together with what it sets going."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import zstandard

from regulars.decisioning import outbox, queries
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.contacts import Asked
from regulars.decisioning.plan import plan_of
from regulars.decisioning.words import why
from regulars.model.contact import DELIVERED
from regulars.model.decision import Action, Candidate, Contact, Decision, Known, Occasion, Rulebook, permit_name
from regulars.storage import faults
from regulars.storage.binary import byteas, int8s
from regulars.storage.database import Connection


class _Body(msgspec.Struct, frozen=True, array_like=True):
    candidates: tuple[Candidate, ...]
    chosen: int
    would: int
    known: Known
    asked: Occasion


class Recorded(msgspec.Struct, frozen=True):
    """A decision as the ledger holds it, and the words in which it told why."""

    decision: Decision
    words: str


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Body).decode
_book: Final = msgspec.json.Decoder(Rulebook).decode


def record(connection: Connection, decisions: Sequence[Decision], book: Rulebook) -> dict[bytes, Decision]:
    """Write decisions, and with each chosen action its row in the outbox; returns those really new, by id.

    One occasion is decided once: what is there already stays and is not returned. Where she was contacted since the
    facts were gathered, it is decided anew from the fresh contacts, under a lock a customer, so that no two decisions
    pass the same cap. Runs in the caller's transaction, or in one of its own; at most some hundreds at once.
    """
    while True:
        try:
            with connection.transaction():
                return _recorded(connection, decisions, book)
        except _Overtaken:
            # The same occasion was decided for somebody else at this moment; now it is there to be seen.
            continue


def seen(connection: Connection, decision: bytes, at: int) -> bool:
    """What was decided for a place on the site was shown: it counts as a contact. False where it was said before."""
    return connection.execute(queries.SEEN, (at, decision)).rowcount == 1


def find(connection: Connection, id: bytes) -> Recorded | None:
    """The decision with this id."""
    return next(iter(find_all(connection, [id])), None)


def find_all(connection: Connection, ids: Iterable[bytes]) -> list[Recorded]:
    """The decisions with these ids, as many as there are."""
    rows = connection.cursor(binary=True).execute(queries.DECISIONS_BY_ID, (byteas(ids),))
    return [recorded(row) for row in rows]


def last_of(connection: Connection, ids: Iterable[bytes], most: int) -> list[Recorded]:
    """The last decisions for a customer, given all her ids (`hers.ids_of`), newest first."""
    rows = connection.cursor(binary=True).execute(queries.LAST_DECISIONS, (byteas(ids), most))
    return [recorded(row) for row in rows]


def newest(connection: Connection, since: int, most: int) -> list[Recorded]:
    """The newest decisions after a time."""
    return [recorded(row) for row in connection.cursor(binary=True).execute(queries.NEWEST_DECISIONS, (since, most))]


def book_of(connection: Connection, version: str) -> Rulebook | None:
    """The rulebook that a decision names."""
    row = connection.execute(queries.RULEBOOK, (version,)).fetchone()
    return None if row is None else _book(row[0])


def recorded(row: tuple[Any, ...]) -> Recorded:
    """A row of `queries.DECISION_COLUMNS`, read in binary."""
    said = dict(zip(queries.DECISION_COLUMNS, row, strict=True))
    body = _decode(zstandard.ZstdDecompressor().decompress(said["body"]))
    kept = ("id", "occasion", "kind", "name", "customer", "at", "probability", "arm", "held_by", "policy", "again")
    decision = Decision(
        **{name: said[name] for name in kept}, candidates=body.candidates, chosen=body.chosen, would=body.would,
        known=body.known, asked=body.asked,
    )  # fmt: skip
    return Recorded(decision, said["words"])


class _Overtaken(Exception):
    """An occasion was decided since it was looked for."""


class _There(msgspec.Struct, frozen=True):
    """What is found under the lock: which decisions are there, fresh contacts, whether the rulebook is kept."""

    ids: frozenset[bytes]
    contacts: Mapping[bytes, tuple[Contact, ...]]
    book: bool


def _recorded(connection: Connection, decisions: Sequence[Decision], book: Rulebook) -> dict[bytes, Decision]:
    there = _looked(connection, decisions, book)
    settled = _settled([each for each in decisions if each.id not in there.ids], there, book)
    if not settled:
        return {}
    faults.hit("decision.before")
    with connection.pipeline():
        cursor = connection.cursor(binary=True)
        if not there.book:
            body = msgspec.json.encode(book, order="deterministic").decode()
            cursor.execute(queries.PUT_RULEBOOK, (book.version, settled[0].at, body))
        written = connection.cursor(binary=True).execute(queries.PUT_DECISIONS, _columns(settled, book))
        _set_going(connection, settled, book)
        if len(written.fetchall()) < len(settled):
            raise _Overtaken
    faults.hit("decision.after")
    return {each.id: each for each in settled}


def _looked(connection: Connection, decisions: Sequence[Decision], book: Rulebook) -> _There:
    # In one order everywhere, so that no two wait for each other.
    keys = sorted({int.from_bytes(each.customer[:8], "big", signed=True) for each in decisions})
    now = min((each.at for each in decisions), default=0)
    with connection.pipeline():
        connection.cursor(binary=True).execute(queries.LOCK_CUSTOMERS, (int8s(keys),))
        ids = connection.cursor(binary=True).execute(queries.PRESENT, (byteas(each.id for each in decisions),))
        kept = connection.cursor(binary=True).execute(queries.HAS_RULEBOOK, (book.version,))
        asked = Asked(connection, {each.customer: each.known.ids for each in decisions}, now)
        row = kept.fetchone()
        return _There(frozenset(id for (id,) in ids), asked.found(), bool(row and row[0]))


def _settled(decisions: Sequence[Decision], there: _There, book: Rulebook) -> list[Decision]:
    """These, each holding with the contacts as they are now and as those before it make them."""
    added: dict[bytes, list[Contact]] = defaultdict(list)
    settled: dict[bytes, Decision] = {}
    for each in decisions:
        if each.id in settled:
            continue
        contacts = tuple(sorted([*there.contacts[each.customer], *added[each.customer]]))
        if contacts != each.known.contacts:
            each = decide(msgspec.structs.replace(each.known, contacts=contacts), each.asked, book, each.at)
        did = each.did
        if did is not None:
            action = _action(book, did)
            at = max(each.at, each.asked.not_before)
            added[each.customer].append(Contact(at, did.channel, action.is_service, action.name))
        settled[each.id] = each
    return list(settled.values())


def _columns(decisions: Sequence[Decision], book: Rulebook) -> list[Any]:
    pack = zstandard.ZstdCompressor(level=1).compress
    rows = [_row(each, book, pack(_body(each))) for each in decisions]
    return [list(column) for column in zip(*rows, strict=True)]


def _row(each: Decision, book: Rulebook, body: bytes) -> tuple[Any, ...]:
    about = each.about
    action, version, channel = ("", 0, "") if about is None else (about.action, about.version, about.channel)
    return (
        each.id, each.occasion, each.kind, each.name, each.customer, each.at, action, version, channel,
        each.did is not None, each.probability, each.arm, each.held_by, each.policy, each.again,
        each.known.simulated, why(each, book), body,
    )  # fmt: skip


def _body(each: Decision) -> bytes:
    kept = msgspec.structs.replace(each.known, ids=(), addresses={})
    return _encode(_Body(each.candidates, each.chosen, each.would, kept, each.asked))


def _set_going(connection: Connection, decisions: Iterable[Decision], book: Rulebook) -> None:
    waiting, handed = [], []
    for each in decisions:
        did = each.did
        if did is None:
            continue
        action = _action(book, did)
        if did.channel in DELIVERED and each.kind in ("journey", "campaign", "api"):
            waiting.append(_waiting(each, did, action, book))
        else:
            handed.append(
                (each.id, each.customer, each.at, did.channel, action.purpose, action.name, each.kind != "slot")
            )
    outbox.put(connection, waiting)
    if handed:
        connection.cursor(binary=True).execute(queries.PUT_CONTACTS, [list(each) for each in zip(*handed, strict=True)])


def _waiting(each: Decision, did: Candidate, action: Action, book: Rulebook) -> outbox.Waiting:
    address = each.known.addresses[permit_name(did.channel, action.purpose, action.topic)]
    return outbox.Waiting(
        decision=each.id, customer=each.customer, channel=did.channel, address=address, message=action.message,
        variant=each.asked.variant, purpose=action.purpose, topic=action.topic, action=action.name,
        context={**each.asked.context, "why": why(each, book)}, not_before=max(each.asked.not_before, each.at),
        at=each.at,
    )  # fmt: skip


def _action(book: Rulebook, candidate: Candidate) -> Action:
    return plan_of(book).actions[candidate.action]
