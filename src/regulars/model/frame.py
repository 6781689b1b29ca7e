"""What the log holds: frames, each the redacted bytes of one request or control record."""

import msgspec


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What an erasure left in place of one item of a frame, by its `index`.

    `gone` says that nothing of it is to be read any more; else only erased values in it were masked. `key` (of its
    source and message id) and `content` are the keyed hashes by which a re-send of it is known as a duplicate; empty
    where it was never accepted.
    """

    index: int
    key: bytes
    content: bytes
    gone: bool


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """One received request (or control record) as it is kept in the log.

    `call` names what the body is: `batch`, `import`, `identify`, `track`, `page`, `screen`, `group`, `alias`,
    `refused` (a request of a known source that could not be read; `note` says why), or `control`. `received` is in
    microseconds since 1970 UTC. `items` is the number of items in it. `marks` is what erasures left of some of them.
    `run` names the import run that it came by, '' where it came by none.
    """

    source: str
    trust: int
    received: int
    call: str
    body: bytes
    items: int = 1
    note: str = ""
    marks: tuple[Mark, ...] = ()
    run: str = ""
