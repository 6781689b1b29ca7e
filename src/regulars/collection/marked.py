"""Items that erasures left marks on, as the pipeline reads them."""

import msgspec

from regulars.collection.decode import decode_frame
from regulars.model.event import Event
from regulars.model.frame import Frame, Mark
from regulars.model.rejection import Rejection
from regulars.model.secret import Secret
from regulars.model.source import Source, Trust

Found = tuple[int, Event | Rejection | None, Mark | None]
"""An item's number, what it is (None where it is gone), and its mark."""


def read_frame(frame: Frame, source: Source, secret: Secret, place: str) -> list[Found]:
    """As `decode_frame`; what is gone gives its mark alone, and what was masked has the content it had before."""
    found = decode_frame(frame, source, secret, place)
    if not frame.marks:
        return [(index, each, None) for index, each in enumerate(found)]
    marks = {mark.index: mark for mark in frame.marks}
    return [_marked(index, each, marks.get(index)) for index, each in enumerate(found)]


def message_key(secret: Secret, source: str, trust: Trust, message_id: str) -> bytes:
    """The keyed name of a message, by which duplicates are known."""
    return secret.mac("message", source, trust.name, message_id)


def _marked(index: int, found: Event | Rejection, mark: Mark | None) -> Found:
    if mark is None:
        return index, found, None
    if mark.gone:
        return index, None, mark
    if isinstance(found, Event):
        found = msgspec.structs.replace(found, content=mark.content)
    return index, found, mark
