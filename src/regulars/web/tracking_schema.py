"""What the OpenAPI page says of the tracking API: its bodies are read raw, so the framework cannot know them."""

from dataclasses import dataclass

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Reference,
    RequestBody,
    Schema,
    SecurityRequirement,
    SecurityScheme,
)

from regulars.collection.limits import MAX_BATCH, MAX_EVENT, MAX_ID, MAX_ITEMS, MAX_MESSAGE_ID, MAX_NAME
from regulars.collection.receive import MANY
from regulars.model.event import KINDS


class OkAnswer(msgspec.Struct):
    """The one answer that means: taken and durable."""

    success: bool


class ErrorAnswer(msgspec.Struct):
    """Every error of the tracking API."""

    code: str
    message: str


def promised(body: type[msgspec.Struct], description: str) -> ResponseSpec:
    """An answer for the OpenAPI page: its body's type, and in words when it comes."""
    # Examples would be random texts, others at each start.
    return ResponseSpec(body, description=description, generate_examples=False)


ANSWERS = {
    200: promised(OkAnswer, "Taken: it is durable."),
    400: promised(ErrorAnswer, "Malformed, oversized or refused; `message` says where and why."),
    401: promised(ErrorAnswer, "The key is missing, unknown or revoked; nothing was kept."),
    429: promised(ErrorAnswer, "Too many calls at once; Retry-After says when to come back."),
    503: promised(ErrorAnswer, "The log cannot be written; Retry-After says when to come back."),
}

SECURITY: list[SecurityRequirement] = [{"writeKey": []}, {"bearer": []}, {}]
SECURITY_SCHEMES: dict[str, SecurityScheme | Reference] = {
    "writeKey": SecurityScheme(type="http", scheme="basic", description="The write key as user, no password."),
    "bearer": SecurityScheme(type="http", scheme="bearer", description="A write key or a secret key."),
}
"""For the application's OpenAPI components; a `writeKey` in the body does as well."""


_KEY = Schema(description="The write key, as text, where no Authorization header carries one; else it is not read.")
_SET_ASIDE = Schema(description="Whatever else stands here is set aside with a reason; the other items are taken.")


def _text(longest: int | None = None) -> Schema:
    return Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL], max_length=longest)


def _id() -> Schema:
    # A JSON schema cannot tell 7 from 7.0, which is refused: so a number is told of in words only.
    words = "Text; a whole number is taken as its digits."
    return Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL], max_length=MAX_ID, description=words)


def _object(description: str) -> Schema:
    return Schema(type=[OpenAPIType.OBJECT, OpenAPIType.NULL], description=description)


# Narrower than what is taken (offsets, dates alone, other units): what keeps to it is taken for certain.
_MOMENT = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z$"


def _time(description: str) -> Schema:
    words = f"{description} ISO 8601 such as 2026-11-21T21:02:53.001Z; a whole number since 1970 is taken too."
    return Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL], pattern=_MOMENT, description=words)


def item_schema(call: str) -> Schema:
    """The JSON schema of one call; in a batch it names its own `type`."""
    properties: dict[str, Schema | Reference] = {
        "messageId": _text(MAX_MESSAGE_ID),
        "userId": _id(),
        "anonymousId": _id(),
        "event": _text(MAX_NAME),
        "name": _text(MAX_NAME),
        "previousId": _id(),
        "groupId": _id(),
        "traits": _object("What is known of the person, or of the group."),
        "properties": _object("What is known of the event."),
        "context": _object("Where it happened: ip, userAgent, page, device, externalIds, traits."),
        "integrations": _object("Read for its type only."),
        "originalTimestamp": _time("When it happened, by the sender's clock."),
        "timestamp": _time("As originalTimestamp, which goes first."),
        "sentAt": _time("When it was sent: a clock wrong by more than five minutes is corrected by it."),
        "writeKey": _KEY,
    }
    required = _REQUIRED.get(call, [])
    for name in required:
        properties[name] = Schema(type=OpenAPIType.STRING, min_length=1, max_length=MAX_ID, pattern=r"^\S+$")
    if call in MANY:
        properties["type"] = Schema(type=OpenAPIType.STRING, enum=list(KINDS))
        required = ["type"]
    words = f"At most {MAX_EVENT} bytes."
    return Schema(type=OpenAPIType.OBJECT, properties=properties, required=required or None, description=words)


_REQUIRED = {"track": ["event"], "group": ["groupId"], "alias": ["userId", "previousId"]}


def body_schema(call: str) -> Schema:
    """The JSON schema of a request's body."""
    if call not in MANY:
        return item_schema(call)
    item = Schema(any_of=[item_schema(call), _SET_ASIDE])
    properties: dict[str, Schema | Reference] = {
        "batch": Schema(type=OpenAPIType.ARRAY, items=item, max_items=MAX_ITEMS),
        "context": _object("Applies to each item, under its own."),
        "integrations": _object("Applies to each item, under its own."),
        "sentAt": _time("Applies to each item."),
        "writeKey": _KEY,
    }
    words = f"At most {MAX_BATCH} bytes after inflation; a bad item is set aside, the rest are taken."
    return Schema(type=OpenAPIType.OBJECT, properties=properties, required=["batch"], description=words)


def operation_for(call: str) -> type[Operation]:
    """The OpenAPI operation of one call, with its body described."""
    body = RequestBody(
        content={"application/json": OpenAPIMediaType(schema=body_schema(call))},
        description="JSON, whatever Content-Type says; gzip by Content-Encoding.",
        required=True,
    )

    @dataclass
    class CallOperation(Operation):
        def __post_init__(self) -> None:
            # The framework passes no body, as the handler declares none.
            self.request_body = body

    return CallOperation
