"""The ledger: every decision with what led to it, written once an occasion, together with what it sets going."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import psycopg
import zstandard
from psycopg.errors import UniqueViolation

from regulars.decisioning import contacts, outbox, queries
from regulars.decisioning.arbitrate import decide
from regulars.decisioning.plan import plan_of
from regulars.decisioning.words import why
from regulars.model.contact import DELIVERED
from regulars.model.decision import Action, Candidate, Contact, Decision, Known, Occasion, Rulebook, permit_name
from regulars.storage import faults
from regulars.storage.awaited import awaited, finish
from regulars.storage.binary import bools, byteas, float8s, int4s, int8s, texts
from regulars.storage.database import Connection

AsyncConnection = psycopg.AsyncConnection[tuple[Any, ...]]


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


class Wanted(msgspec.Struct, frozen=True):
    """What is to be decided: what is known of her, the occasion, and when (`at`, microseconds since 1970 UTC)."""

    known: Known
    asked: Occasion
    at: int


Open = Wanted | Decision
"""What can be decided under the lock; a decision is so once more. Contacts that it knows of are read anew."""

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Body).decode
_book: Final = msgspec.json.Decoder(Rulebook).decode


def record(connection: Connection, wanted: Sequence[Open], book: Rulebook) -> dict[bytes, Decision]:
    """As `settle`, in the caller's transaction or in one of its own."""
    while True:
        try:
            with connection.transaction(), connection.pipeline():
                return finish(settle(awaited(connection), wanted, book))
        except UniqueViolation:
            # The same occasion was decided for somebody else at this moment; now it is there to be seen.
            continue


async def settle(connection: AsyncConnection, wanted: Sequence[Open], book: Rulebook) -> dict[bytes, Decision]:
    """Decide and write, with each chosen action its row in the outbox; returns what is new, by id.

    One occasion is decided once: what is there already stays and is not returned. Her contacts are read and it is
    decided under a lock a customer, so that no two decisions pass the same cap. In a pipeline of the caller's, which is
    one transaction where the connection commits by itself: it holds once that has ended. UniqueViolation, by then, says
    that an occasion was decided for somebody else at this moment: settle all once more. At most some hundreds at once.
    """
    there = await _looked(connection, wanted, book)
    settled = _settled([each for each in wanted if each.asked.id not in there.ids], there, book)
    if settled:
        faults.hit("decision.before")
        await _write(connection, settled, there, book)
        faults.hit("decision.after")
    return {each.id: each for each in settled}


def seen(connection: Connection, decision: bytes, at: int) -> bool:
    """What was decided for a place on the site was shown: it counts as a contact. False where it was said before."""
    return connection.execute(queries.SEEN, (at, decision)).rowcount == 1


def find(connection: Connection, id: bytes) -> Recorded | None:
    """The decision with this id."""
    return next(iter(find_all(connection, [id])), None)


def find_all(connection: Connection, ids: Iterable[bytes]) -> list[Recorded]:
    """The decisions with these ids, as many as there are."""
    return finish(find_all_async(awaited(connection), ids))


async def find_all_async(connection: AsyncConnection, ids: Iterable[bytes]) -> list[Recorded]:
    """As `find_all`."""
    rows = await connection.cursor(binary=True).execute(queries.DECISIONS_BY_ID, (byteas(ids),))
    return [recorded(row) for row in await rows.fetchall()]


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


class _There(msgspec.Struct, frozen=True):
    """What is found under the lock: which decisions are there, fresh contacts, whether the rulebook is kept."""

    ids: frozenset[bytes]
    contacts: Mapping[bytes, tuple[Contact, ...]]
    book: bool


async def _looked(connection: AsyncConnection, wanted: Sequence[Open], book: Rulebook) -> _There:
    # In one order everywhere, so that no two wait for each other.
    keys = sorted({int.from_bytes(each.known.customer[:8], "big", signed=True) for each in wanted})
    await connection.cursor(binary=True).execute(queries.LOCK_CUSTOMERS, (int8s(keys),))
    ids = {each.known.customer: each.known.ids for each in wanted}
    asked = contacts.asked(ids, min((each.at for each in wanted), default=0))
    values = {**asked, "decisions": byteas(each.asked.id for each in wanted), "book": book.version}
    cursor = await connection.cursor(binary=True).execute(queries.THERE, values)
    said, there, kept = await cursor.fetchone() or ("[]", (), False)
    return _There(frozenset(there), contacts.found(said, ids), kept)


def _settled(wanted: Sequence[Open], there: _There, book: Rulebook) -> list[Decision]:
    """What is decided by the contacts as they are now, and as what is decided before makes them."""
    added: dict[bytes, list[Contact]] = defaultdict(list)
    settled: dict[bytes, Decision] = {}
    for each in wanted:
        if each.asked.id in settled:
            continue
        customer = each.known.customer
        present = tuple(sorted([*there.contacts[customer], *added[customer]]))
        made = decide(msgspec.structs.replace(each.known, contacts=present), each.asked, book, each.at)
        did = made.did
        if did is not None:
            action = _action(book, did)
            at = max(made.at, made.asked.not_before)
            added[customer].append(Contact(at, did.channel, action.is_service, action.name))
        settled[made.id] = made
    return list(settled.values())


async def _write(connection: AsyncConnection, settled: Sequence[Decision], there: _There, book: Rulebook) -> None:
    if not there.book:
        body = msgspec.json.encode(book, order="deterministic").decode()
        await connection.cursor(binary=True).execute(queries.PUT_RULEBOOK, (book.version, settled[0].at, body))
    values = (*_columns(settled, book), *_set_going(settled, book))
    await connection.cursor(binary=True).execute(queries.WRITE, values)


_PACKED: Final = (
    byteas, texts, texts, texts, byteas, int8s, texts, int4s, texts, bools, float8s, texts, texts, texts, int8s, bools,
    texts, byteas,
)  # fmt: skip
"""How each of `queries.DECISION_COLUMNS` goes to the database."""
_HANDED: Final = (byteas, byteas, int8s, texts, texts, texts, bools)


def _columns(decisions: Sequence[Decision], book: Rulebook) -> list[Any]:
    pack = zstandard.ZstdCompressor(level=1).compress
    rows = [_row(each, book, pack(_body(each))) for each in decisions]
    return _packed(_PACKED, rows)


def _packed(kinds: Sequence[Callable[[Any], Any]], rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    columns = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    return [kind(column) for kind, column in zip(kinds, columns, strict=True)]


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


def _set_going(decisions: Iterable[Decision], book: Rulebook) -> list[Any]:
    """What is handed to whoever asked, and what waits to be delivered, as `queries.WRITE` takes it."""
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
    return [*_packed(_HANDED, handed), *outbox.columns(waiting)]


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
