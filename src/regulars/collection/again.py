"""A rejected item framed again as it came, so that the pipeline judges it anew."""

from regulars.collection import scan
from regulars.model.frame import Frame
from regulars.model.rejection import Refused

REST = ("context", "integrations", "sentAt")
"""What a batch says once for all of its items."""


class NotReplayable(Exception):
    """The item cannot be sent in again; the message says why."""


def frame_again(frame: Frame, body: bytes, note: str) -> Frame:
    """The frame that sends `body`, an item of `frame` or all of it, in again, byte for byte.

    An item out of a batch goes into a batch of its own, with what its batch said for all. Raises NotReplayable.
    """
    if frame.call == "refused":
        raise NotReplayable("the request could not be read as a whole, so there is nothing to send in again")
    if frame.call == "control":
        raise NotReplayable("a control record is not replayed")
    if frame.call in ("batch", "import") and body != frame.body:
        body = b'{"batch":[' + body + b"]" + _rest(frame.body) + b"}"
    return Frame(frame.source, frame.trust, frame.received, frame.call, body, 1, note, run=frame.run)


def _rest(text: bytes) -> bytes:
    try:
        found = scan.members(text)
    except Refused:
        return b""
    return b"".join(b',"%s":%s' % (name.encode(), found[name]) for name in REST if name in found)
