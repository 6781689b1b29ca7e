"""A batch taken apart: its items as raw bytes, and what it says once for all of them."""

from typing import Any

import msgspec

from regulars.collection import diagnose, scan
from regulars.collection.clock import parse_time
from regulars.collection.limits import MAX_DEPTH, MAX_EVENT, MAX_ITEMS
from regulars.model.rejection import Reason, Refused

_NUL = b"\\u0000"


class Batch(msgspec.Struct, frozen=True):
    """Items in their order, and the context and sending time (microseconds) that apply to each.

    `context_size` is in bytes; `nul` says that an escaped NUL may stand in it or in an item.
    """

    items: list[bytes]
    context: dict[str, Any]
    sent: int | None
    context_size: int = 0
    nul: bool = False


def alone(item: bytes) -> Batch:
    """The batch of a call that came alone, which says nothing for it."""
    return Batch([item], {}, None, nul=_may_hold_nul(item))


class _Rest(msgspec.Struct, rename="camel"):
    context: dict[str, Any] | None = None
    integrations: dict[str, Any] | None = None
    sent_at: str | int | None = None


class _Envelope(_Rest, rename="camel", kw_only=True):
    batch: list[msgspec.Raw]


_envelope = msgspec.json.Decoder(_Envelope)
_anything = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode
_REST = ("context", "integrations", "sentAt")


def open_batch(text: bytes) -> Batch:
    """The batch in `text`; bytes of single items are not judged, unless they make the ends of items unclear.

    Raises Refused where nothing of it can be taken: broken JSON around the items, too many items, a `batch`,
    `context`, `integrations` or `sentAt` of the wrong type.
    """
    try:
        strict = _envelope.decode(text)
    except msgspec.ValidationError as error:
        raise diagnose.wrong_type(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        items, rest = _open_broken(text)
    else:
        items, rest = [bytes(raw) for raw in strict.batch], strict
    if len(items) > MAX_ITEMS:
        words = f"{len(items)} items are more than {MAX_ITEMS}; send smaller batches"
        raise Refused(Reason.TOO_LARGE, "$.batch", words)
    sent = None if rest.sent_at is None else parse_time(rest.sent_at, "$.sentAt")
    size = _checked_size(rest.context) if rest.context else 0
    return Batch(items, rest.context or {}, sent, size, _may_hold_nul(text))


def _may_hold_nul(text: bytes) -> bool:
    # The one-byte search is forty times faster, and most bodies hold no escape at all.
    return b"\\" in text and _NUL in text


def _open_broken(text: bytes) -> tuple[list[bytes], _Rest]:
    found = scan.members(text)
    if "batch" not in found:
        raise Refused(Reason.MISSING_FIELD, "$.batch", "'batch' is missing; send a list of calls")
    if not found["batch"].startswith(b"["):
        raise Refused(Reason.WRONG_TYPE, "$.batch", "expected a list of calls; correct it")
    rest = {name: _tolerant(found[name], f"$.{name}") for name in _REST if name in found}
    try:
        return scan.elements(found["batch"]), msgspec.convert(rest, _Rest)
    except msgspec.ValidationError as error:
        raise diagnose.wrong_type(error) from None


def _tolerant(raw: bytes, path: str) -> Any:
    if scan.depth(raw) > MAX_DEPTH:
        raise too_deep(path)
    try:
        return _anything.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise diagnose.unreadable(raw, error, path) from None


def _checked_size(context: dict[str, Any]) -> int:
    """The context's bytes; bounded as an event is, since it is written into every one of them."""
    try:
        written = _encode(context)
    except (RecursionError, OverflowError, ValueError):
        raise Refused(Reason.MALFORMED, "$.context", "a number or the nesting in it is too large to keep") from None
    if len(written) > MAX_EVENT:
        raise Refused(Reason.TOO_LARGE, "$.context", f"the context is longer than {MAX_EVENT} bytes; send less in it")
    if scan.depth(written) > MAX_DEPTH:
        raise too_deep("$.context")
    return len(written)


def too_deep(path: str) -> Refused:
    """The refusal of nesting beyond the limit."""
    return Refused(Reason.TOO_DEEP, path, f"nested more than {MAX_DEPTH} levels deep; send flatter data")
