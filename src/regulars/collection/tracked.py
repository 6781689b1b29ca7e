"""Tracking calls kept in a file, as the simulation writes them: who sent what, and when it was received."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from regulars.collection.clock import parse_time
from regulars.collection.report import ImportFailed
from regulars.model.rejection import Refused
from regulars.model.source import Source, Trust

ITEMS = 200


class _Named(msgspec.Struct):
    name: str
    trust: str
    group: str = "main"


class _Line(msgspec.Struct):
    source: str
    received_at: str
    event: msgspec.Raw


_line = msgspec.json.Decoder(_Line)

Call = tuple[Source, int, bytes]


def sources_of(folder: Path) -> dict[str, Source]:
    """The sources of a folder by name. Raises ImportFailed."""
    try:
        named = msgspec.json.decode((folder / "sources.json").read_bytes(), type=list[_Named])
        return {each.name: Source(each.name, Trust[each.trust.upper()], each.group) for each in named}
    except FileNotFoundError:
        raise ImportFailed(f"{folder} has no sources.json", "give the folder that `regulars simulate` wrote") from None
    except (msgspec.DecodeError, KeyError) as error:
        raise ImportFailed(f"{folder / 'sources.json'}: {error}", "name, trust (client or server) and group") from None


def tracked_calls(folder: Path) -> tuple[list[Source], Iterator[Call]]:
    """The sources of a folder, and its calls as (source, received in µs, body of a batch), in the order of arrival.

    Calls that follow each other from one source at one moment come in one body. Raises ImportFailed.
    """
    sources = sources_of(folder)
    return list(sources.values()), _calls(folder / "events.jsonl", sources)


def _calls(path: Path, sources: dict[str, Source]) -> Iterator[Call]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise ImportFailed(f"{path}: {error.strerror}", "give the folder that `regulars simulate` wrote") from None
    key: tuple[str, int] | None = None
    part: list[msgspec.Raw] = []
    with file:
        for number, text in enumerate(file, start=1):
            line, received = _read(path, number, text, sources)
            if key != (line.source, received) or len(part) >= ITEMS:
                if key is not None:
                    yield sources[key[0]], key[1], msgspec.json.encode({"batch": part})
                key, part = (line.source, received), []
            part.append(line.event)
    if key is not None:
        yield sources[key[0]], key[1], msgspec.json.encode({"batch": part})


def _read(path: Path, number: int, text: bytes, sources: dict[str, Source]) -> tuple[_Line, int]:
    try:
        line = _line.decode(text)
        received = parse_time(line.received_at, "$.received_at")
    except (msgspec.DecodeError, Refused) as error:
        raise ImportFailed(f"{path}, line {number}: {error}", "each line is {source, received_at, event}") from None
    if line.source not in sources:
        raise ImportFailed(f"{path}, line {number}: source {line.source!r} is unknown", "name it in sources.json")
    return line, received
