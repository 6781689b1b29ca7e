"""Retention carried out: what the pipeline does at a record that says what was kept long enough.

As with an erasure the log is rewritten in place and what was derived from it is put right, in the transaction in which
the pipeline takes the record. What is left folds to what stands then, so a rebuild gives the same.
"""

from typing import Final

import msgspec

from regulars.collection.marked import message_key, read_frame
from regulars.erasure import ERASE, PARTS, Means
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.parts import Erasure
from regulars.model.rejection import Refused, Rejection
from regulars.model.source import Trust
from regulars.profiles.browsing import is_browsing, stripped
from regulars.profiles.strip import Left, put_left
from regulars.storage import erasing, log, retention, retold, visitors
from regulars.storage.queries import known_messages
from regulars.thinning import Place, Thinner

CONTROL: Final = "retention"


class Record(msgspec.Struct, frozen=True):
    """The control record of one piece of a run; `run` is its entry in `retention_runs`.

    `browsing` and `rejected` deal with the rows of the log behind `after` up to `until`; `anonymous` with `customers`
    (hexadecimal) who stayed away since `cutoff`, whose events are in `rows`. Once it is `done`, `bundles` are theirs.
    """

    of: str
    run: int
    control: str = CONTROL
    after: int = 0
    until: int = 0
    cutoff: int = 0
    customers: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    bundles: tuple[str, ...] = ()
    done: bool = False


_decode = msgspec.json.Decoder(Record).decode
_encode = msgspec.json.Encoder(order="deterministic").encode


def retention_frame(record: Record, at: int) -> Frame:
    """The frame of a record, at a time in microseconds; to be appended as a row of its own."""
    return Frame(CONTROL, int(Trust.SERVER), at, "control", _encode(record))


def is_retention(frame: Frame) -> bool:
    """Whether a frame is a record of retention."""
    return _control(frame) == CONTROL


def rewrites(frame: Frame) -> bool:
    """Whether a frame has the log before it rewritten: the record of an erasure or of retention."""
    return _control(frame) in (ERASE, CONTROL)


def _control(frame: Frame) -> str:
    return str(msgspec.json.decode(frame.body).get("control")) if frame.call == "control" else ""


def carry_out_retention(means: Means, seq: int, frames: list[Frame], number: int) -> None:
    """Do what the record at this place of the log says, to what came before it; safe to repeat."""
    record = _decode(frames[number].body)
    erasing.hold_erasures(means.connection)
    removed = 0
    if record.of == "browsing":
        removed = _strip(means, record)
    elif record.of == "rejected":
        removed = _purge(means, record)
    elif record.of == "anonymous":
        record, removed = _forget(means, seq, record)
    if not _decode(frames[number].body).done:
        written = [*frames]
        done = msgspec.structs.replace(record, done=True)
        written[number] = msgspec.structs.replace(frames[number], body=_encode(done))
        erasing.rewrite(means.connection, seq, written)
        retention.credit(means.connection, record.run, removed, record.until)


def strip_judge(place: Place, what: Event | Rejection, raw: bytes) -> bytes | None:
    """Leaves of browsing who it was, when and where."""
    return stripped(raw, what) if isinstance(what, Event) and is_browsing(what) else raw


def _strip(means: Means, record: Record) -> int:
    thinner = Thinner(means.connection, means.secret, means.sources, strip_judge)
    for row in erasing.rows_before(means.connection, record.until + 1, record.after):
        frames = _rewritten(means, thinner, row)
        left = _left(means, row.seq, frames)
        put_left(means.connection, left)
        retold.note(means.connection, {each.bundle or retold.NOBODY for each in left})
    return thinner.items


def _rewritten(means: Means, thinner: Thinner, row: log.Row) -> list[Frame]:
    frames = thinner.row(row)
    if frames != row.frames:
        erasing.rewrite(means.connection, row.seq, frames)
    return frames


def _left(means: Means, seq: int, frames: list[Frame]) -> list[Left]:
    """What is left of the accepted browsing in a row, by bundle."""
    found: dict[bytes, tuple[bytes, Left]] = {}
    for number, frame in enumerate(frames):
        if frame.call == "control":
            continue
        source = means.sources.of(frame.source, Trust(frame.trust))
        for _, what, mark in read_frame(frame, source, means.secret, f"{seq}:{number}"):
            if not isinstance(what, Event) or not is_browsing(what):
                continue
            try:
                _, bundle, _ = means.filed(what)
            except Refused:
                continue
            key = mark.key if mark else message_key(means.secret, source.name, source.trust, what.message_id)
            found[key] = (what.content, Left(bundle, what))
    known = known_messages(means.connection, list(found))
    return [left for key, (content, left) in found.items() if known.get(key) == content]


def _purge(means: Means, record: Record) -> int:
    places = retention.rejected_places(means.connection, record.after, record.until)

    def judge(place: Place, what: Event | Rejection, raw: bytes) -> bytes | None:
        return None if f"{place.frame}.{place.index}" in places[place.seq] else raw

    thinner = Thinner(means.connection, means.secret, means.sources, judge)
    for row in retention.rows_of(means.connection, sorted(places)):
        _rewritten(means, thinner, row)
    retention.forget_rejected_of(means.connection, record.after, record.until)
    return thinner.items


def _forget(means: Means, seq: int, record: Record) -> tuple[Record, int]:
    connection = means.connection
    customers = [bytes.fromhex(each) for each in record.customers]
    if record.done:
        bundles = tuple(bytes.fromhex(each) for each in record.bundles)
    else:
        # Who came back since the run looked for her is no longer found.
        found = visitors.visitors(connection, record.cutoff, len(customers), customers)
        customers, bundles = list(found.customers), found.bundles
        _take_out(means, record, frozenset(bundles))
    removed = visitors.events_in(connection, bundles)
    members = visitors.members_of(connection, bundles)
    erasure = Erasure(seq, tuple(customers), members, frozenset(bundles), frozenset(), frozenset())
    for part in PARTS:
        part(connection, erasure)
    visitors.forget_issued(connection, customers)
    done = msgspec.structs.replace(
        record, customers=tuple(id.hex() for id in customers), bundles=tuple(key.hex() for key in bundles)
    )
    return done, removed


def _take_out(means: Means, record: Record, bundles: frozenset[bytes]) -> None:
    """Leave nothing of these bundles' events in the log."""

    def judge(place: Place, what: Event | Rejection, raw: bytes) -> bytes | None:
        if not isinstance(what, Event):
            return raw
        try:
            _, bundle, lasting = means.filed(what)
        except Refused:
            return raw
        return None if bundle in bundles and not lasting else raw

    thinner = Thinner(means.connection, means.secret, means.sources, judge)
    if bundles:
        for row in retention.rows_of(means.connection, record.rows):
            _rewritten(means, thinner, row)
