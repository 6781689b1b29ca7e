"""A frame written anew after items of it were erased or masked: number and places of items stay."""

import json
from collections.abc import Callable, Sequence

import msgspec

from regulars.collection import scan
from regulars.collection.items import open_batch
from regulars.model.frame import Frame, Mark
from regulars.model.rejection import Refused

GONE = b"null"
"""Stands where an item was."""


def items_of(frame: Frame) -> list[bytes]:
    """The items of a frame as raw bytes; one, the body, where it is no batch or none that can be opened."""
    if frame.call in ("batch", "import"):
        try:
            return list(open_batch(frame.body).items)
        except Refused:
            pass
    return [frame.body]


def rewritten(
    frame: Frame, items: Sequence[bytes], marks: Sequence[Mark], rest: Callable[[bytes], bytes] = bytes
) -> Frame:
    """The frame with these items, as many as it had, and marks; `rest` is done to what it says once for all items."""
    body = items[0]
    if frame.call in ("batch", "import"):
        try:
            members = scan.members(frame.body)
            open_batch(frame.body)
        except Refused:
            return _replaced(frame, body, marks)
        written = [
            b"%s:%s" % (json.dumps(name).encode(), rest(raw)) for name, raw in members.items() if name != "batch"
        ]
        body = b"{" + b",".join([*written, b'"batch":[' + b",".join(items) + b"]"]) + b"}"
    return _replaced(frame, body, marks)


def _replaced(frame: Frame, body: bytes, marks: Sequence[Mark]) -> Frame:
    return msgspec.structs.replace(frame, body=body, marks=tuple(sorted(marks, key=lambda mark: mark.index)))
