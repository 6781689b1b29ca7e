"""A retraction carried out: all that an import run (or the example data) did is taken back, as if it had never come.

Its frames stay in the log and are passed over from now on. Whatever shared a bundle, a link or a catalogue with it is
taken in anew from the log, and so is what was refused as a duplicate of it. All of it happens in the transaction in
which the pipeline takes the record, so a process that is killed in the middle leaves nothing half done.
"""

from collections.abc import Iterator, Sequence

import msgspec

from regulars.catalogue.retract import unsay
from regulars.collection.marked import message_key
from regulars.collection.retracted import EXAMPLE, Retracted, Scope
from regulars.erasure import PARTS
from regulars.gathering import Found, Means, P, Piece, gather
from regulars.identity import erase as identity
from regulars.identity.evidence import Evidence
from regulars.model.frame import Frame
from regulars.model.parts import Erasure
from regulars.model.rejection import Reason
from regulars.model.source import Trust
from regulars.profiles.order_reports import REPORTS
from regulars.storage import erasing, faults, log, retold, retracting
from regulars.storage.database import Connection

UNDO = "undo"
NAMELESS = b""
"""Stands where an order of no bundle is filed."""

CATALOGUE = ("catalogue", "amounts", "stock")
"""The tables that hold the shop's own things, as its events state them; mentions are mended by the pipeline's step."""

SILENT = Frame("", int(Trust.SERVER), 0, "control", b'{"control":""}', 0)
"""Takes the place of a frame that need not be read, so that the others keep theirs."""


class Record(msgspec.Struct, frozen=True):
    """The control record of a retraction: the id of the run, or `EXAMPLE`."""

    run: str
    control: str = UNDO


_decode = msgspec.json.Decoder(Record).decode


def is_retraction(frame: Frame) -> bool:
    """Whether a frame is the control record of a retraction."""
    return frame.call == "control" and msgspec.json.decode(frame.body).get("control") == UNDO


def retraction_frame(run: str, at: int) -> Frame:
    """The record that takes a run back, at a time in microseconds; to be appended as a row of its own."""
    return Frame("retraction", int(Trust.SERVER), at, "control", msgspec.json.encode(Record(run)))


def read_retracted(connection: Connection, since: int = 1) -> Retracted | None:
    """What was taken back so far, None where nothing was; for reading the log from behind a place on."""
    marks = retracting.marks(connection)
    return Retracted(marks, since) if marks else None


def carry_out(means: Means, seq: int, frame: Frame) -> None:
    """Take back what the record at this place of the log names, as far as it came before; safe to repeat."""
    run = _decode(frame.body).run
    connection = means.connection
    erasing.hold_erasures(connection)
    marks = [mark for mark in retracting.marks(connection) if mark[0] != seq]
    retracting.begin(connection)
    found = gather(means, seq, Scope(run), Retracted(marks))
    own = retracting.number(connection, retracting.OWN)
    if own:
        _remove(means, found)
        faults.hit("undo.before")
        after = Retracted([*marks, (seq, run)])
        _take_anew(means, seq, found, after)
        _settle(means)
    back = retracting.number(connection, retracting.BACK)
    connection.execute(retracting.MARK, (seq, run, own, back))
    for each in found.undone if run == EXAMPLE else [run]:
        connection.execute(retracting.FORGET_COUNTS, (each,))
        connection.execute(retracting.SET_UNDONE, (each,))


def _remove(means: Means, found: Found) -> None:
    """Empty the tables of all that the retracted events and what they touched are in."""
    connection = means.connection
    ends = sorted({end for a, b, _ in found.links for end in (a, b)})
    if found.links:
        connection.cursor().execute(retracting.ALIASES, (ends,))
        columns = tuple([link[i] for link in sorted(found.links)] for i in range(3))
        connection.cursor().execute(retracting.DELETE_LINKS, columns)
    connection.execute(retracting.MEMBERS)
    retracting.add(connection, "retracted_identifiers", ends)
    for rows in retracting.rows_of(connection, retracting.EVENTS_OF):
        _mark(means, rows)
    if found.nameless_orders:
        retracting.add(connection, "retracted_bundles", [NAMELESS])
        for rows in retracting.rows_of(connection, retracting.NAMELESS_OF, sorted(REPORTS)):
            _mark(means, rows)
            retracting.add_nameless(connection, [(row[0], row[1], row[2]) for row in rows])
    connection.execute(retracting.ANALYZE)
    for query in (retracting.DELETE_MESSAGES, retracting.DELETE_NAMELESS, retracting.DELETE_NAMELESS_REFUNDS):
        connection.execute(query)
    retold.note(connection, {retold.NOBODY})
    for bundles in retracting.chunks(connection, retracting.BUNDLES):
        part = Erasure(0, (), {}, frozenset(), frozenset(bundles), frozenset())
        for remove in PARTS:
            remove(connection, part)
    if found.catalogue:
        unsay(connection, means.sources, found.catalogue, means.currency)


def _mark(means: Means, rows: Sequence[tuple[str, int, str, int]]) -> None:
    """Note messages of others that go with what was touched, and when they were received."""
    keys = {message_key(means.secret, source, Trust(trust), id) for source, trust, id, _ in rows}
    retracting.add(means.connection, "retracted_messages", sorted(keys), False)
    retracting.add(means.connection, "retracted_times", sorted({row[3] for row in rows}))


def _take_anew(means: Means, seq: int, found: Found, after: Retracted) -> None:
    """Take in once more what of the log is left of the messages and bundles that were removed."""

    def pick(items: list[P]) -> list[P]:
        return _picked(means, items)

    def wanted(row: log.Row, times: set[int]) -> log.Row:
        def keep(frame: Frame) -> bool:
            if frame.call == "control" or after.whole(frame, row.seq):
                return False
            # A duplicate that was refused left no trace: it is looked for wherever its source spoke.
            return frame.received in times or (frame.source, frame.trust) in found.sources

        return log.Row(row.seq, row.n, [frame if keep(frame) else SILENT for frame in row.frames])

    for rows in _parts(erasing.rows_before(means.connection, seq)):
        received = {frame.received for row in rows for frame in row.frames}
        times = retracting.holds(means.connection, "retracted_times", received)
        left = [row for row in (wanted(row, times) for row in rows) if any(f is not SILENT for f in row.frames)]
        if left:
            identifiers, bundles = means.take(left, after, pick)
            retracting.add(means.connection, "retracted_identifiers", sorted(identifiers))
            retracting.add(means.connection, "taken_bundles", sorted(bundles))


def _picked(means: Means, items: list[P]) -> list[P]:
    """Of these items those that are to be taken in anew; where one stands in `rejected`, it is taken from there."""
    connection = means.connection
    names = [_name(means, item) for item in items]
    held = retracting.holds(connection, "retracted_messages", {*names, *(item.key for item in items)})
    chosen = [item for item, name in zip(items, names, strict=True) if name in held or item.key in held]
    masked = sorted({item.key for item in chosen} - held)
    if masked:
        # Its id was masked by an erasure, so the table of events does not tell under which name it is known.
        connection.cursor().execute(retracting.FORGET_MESSAGES, (masked,))
        retracting.add(connection, "retracted_messages", masked, False)
    places = [item.seq for item in chosen], [item.place for item in chosen]
    rejected = {(seq, place): reason for seq, place, reason in retracting.rejected_at(connection, *places)}
    again = [at for at, reason in rejected.items() if reason == Reason.CONFLICTING_DUPLICATE]
    connection.cursor().execute(retracting.DELETE_REJECTED_AT, ([at[0] for at in again], [at[1] for at in again]))
    left = rejected.keys() - set(again)
    return [item for item in chosen if (item.seq, item.place) not in left]


def _name(means: Means, item: Piece) -> bytes:
    if not item.frame.marks:
        return item.key
    source = item.event.source
    return message_key(means.secret, source.name, source.trust, item.event.message_id)


def _settle(means: Means) -> None:
    """Bring identifiers in line with the evidence that is left, and resolve anew whose each of them is."""
    connection = means.connection
    for keys in retracting.chunks(connection, retracting.IDENTIFIERS):
        identity.settle_beside(connection, keys)
    evidence = Evidence(connection, means.rules, means.secret)
    for keys in retracting.chunks(connection, retracting.IDENTIFIERS):
        stay = identity.known_of(connection, keys)
        evidence.resolve(stay, retracting.taken_with(connection, keys), stay)


def _parts(rows: Iterator[log.Row]) -> Iterator[list[log.Row]]:
    """Rows in order, about as many together as hold `MANY` items."""
    part: list[log.Row] = []
    size = 0
    for row in rows:
        part.append(row)
        size += row.n
        if size >= retracting.MANY:
            yield part
            part, size = [], 0
    if part:
        yield part
