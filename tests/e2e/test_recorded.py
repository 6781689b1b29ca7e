"""Requests as SDKs put them on the wire, byte for byte: one answer, and each event once however often they come."""

import base64
import gzip
import json
from pathlib import Path

import pytest
from support import wire
from support.running import OK, Running

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "sdk"

# The headers of each SDK, in its order and spelling; KEY is the key as the user of Basic auth.
PYTHON = ("Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive", "Content-Type: application/json")
NODE = ("connection: keep-alive", "Content-Type: application/json", "User-Agent: analytics-node-next/latest",
        "Authorization: Basic KEY", "accept: */*", "accept-language: *", "sec-fetch-mode: cors",
        "accept-encoding: gzip, deflate")  # fmt: skip
BROWSER = ("User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Accept: */*",
           "Origin: https://shop.example", "Referer: https://shop.example/", "Content-Type: text/plain",
           "Sec-Fetch-Mode: cors")  # fmt: skip
SEGMENT = ("User-Agent: analytics-python/2.4.0", *PYTHON, "Authorization: Basic KEY")
RUDDER = ("User-Agent: analytics-python/2.1.9", *PYTHON, "Authorization: Basic KEY")

RECORDED = {
    "segment-python": ("segment-python.json", "/v1/batch", SEGMENT, False),
    "segment-python-gzip": ("segment-python.json", "/v1/batch", (*SEGMENT, "Content-Encoding: gzip"), True),
    "rudder-python": ("rudder-python.json", "/v1/batch", RUDDER, False),
    "rudder-python-gzip": ("rudder-python.json", "/v1/batch", (*RUDDER, "Content-Encoding: gzip"), True),
    "segment-node": ("segment-node.json", "/v1/batch", NODE, False),
    # Only the body holds the key.
    "browser": ("browser-track.json", "/v1/t", BROWSER, False),
    # Some send gzip without a word of it.
    "form": ("browser-track.json", "/v1/t", ("Content-Type: application/x-www-form-urlencoded",), True),
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_request_is_taken_and_its_events_are_there_once(installation: Running, name: str) -> None:
    file, path, headers, packed = RECORDED[name]
    source = f"recorded-{name}"
    key = installation.key("write" if path == "/v1/t" else "secret", source)
    text = (FIXTURES / file).read_bytes().replace(b'"KEY"', json.dumps(key).encode())
    request = as_sent(installation, path, headers, key, gzip.compress(text) if packed else text)
    for _ in range(2):  # an SDK that lost the answer sends again
        answer = wire.exchange(installation.port, request)
        assert (answer.status, answer.body) == (200, OK), answer.body
    installation.wait()
    items = json.loads(text)
    sent = [item["messageId"] for item in items.get("batch", [items])]
    assert installation.message_ids(source) == sorted(sent)
    assert installation.rejected(source) == []


def as_sent(installation: Running, path: str, headers: tuple[str, ...], key: str, body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{installation.port}", *headers, f"Content-Length: {len(body)}"]
    basic = base64.b64encode(f"{key}:".encode()).decode()
    return "\r\n".join(lines).replace("Basic KEY", f"Basic {basic}").encode() + b"\r\n\r\n" + body
