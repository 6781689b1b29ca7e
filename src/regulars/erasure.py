"""An erasure carried out: the log before its record is rewritten, and what was derived from that is put right.

All of it happens in the transaction in which the pipeline takes the record, so a process that is killed in the middle
leaves nothing half erased, and the next one does it again from the start.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from regulars.aliases import aliases_again
from regulars.catalogue.retract import erase_seen, lose_mentions, unsay
from regulars.clienteling.erase import erase_wishes
from regulars.collection.marked import message_key
from regulars.consent.erase import erase_consent
from regulars.decisioning.campaigns.erase import erase_waiting
from regulars.decisioning.erase import erase_decisions
from regulars.decisioning.journeys.erase import erase_entries
from regulars.identity import erase as identity
from regulars.identity.blocked import Policy
from regulars.identity.evidence import Evidence
from regulars.identity.masking import Masker
from regulars.identity.rules import Rules
from regulars.insights.erase import erase_insights
from regulars.measurement.erase import erase_touches
from regulars.messaging.delivery.erase import erase_deliveries
from regulars.model.frame import Frame
from regulars.model.parts import Erase, Erasure
from regulars.model.secret import Secret
from regulars.model.source import Trust
from regulars.profiles.erase import erase_profiles, nameless_bundles
from regulars.profiles.listing.refresh import erase_rows
from regulars.rewriting import Filed, Rewriter
from regulars.segments.erase import erase_memberships
from regulars.storage import erasing, log, retold
from regulars.storage.database import Connection
from regulars.storage.erasures import Asked
from regulars.storage.sources import Sources

ERASE = "erase"
PARTS: tuple[Erase, ...] = (
    erase_rows,
    erase_insights,
    erasing.erase_events,
    identity.erase_identity,
    erase_seen,
    erase_profiles,
    retold.note_erased,
    erase_memberships,
    erase_consent,
    erase_decisions,
    erase_entries,
    erase_waiting,
    erase_deliveries,
    erase_touches,
    erase_wishes,
)
"""What each room removes of its own tables; the list of customers first, while it is known whose each bundle is."""


class Record(msgspec.Struct, frozen=True):
    """The control record of an erasure; everything in it is keyed, and in hexadecimal digits.

    `identifiers` are the customer's when it was asked for. Once it is carried out it is `done`: `customers` are all ids
    she had, `identifiers` all that were erased, `ghosts` the fan-out that was lost.
    """

    customer: str
    identifiers: tuple[str, ...]
    control: str = ERASE
    done: bool = False
    customers: tuple[str, ...] = ()
    ghosts: tuple[identity.Ghost, ...] = ()


class Again(Protocol):
    """Folds items of the log once more, those of the wanted messages; returns their identifiers and bundles."""

    def __call__(self, rows: Sequence[log.Row], wanted: set[bytes]) -> tuple[set[bytes], set[bytes]]:
        """Takes each message out of `wanted` as it is folded."""


class Means(msgspec.Struct, frozen=True):
    """What an erasure is carried out with; `filed` tells an event's bundle, and raises Refused as the pipeline does.

    `currency` is that of the settings.
    """

    connection: Connection
    secret: Secret
    rules: Rules
    policy: Policy
    sources: Sources
    filed: Filed
    again: Again
    currency: str = ""


_decode = msgspec.json.Decoder(Record).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def is_erasure(frame: Frame) -> bool:
    """Whether a frame is the control record of an erasure."""
    return frame.call == "control" and msgspec.json.decode(frame.body).get("control") == ERASE


def is_carried_out(frame: Frame) -> bool:
    """Whether the erasure of such a record was carried out already."""
    return _decode(frame.body).done


def missing(connection: Connection, asked: Iterable[Asked]) -> list[Frame]:
    """The records of those of these erasures that the log does not hold, to be appended each as a row of its own."""
    known = {
        (frame.received, _decode(frame.body).customer)
        for row in erasing.rows_before(connection, log.last(connection) + 1)
        for frame in row.frames
        if is_erasure(frame)
    }
    records = [(each.at, _decode(each.record)) for each in asked]
    return [
        erasure_frame(bytes.fromhex(record.customer), map(bytes.fromhex, record.identifiers), at)
        for at, record in records
        if (at, record.customer) not in known
    ]


def erasure_frame(customer: bytes, identifiers: Iterable[bytes], at: int) -> Frame:
    """The record that asks for a customer's erasure, at a time in microseconds; to be appended as a row of its own."""
    record = Record(customer.hex(), tuple(key.hex() for key in identifiers))
    return Frame("erasure", int(Trust.SERVER), at, "control", _encode(record))


def carry_out(means: Means, seq: int, frames: Sequence[Frame], number: int) -> None:
    """Erase what the record at this place of the log names, as it stands before that place; safe to repeat."""
    record = _decode(frames[number].body)
    connection = means.connection
    erasing.hold_erasures(connection)
    keys = [bytes.fromhex(each) for each in record.identifiers]
    erasure = identity.find(connection, seq, bytes.fromhex(record.customer), keys)
    more = nameless_bundles(connection, erasure.hers)
    erasure = msgspec.structs.replace(erasure, hers=erasure.hers | more, touched=erasure.touched - more)
    ghosts = {*record.ghosts, *identity.ghosts_of(connection, erasure, means.rules)}
    known = erasure.identifiers or erasure.hers
    beside = _remove(means, erasure, record.done) if known else (set(), set())
    gone = {*erasure.customers, *(bytes.fromhex(each) for each in record.customers)}
    identity.note_erased(connection, seq, gone, {*keys, *erasure.identifiers})
    identity.put_ghosts(connection, ghosts)
    haunted = {bytes.fromhex(each.identifier) for each in ghosts}
    stay = identity.settle_beside(connection, erasure.beside | beside[0] | haunted)
    Evidence(connection, means.rules, means.secret).resolve(stay, beside[1], stay)
    done = Record(
        record.customer,
        tuple(sorted({*record.identifiers, *(key.hex() for key in erasure.identifiers)})),
        done=True,
        customers=tuple(sorted(id.hex() for id in gone)),
        ghosts=tuple(sorted(ghosts)),
    )
    if not record.done:
        written = [*frames]
        written[number] = msgspec.structs.replace(frames[number], body=_encode(done))
        erasing.rewrite(connection, seq, written)


def _remove(means: Means, erasure: Erasure, repeated: bool) -> tuple[set[bytes], set[bytes]]:
    """Rewrite the log, empty the tables, and fold the touched bundles of others anew from what is left."""
    connection = means.connection
    masker = Masker(erasure.identifiers.values(), means.policy)
    wanted = _messages(means, erasure.touched)
    received = {received for _, received in erasing.messages_of(connection, erasure.bundles)}
    received |= _purge_rejected(means, masker)
    rewriter = Rewriter(connection, means.secret, means.sources, masker, erasure, means.filed, repeated)
    for row in erasing.rows_before(connection, erasure.seq):
        frames = rewriter.row(row, received)
        if frames is not None:
            erasing.rewrite(connection, row.seq, frames)
    # A value in somebody else's free text touches her bundle too, which is met only here.
    touched = erasure.touched | rewriter.touched
    wanted |= _messages(means, rewriter.touched) | rewriter.masked.keys()
    everything = msgspec.structs.replace(erasure, touched=frozenset(touched))
    beside = {*identity.find_members(connection, sorted(touched))} - erasure.identifiers.keys()
    for part in PARTS:
        part(connection, everything)
    erasing.forget_messages(connection, rewriter.masked.values())
    if rewriter.masked:
        retold.note(connection, {retold.NOBODY})
    lose_mentions(connection, rewriter.masked.values())
    if rewriter.catalogue:
        unsay(connection, means.sources, rewriter.masked.values(), means.currency)
    keys, bundles = _fold_again(means, erasure.seq, wanted)
    linked = aliases_again(connection, means.secret, means.policy, means.sources, erasure.seq)
    return keys | beside | linked, bundles


def _messages(means: Means, bundles: Iterable[bytes]) -> set[bytes]:
    return {
        message_key(means.secret, source, Trust(trust), message_id)
        for (source, trust, message_id), _ in erasing.messages_of(means.connection, sorted(bundles))
    }


def _fold_again(means: Means, seq: int, wanted: set[bytes]) -> tuple[set[bytes], set[bytes]]:
    keys: set[bytes] = set()
    bundles: set[bytes] = set()
    for row in erasing.rows_before(means.connection, seq):
        if not wanted:
            break
        more = means.again([row], wanted)
        keys |= more[0]
        bundles |= more[1]
    return keys, bundles


def _purge_rejected(means: Means, masker: Masker) -> set[int]:
    """Take what holds a value of hers from `rejected`; returns when the requests were received that it came in."""
    ids, received = [], set()
    for item in erasing.rejected_items(means.connection):
        group = means.sources.of(item.source, Trust(item.trust)).group
        if masker.finds(item.body) or masker.masked(item.body, group) != item.body:
            ids.append(item.id)
            received.add(item.received)
    erasing.forget_rejected_ids(means.connection, ids)
    return received
