"""HTTP by hand over a socket, for requests that no client would write."""

import socket
import time
from collections.abc import Iterable
from typing import NamedTuple


class Answer(NamedTuple):
    """What came back; status 0 where nothing did."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(port: int, *parts: bytes, pause: float = 0.0, timeout: float = 30.0) -> Answer:
    """Send these bytes, pausing between parts, and read one answer."""
    with connect(port, timeout) as link:
        for number, part in enumerate(parts):
            if number:
                time.sleep(pause)
            link.sendall(part)
        return read(link)


def connect(port: int, timeout: float = 30.0) -> socket.socket:
    """A connection to a server of this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def read(link: socket.socket) -> Answer:
    """The next answer on a connection, by its Content-Length or until the end."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        more = link.recv(65_536)
        if not more:
            return Answer(0, {}, seen)
        seen += more
    head, _, body = seen.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", "-1"))
    while len(body) < length or length < 0:
        more = link.recv(65_536)
        if not more:
            break
        body += more
    return Answer(int(first.split()[1]), headers, body)


def request(line: str, headers: Iterable[str], body: bytes = b"") -> bytes:
    """The bytes of a request; no header is added."""
    return "\r\n".join([line, *headers]).encode() + b"\r\n\r\n" + body
