"""The sender against a server that is real enough to refuse, to be busy and to hang up."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec
import pytest

from regulars.simulation.feed import Call, Moment
from regulars.simulation.sending import BATCH_ITEMS, Sender, SendFailed, play


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = server.answers.pop(0) if server.answers else 200
        if status == 0:
            self.close_connection = True
            self.connection.close()
            return
        if status == 200:
            key = base64.b64decode(self.headers["Authorization"].split()[1]).decode().rstrip(":")
            server.got.append((key, [item["n"] for item in json.loads(body)["batch"]]))
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = HTTPServer(("127.0.0.1", 0), Handler)
    made.answers, made.got = [], []
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def sender(server: Any) -> Sender:
    return Sender(f"http://127.0.0.1:{server.server_port}", {"web": "wk", "shop": "sk"})


def call(source: str, number: int) -> Call:
    return Call(source, msgspec.Raw(b'{"n":%d}' % number))


@pytest.mark.parametrize("address", ["", "localhost:8765", "ftp://host", "http://"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SendFailed, match="no address"):
        Sender(address, {})


def test_a_refusal_ends_it(server: Any) -> None:
    server.answers = [401]
    with pytest.raises(SendFailed, match="does not take it"):
        sender(server).send([call("web", 1)])


def test_a_busy_server_and_a_broken_connection_are_tried_again(server: Any) -> None:
    server.answers = [503, 429, 0, 200]
    one = sender(server)
    one.send([call("web", 1)])
    one.close()
    assert server.got == [("wk", [1])] and one.sent == 1


def test_each_source_has_its_key_and_its_batches(server: Any) -> None:
    one = sender(server)
    one.send([*(call("web", number) for number in range(BATCH_ITEMS + 1)), call("shop", 7)])
    one.close()
    assert [(key, len(items)) for key, items in server.got] == [("wk", BATCH_ITEMS), ("wk", 1), ("sk", 1)]


def test_calls_are_sent_when_they_are_due(server: Any) -> None:
    told: list[int] = []
    one = sender(server)
    play(one, [Moment(0, call("web", 1)), Moment(0, call("web", 2)), Moment(300, call("web", 3))], told.append)
    one.close()
    assert server.got == [("wk", [1, 2]), ("wk", [3])]
    assert told[-1] == 3
