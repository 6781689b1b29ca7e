"""What the system itself says of customers: calls in the log like anybody else's, under a source of its own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from regulars.collection.receive import receive
from regulars.identity.rules import Rules
from regulars.identity.speaker import Speaker, speakers
from regulars.model.identifier import Identifier
from regulars.model.source import Source, Trust
from regulars.storage import log, sources
from regulars.storage.database import Connection


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One event that we tell: of a customer, or of whoever has this `identifier`, which then is what names her.

    `at` is in microseconds since 1970 UTC. The same word has the same `message_id`, however often it is said.
    """

    event: str
    message_id: str
    at: int
    properties: Mapping[str, Any]
    customer: bytes = b""
    identifier: Identifier | None = None
    simulated: bool = False


def say(
    connection: Connection,
    words: Iterable[Word],
    rules: Rules,
    name: str,
    now: int,
    speaking: Mapping[bytes, Speaker] | None = None,
) -> int:
    """Append these words to the log in the caller's transaction, as the source of this `name`; returns how many.

    Nothing is said of a customer who is nobody any more. `now` in microseconds since 1970 UTC; `speaking` is what
    `speakers` gives for the customers, for whoever has asked already.
    """
    wanted = list(words)
    if speaking is None:
        speaking = speakers(connection, {each.customer for each in wanted if each.identifier is None}, rules, name)
    calls: dict[Source, list[dict[str, Any]]] = defaultdict(list)
    for word in wanted:
        who = _of(word.identifier, rules, name) if word.identifier is not None else speaking.get(word.customer)
        if who is not None:
            calls[who.source].append(_call(word, who))
    for source in calls:
        sources.register(connection, source)
    frames = [receive(source, "batch", msgspec.json.encode({"batch": made}), "", now) for source, made in calls.items()]
    if frames:
        log.append(connection, [frames])
    return sum(map(len, calls.values()))


def _of(identifier: Identifier, rules: Rules, name: str) -> Speaker:
    group = identifier.space if rules.rule_of(identifier.type).space in ("group", "site") else "main"
    return Speaker(Source(name if group == "main" else f"{name} ({group})", Trust.SERVER, group), identifier)


def _call(word: Word, who: Speaker) -> dict[str, Any]:
    call: dict[str, Any] = {
        "type": "track",
        "event": word.event,
        "messageId": word.message_id,
        "timestamp": datetime.fromtimestamp(word.at / 1_000_000, UTC).isoformat(timespec="milliseconds"),
        "properties": dict(word.properties),
        **who.named(),
    }
    if word.simulated:
        call["origin"] = "simulated"
    return call
