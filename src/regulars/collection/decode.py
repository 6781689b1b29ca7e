"""From a frame of the log to events: pure, so that the same frame always gives the same result."""

import msgspec

from regulars.collection.bots import is_bot
from regulars.collection.clock import parse_time, settle
from regulars.collection.items import Batch, alone, open_batch
from regulars.collection.limits import MAX_ID, MAX_MESSAGE_ID, MAX_NAME
from regulars.collection.parse import (
    check_nul,
    check_properties,
    check_traits,
    external_ids,
    parse_item,
    read_context,
)
from regulars.collection.permissions import check_allowed
from regulars.collection.shapes import Item
from regulars.model.event import Event
from regulars.model.frame import Frame
from regulars.model.rejection import Reason, Refused, Rejection
from regulars.model.secret import Secret
from regulars.model.source import Source

_canonical = msgspec.json.Encoder(order="sorted").encode


def decode_frame(frame: Frame, source: Source, secret: Secret, place: str) -> list[Event | Rejection]:
    """One event or rejection for each item of `frame`, in order; bad input never raises.

    `place` is the frame's place in the log, such as '12:3': with the item's number it names items that carry neither
    an id nor a time. A frame of which no item can be read gives one rejection. Events of one batch may share dicts:
    do not change them. Raises ValueError for a control frame, which holds no items.
    """
    if frame.call == "control":
        raise ValueError("a control frame holds no events")
    if frame.call == "refused":
        return [_of_note(frame)]
    if frame.call not in ("batch", "import"):
        return [_event_or_rejection(frame.body, frame, alone(frame.body), source, secret, f"{place}:0")]
    try:
        batch = open_batch(frame.body)
    except Refused as refused:
        return [Rejection(refused.reason, refused.where, refused.message, frame.body)]
    return [
        _event_or_rejection(raw, frame, batch, source, secret, f"{place}:{index}")
        for index, raw in enumerate(batch.items)
    ]


def _event_or_rejection(
    raw: bytes, frame: Frame, batch: Batch, source: Source, secret: Secret, place: str
) -> Event | Rejection:
    try:
        event = _event(raw, frame, batch, source, secret, place)
        check_allowed(event)
    except Refused as refused:
        return Rejection(refused.reason, refused.where, refused.message, raw)
    return event


def _event(raw: bytes, frame: Frame, batch: Batch, source: Source, secret: Secret, place: str) -> Event:
    item = parse_item(raw, frame.call, batch)
    time, clock = _time(item, batch, frame.received)
    content = _content(item, secret)
    if batch.nul:
        check_nul(item)
    kind = item.type or ""
    context = read_context(item.context)
    if kind != "group":
        check_traits(item.traits)
    name = _name(item, kind)
    check_properties(name, item.properties)
    traits = context.traits or {}
    return Event(
        source=source,
        message_id=_message_id(item, content, place),
        kind=kind,
        name=name,
        time=time,
        received=frame.received,
        clock=clock,
        user_id=_id(item.user_id, "$.userId", required=kind == "alias"),
        anonymous_id=_id(item.anonymous_id, "$.anonymousId") if item.anonymous_id is not None else "",
        previous_id=_previous(item, kind) if kind == "alias" or item.previous_id is not None else "",
        traits={**traits, **item.traits} if kind == "identify" and item.traits else traits,
        properties=_properties(item, kind) if kind != "track" else item.properties or {},
        context=item.context or {},
        external_ids=external_ids(context) if context.external_ids else (),
        origin=item.origin or context.origin or "",
        bot=is_bot(context.user_agent) if context.user_agent else False,
        content=content,
    )


def _content(item: Item, secret: Secret) -> bytes:
    """The keyed hash of what was said: known fields in one order, without those that a re-send changes."""
    item.sent_at = item.integrations = None
    return secret.mac_bytes("content", _canonical(item))


def _time(item: Item, batch: Batch, received: int) -> tuple[int, str]:
    sent = batch.sent if item.sent_at is None else parse_time(item.sent_at, "$.sentAt")
    said, where = item.original_timestamp, "$.originalTimestamp"
    if said is None:
        said, where = item.timestamp, "$.timestamp"
    return settle(None if said is None else parse_time(said, where), sent, received, where)


def _message_id(item: Item, content: bytes, place: str) -> str:
    said = item.message_id
    if said is None or said == "":
        timed = item.original_timestamp is not None or item.timestamp is not None
        return f"content-{content.hex()}" if timed else f"place-{place}"
    text = str(said)
    if len(text) > MAX_MESSAGE_ID:
        words = f"the message id is longer than {MAX_MESSAGE_ID} characters; send a shorter one"
        raise Refused(Reason.ID_TOO_LONG, "$.messageId", words)
    return text


def _id(value: str | int | None, where: str, required: bool = False) -> str:
    text = "" if value is None else str(value)
    if len(text) > MAX_ID:
        raise Refused(Reason.ID_TOO_LONG, where, f"the id is longer than {MAX_ID} characters; send a shorter one")
    if required and not text:
        raise _missing(where)
    return text


def _previous(item: Item, kind: str) -> str:
    if kind != "alias":
        return _id(item.previous_id, "$.previousId")
    # Browsers alias their own anonymous id without naming it.
    return _id(item.previous_id or item.anonymous_id, "$.previousId", required=True)


def _name(item: Item, kind: str) -> str:
    if kind == "track":
        if not item.event or item.event.isspace():
            raise _missing("$.event")
        return _short(item.event, "$.event")
    if kind not in ("page", "screen"):
        return ""
    said = item.name if item.name is not None else (item.properties or {}).get("name")
    return _short(said, "$.name") if isinstance(said, str) else ""


def _properties(item: Item, kind: str) -> dict[str, object]:
    said = item.properties or {}
    if kind == "group":
        return {**said, **(item.traits or {}), "group_id": _id(item.group_id, "$.groupId", required=True)}
    if item.category and "category" not in said and kind in ("page", "screen"):
        return {**said, "category": item.category}
    return said


def _short(name: str, where: str) -> str:
    if len(name) > MAX_NAME:
        raise Refused(Reason.TOO_LARGE, where, f"the name is longer than {MAX_NAME} characters; shorten it")
    return name


def _missing(where: str) -> Refused:
    return Refused(Reason.MISSING_FIELD, where, f"'{where[2:]}' is missing; send it")


def _of_note(frame: Frame) -> Rejection:
    code, _, message = frame.note.partition(": ")
    reason = Reason(code) if code in frozenset(Reason) else Reason.MALFORMED
    return Rejection(reason, "$", message or frame.note, frame.body)
