"""One item's bytes to its known fields, typed and checked; a refusal names the field and how to mend it."""

from typing import Any, TypeVar

import msgspec

from regulars.collection import diagnose, scan
from regulars.collection.items import Batch, too_deep
from regulars.collection.limits import MAX_DEPTH, MAX_EVENT, MAX_EXTERNAL_IDS
from regulars.collection.shapes import COMMERCE_EVENTS, CommerceShape, ContextShape, Item, TraitsShape
from regulars.model.event import KINDS, ExternalId
from regulars.model.rejection import Reason, Refused

_item = msgspec.json.Decoder(Item)
_IDS = ("type", "message_id", "user_id", "anonymous_id", "previous_id", "group_id", "event", "name", "origin")
_NO_CONTEXT = ContextShape()
Shape = TypeVar("Shape", bound=msgspec.Struct)


def parse_item(raw: bytes, call: str, batch: Batch) -> Item:
    """The item with the batch's context under its own, its `type` settled by the call. Raises Refused."""
    if len(raw) + batch.context_size > MAX_EVENT:
        raise Refused(Reason.TOO_LARGE, "$", f"the event is longer than {MAX_EVENT} bytes; send less in it")
    # Counting brackets is enough to know of nearly every item that it cannot be too deep.
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and scan.depth(raw) > MAX_DEPTH:
        raise too_deep("$")
    try:
        item = _item.decode(raw)
    except msgspec.ValidationError as error:
        raise _refusal(raw, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise diagnose.unreadable(raw, error) from None
    item.type = _kind(item.type, call)
    if batch.context:
        item.context = {**batch.context, **item.context} if item.context else batch.context
    return item


def check_nul(item: Item) -> None:
    """Replaces an escaped NUL in free text by U+FFFD, as no database text holds one; the log keeps what was sent.

    Raises Refused (bad_character) where it stands in an id, a name or a field's name: these would become others.
    """
    for field in _IDS:
        value = getattr(item, field)
        if isinstance(value, str) and "\0" in value:
            raise _nul(f"$.{msgspec.structs.fields(Item)[Item.__struct_fields__.index(field)].encode_name}")
    for part in ("traits", "properties", "context"):
        setattr(item, part, _without_nul(getattr(item, part), f"$.{part}"))
    item.category = _without_nul(item.category, "$.category")


def read_context(context: dict[str, Any] | None) -> ContextShape:
    """The known fields of a context. Raises Refused."""
    if not context:
        return _NO_CONTEXT
    shape = _convert(context, ContextShape, "$.context")
    if shape.external_ids and len(shape.external_ids) > MAX_EXTERNAL_IDS:
        words = f"more than {MAX_EXTERNAL_IDS} external ids; send those of one person"
        raise Refused(Reason.TOO_MANY_IDENTIFIERS, "$.context.externalIds", words)
    if shape.traits:
        _convert(shape.traits, TraitsShape, "$.context.traits")
    return shape


def check_traits(traits: dict[str, Any] | None) -> None:
    """Raises Refused where a known trait has a wrong type."""
    if traits:
        _convert(traits, TraitsShape, "$.traits")


def check_properties(name: str, properties: dict[str, Any] | None) -> None:
    """Raises Refused where a known property of an e-commerce event has a wrong type."""
    if properties and name in COMMERCE_EVENTS:
        _convert(properties, CommerceShape, "$.properties")


def external_ids(shape: ContextShape) -> tuple[ExternalId, ...]:
    """The context's external ids, in their order."""
    return tuple(ExternalId(str(each.id), each.type) for each in shape.external_ids or ())


def _refusal(raw: bytes, error: msgspec.ValidationError) -> Refused:
    refused = diagnose.wrong_type(error)
    # Inside free fields msgspec does not say where a number is out of range; the slow search does.
    return diagnose.unreadable(raw, error) if refused.reason is Reason.NOT_A_NUMBER else refused


def _kind(said: str | None, call: str) -> str:
    kind = said if call in ("batch", "import") else call
    if not kind:
        raise Refused(Reason.MISSING_FIELD, "$.type", f"'type' is missing; send one of {', '.join(KINDS)}")
    if kind not in KINDS:
        raise Refused(Reason.UNKNOWN_TYPE, "$.type", f"the type is not known; send one of {', '.join(KINDS)}")
    return kind


def _convert(value: dict[str, Any], shape: type[Shape], under: str) -> Shape:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise diagnose.wrong_type(error, under) from None


def _without_nul(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(each, diagnose.child(path, i)) for i, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    for key in value:
        if "\0" in key:
            raise _nul(diagnose.child(path, key))
    if path == "$.context.externalIds" or path.startswith("$.context.externalIds["):
        for key in ("id", "type"):
            if isinstance(value.get(key), str) and "\0" in value[key]:
                raise _nul(diagnose.child(path, key))
    return {key: _without_nul(each, diagnose.child(path, key)) for key, each in value.items()}


def _nul(path: str) -> Refused:
    return Refused(Reason.BAD_CHARACTER, path, "a NUL (\\u0000) may not stand in an id or a name; remove it")
