"""What a reading finds, as frames of the log: items in batches, problems as refused requests."""

from collections.abc import Iterable, Iterator

import msgspec

from regulars.collection.files.problem import Problem
from regulars.collection.files.read import Found
from regulars.collection.receive import keep, refused_frame
from regulars.collection.redaction import IpPolicy
from regulars.model.frame import Frame
from regulars.model.source import Source

FRAME_BYTES = 400_000
FRAME_ITEMS = 500
ROW_FRAMES = 500
ROW_BYTES = 3_200_000
"""A row of the log holds at most so many frames and about so many bytes; each row is one commit."""


class Part(msgspec.Struct):
    """Frames to be appended in one commit; `place` counts all that was found up to here."""

    frames: list[Frame]
    place: int


def parts_of(found: Iterable[Found], source: Source, received: int, policy: IpPolicy, start: int = 0) -> Iterator[Part]:
    """Everything found, after the first `start`, as parts in their order; `received` in microseconds since 1970 UTC."""
    part, size, place = Part([], 0), 0, 0
    batch: list[msgspec.Raw] = []
    batch_size = 0

    def close() -> None:
        nonlocal batch, batch_size, size
        if batch:
            body = msgspec.json.encode({"batch": batch})
            part.frames.append(keep(source, "import", body, received, policy))
            size += len(body)
        batch, batch_size = [], 0

    for place, (_, each) in enumerate(found, 1):
        if place <= start:
            continue
        if isinstance(each, Problem):
            part.frames.append(refused_frame(source, received, each.refused(), policy))
            size += len(part.frames[-1].body)
        else:
            if batch and (batch_size + len(each) > FRAME_BYTES or len(batch) >= FRAME_ITEMS):
                close()
            batch.append(msgspec.Raw(each))
            batch_size += len(each)
        if size + batch_size >= ROW_BYTES or len(part.frames) >= ROW_FRAMES:
            close()
            part.place = place
            yield part
            part, size = Part([], 0), 0
    close()
    if part.frames:
        part.place = place
        yield part
