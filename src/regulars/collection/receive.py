"""A request becomes a frame of the log: read, redacted, bounded; items are judged later, from the log."""

import re

import msgspec

from regulars.collection import scan
from regulars.collection.body import Unreadable, read_text
from regulars.collection.items import open_batch
from regulars.collection.limits import MAX_EVENT, MAX_KEPT
from regulars.collection.redaction import IpPolicy, redact
from regulars.model.frame import Frame
from regulars.model.rejection import Reason, Refused
from regulars.model.source import Source

MANY = frozenset({"batch", "import"})


class _Key(msgspec.Struct):
    writeKey: str | None = None


_key = msgspec.json.Decoder(_Key)
_KEY = re.compile(rb'"writeKey"\s*:\s*"([^"\\]{1,200})"')


def receive(
    source: Source, call: str, body: bytes, content_encoding: str, received: int, policy: IpPolicy = IpPolicy.MASK
) -> Frame:
    """The frame of one request's bytes as they came; `received` in microseconds. Raises Unreadable."""
    return keep(source, call, read_text(body, content_encoding), received, policy)


def keep(source: Source, call: str, text: bytes, received: int, policy: IpPolicy = IpPolicy.MASK) -> Frame:
    """The frame of one request's JSON `text` (from `read_text`), redacted.

    Problems of single items are left to `decode_frame`. Raises Unreadable when no item can be taken.
    """
    if call not in MANY and len(text) > MAX_EVENT:
        raise Unreadable(Reason.TOO_LARGE, f"the event is longer than {MAX_EVENT} bytes; send less in it", text)
    text = redact(text, policy)
    if call not in MANY:
        return Frame(source.name, int(source.trust), received, call, text)
    try:
        items = len(open_batch(text).items)
    except Refused as refused:
        raise Unreadable(refused.reason, refused.message, text, refused.where) from None
    return Frame(source.name, int(source.trust), received, call, text, items)


def refused_frame(source: Source, received: int, why: Unreadable, policy: IpPolicy = IpPolicy.MASK) -> Frame:
    """The frame that shows a request which could not be read: the first 32 KB of what can be shown, redacted."""
    # Redacted before it is cut: a card number cut in two would pass.
    body = redact(why.kept, policy)[:MAX_KEPT]
    message = why.message if why.where == "$" else f"{why.where}: {why.message}"
    return Frame(source.name, int(source.trust), received, "refused", body, 1, f"{why.reason}: {message}")


def body_key(text: bytes) -> str:
    """The `writeKey` in a body, or ''; of a body that cannot be parsed, the first that can be seen in it."""
    try:
        return _key.decode(text).writeKey or ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _seen_key(text)


def _seen_key(text: bytes) -> str:
    try:
        found = _KEY.fullmatch(b'"writeKey":' + scan.members(text).get("writeKey", b""))
    except Refused:
        found = _KEY.search(text)
    return found.group(1).decode("utf-8", "replace") if found else ""
