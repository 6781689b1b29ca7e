"""Feeds calls to the tracking API as the shop's sources would: in batches, with a key each, in their time."""

import http.client
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from regulars.simulation.feed import Call, Moment

BATCH_ITEMS, BATCH_BYTES = 100, 400_000
"""How many calls a batch holds at most, and about how many bytes."""
TURN = 0.1
"""Seconds for which calls are gathered, so that one that is due waits no longer than a person would notice."""
PATIENCE = 60.0
"""Seconds for which a server that cannot take anything is waited for."""


class SendFailed(Exception):
    """The server refused the calls, or was not there for too long; the message says which."""


class Sender:
    """One connection to a tracking API at `address`, with a key for each source."""

    def __init__(self, address: str, keys: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SendFailed(f"{address!r} is no address such as http://127.0.0.1:8765")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=30)
        self._keys = keys
        self.sent = 0

    def send(self, calls: Iterable[Call]) -> None:
        """Send calls, those of each source together; all of them are on the server's disk when it returns."""
        by_source: dict[str, list[msgspec.Raw]] = {}
        for call in calls:
            by_source.setdefault(call.source, []).append(call.event)
        for source, events in by_source.items():
            for part in _parts(events):
                self._post(source, msgspec.json.encode({"batch": part}))
                self.sent += len(part)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _post(self, source: str, body: bytes) -> None:
        """Send one batch until it is acknowledged; sent twice it counts once, since its calls have ids."""
        key = b64encode(f"{self._keys[source]}:".encode()).decode()
        headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection.request("POST", "/v1/batch", body, headers)
                answer = self._connection.getresponse()
                said = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                status, said, pause = 0, str(error).encode(), 0.5
            else:
                status, pause = answer.status, float(answer.headers.get("Retry-After", 1))
            if status == 200:
                return
            if status not in (0, 429, 503) or time.monotonic() > until:
                raise SendFailed(f"the server at {self._connection.host} does not take it: {said[:200].decode()}")
            time.sleep(pause)


def play(sender: Sender, moments: Iterable[Moment], told: Callable[[int], None] = lambda sent: None) -> None:
    """Send each call when it is due, and tell how many were sent; falls behind where the server is slower."""
    begin = time.monotonic()
    waiting: list[Call] = []
    for moment in moments:
        while (left := begin + moment.due / 1000 - time.monotonic()) > 0:
            sender.send(waiting)
            waiting = []
            told(sender.sent)
            time.sleep(min(left, TURN))
        waiting.append(moment.call)
        if len(waiting) >= BATCH_ITEMS:
            sender.send(waiting)
            waiting = []
            told(sender.sent)
    sender.send(waiting)
    told(sender.sent)


def _parts(events: list[msgspec.Raw]) -> Iterable[list[msgspec.Raw]]:
    part: list[msgspec.Raw] = []
    size = 0
    for event in events:
        length = len(bytes(event))
        if part and (len(part) >= BATCH_ITEMS or size + length > BATCH_BYTES):
            yield part
            part, size = [], 0
        part.append(event)
        size += length
    if part:
        yield part
