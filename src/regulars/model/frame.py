"""What the log holds: frames, each the redacted bytes of one request or control record."""

import msgspec


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """One received request (or control record) as it is kept in the log.

    `call` names what the body is: `batch`, `import`, `identify`, `track`, `page`, `screen`, `group`, `alias`,
    `refused` (a request of a known source that could not be read; `note` says why), or `control`. `received` is in
    microseconds since 1970 UTC. `items` is the number of items in it.
    """

    source: str
    trust: int
    received: int
    call: str
    body: bytes
    items: int = 1
    note: str = ""
