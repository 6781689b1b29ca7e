"""From bundles and their fragments to what the lake keeps of each: whose it is, and when she was seen where."""

from typing import Any, Final

import msgspec

from regulars.lake.discreet import word
from regulars.lake.event_rows import Row, origin_of
from regulars.profiles.fragment import VERSION, Fragment, decode

NOBODY: Final = ""


class _Seen(msgspec.Struct, array_like=True):
    """The fields of `Fragment`, in its order, as far as they are needed; what is raw is not decoded."""

    trust: int = 0
    simulated: bool = False
    first: int | None = None
    last: int | None = None
    traits: msgspec.Raw = msgspec.Raw()
    claimed: msgspec.Raw = msgspec.Raw()
    channel_first: dict[str, int] = {}
    channel_last: dict[str, int] = {}


_decode = msgspec.msgpack.Decoder(_Seen).decode

Stored = tuple[bytes, bytes | None, bytes | None, str]
"""As `queries.BUNDLES_OF` gives it: key, customer, fragment, kind."""


def bundle_row(stored: Stored) -> Row:
    """The row of one bundle."""
    key, customer, body, kind = stored
    row: Row = {"bundle": key.hex(), "customer": None if customer is None else customer.hex(), "kind": kind or None}
    if body is None:
        return {**row, "origin": ""}
    seen: Any = _seen(body)
    first = min(((time, channel) for channel, time in seen.channel_first.items()), default=(None, ""))
    last = max(((time, channel) for channel, time in seen.channel_last.items()), default=(None, ""))
    return {
        **row,
        "first_seen": seen.first,
        "last_seen": seen.last,
        "first_came": first[0],
        "first_channel": word(first[1]),
        "last_came": last[0],
        "last_channel": word(last[1]),
        "origin": origin_of(seen.simulated),
    }


def _seen(body: bytes) -> _Seen | Fragment:
    return _decode(memoryview(body)[1:]) if body and body[0] == VERSION else decode(body)
